//! Which file a name stands for, and what is said when none will do.

use std::fs;
use std::process::Command;

use crate::sandbox::{NOBODY, Sandbox, assert_refused, is_root, stdout};

const SAYS_FIRST: &str = "#!/bin/sh\necho first";
const SAYS_SECOND: &str = "#!/bin/sh\necho second";

/// A sandbox with the directories `first` and `second`.
fn two_directories() -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.directory("first");
    sandbox.directory("second");
    sandbox
}

/// `heapmin run -- tool` with these directories of the sandbox as `PATH`.
fn run_tool(sandbox: &Sandbox, directories: &[&str]) -> Command {
    let directories = directories.iter().map(|name| sandbox.path(name));
    let mut command = sandbox.run(["tool"]);
    command.env("PATH", std::env::join_paths(directories).unwrap());
    command
}

#[test]
fn the_first_executable_file_in_path_is_run() {
    let sandbox = two_directories();
    sandbox.file("first/tool", SAYS_FIRST, 0o755);
    sandbox.file("second/tool", SAYS_SECOND, 0o755);
    assert_eq!(stdout(&mut run_tool(&sandbox, &["missing", "first", "second"])), "first\n");
    assert_eq!(stdout(&mut run_tool(&sandbox, &["second", "first"])), "second\n");
}

#[test]
fn what_cannot_be_executed_is_passed_over() {
    let sandbox = two_directories();
    sandbox.file("first/tool", SAYS_FIRST, 0o644);
    sandbox.file("second/tool", SAYS_SECOND, 0o755);
    assert_eq!(stdout(&mut run_tool(&sandbox, &["first", "second"])), "second\n");

    fs::remove_file(sandbox.path("first/tool")).unwrap();
    sandbox.directory("first/tool");
    assert_eq!(stdout(&mut run_tool(&sandbox, &["first", "second"])), "second\n");
}

#[test]
fn if_nothing_else_turns_up_it_is_the_reason() {
    let sandbox = two_directories();
    let tool = sandbox.file("first/tool", SAYS_FIRST, 0o644);
    let words = [tool.to_str().unwrap(), "permission denied", "not executable", "chmod +x"];
    assert_refused(&mut run_tool(&sandbox, &["first", "second"]), 126, &words);
}

#[test]
fn an_empty_entry_of_path_is_the_current_directory() {
    let sandbox = two_directories();
    sandbox.file("first/tool", SAYS_FIRST, 0o755);
    let mut command = sandbox.run(["tool"]);
    let path = format!(":{}", sandbox.path("second").display());
    assert_eq!(stdout(command.current_dir(sandbox.path("first")).env("PATH", path)), "first\n");
}

#[test]
fn without_path_the_system_directories_are_searched() {
    let sandbox = Sandbox::new();
    assert_eq!(stdout(sandbox.run(["echo", "found"]).env_remove("PATH")), "found\n");
}

#[test]
fn a_name_with_a_slash_is_a_path() {
    let sandbox = two_directories();
    sandbox.file("first/tool", SAYS_FIRST, 0o755);
    sandbox.file("second/tool", SAYS_SECOND, 0o755);
    let mut command = sandbox.run(["./tool"]);
    command.current_dir(sandbox.path("second")).env("PATH", sandbox.path("first"));
    assert_eq!(stdout(&mut command), "second\n");
}

#[test]
fn a_program_that_is_nowhere_is_not_found() {
    let sandbox = two_directories();
    let words = ["'tool'", "not found", "no directory in PATH", "check the spelling"];
    assert_refused(&mut run_tool(&sandbox, &["first"]), 127, &words);
    assert_refused(&mut sandbox.run([""]), 127, &["''", "not found"]);
    let words = ["'/no/such/program'", "not found", "there is no such file", "check the path"];
    assert_refused(&mut sandbox.run(["/no/such/program"]), 127, &words);
    assert_refused(&mut sandbox.run(["/etc/passwd/program"]), 127, &["not found"]);
}

#[test]
fn a_directory_is_not_a_program() {
    let sandbox = two_directories();
    let words = ["it is a directory", "name a program inside it"];
    assert_refused(&mut sandbox.run([sandbox.path("first")]), 126, &words);
}

#[test]
fn a_device_or_a_pipe_is_not_a_program() {
    let sandbox = Sandbox::new();
    assert_refused(&mut sandbox.run(["/dev/null"]), 126, &["not a regular file"]);
    let pipe = sandbox.path("pipe");
    assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    assert_refused(&mut sandbox.run([pipe]), 126, &["not a regular file"]);
}

#[test]
fn a_program_for_others_only_is_denied() {
    if !is_root() {
        return;
    }
    let sandbox = two_directories();
    let tool = sandbox.copy_of("/bin/true", "tool", 0o700);
    let mut command = sandbox.run([&tool]);
    sandbox.as_nobody(&mut command);
    assert_refused(&mut command, 126, &["permission denied", "does not let this user"]);

    std::os::unix::fs::chown(&tool, Some(NOBODY), None).unwrap();
    assert_eq!(stdout(&mut command), "");

    sandbox.file("first/tool", SAYS_FIRST, 0o755);
    let first = sandbox.path("first");
    fs::set_permissions(&first, std::os::unix::fs::PermissionsExt::from_mode(0o700)).unwrap();
    let mut command = sandbox.run([first.join("tool")]);
    sandbox.as_nobody(&mut command);
    assert_refused(&mut command, 126, &["permission denied", "may not search a directory"]);
}
