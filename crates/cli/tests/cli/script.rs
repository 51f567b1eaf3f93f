//! Scripts run, and what their interpreters can't do is said before.

use std::fs;

use crate::sandbox::{Sandbox, assert_preloaded, assert_refused, show_map, stdout, text};

const SHOW_MAP: &str = "exec grep r-xp /proc/self/maps\n";

#[test]
fn a_script_runs_with_its_interpreter_on_the_heap() {
    let sandbox = Sandbox::new();
    for first_line in
        ["#!/bin/sh", "#! /bin/sh -e", "#!/usr/bin/env sh", "#!/usr/bin/env -S A=1 sh -e"]
    {
        let script = sandbox.file("script", format!("{first_line}\n{SHOW_MAP}"), 0o755);
        assert_preloaded(&mut sandbox.run([script]));
    }
}

#[test]
fn a_script_sees_its_path_and_arguments() {
    let sandbox = Sandbox::new();
    let script = sandbox.file("script", "#!/bin/sh\necho \"$0|$1|$2\"", 0o755);
    let shown = stdout(sandbox.run(["./script", "a b", "*"]).current_dir(sandbox.path("")));
    assert_eq!(shown, "./script|a b|*\n");
    drop(script);
}

#[test]
fn an_executable_text_without_a_first_line_is_a_shell_script() {
    let sandbox = Sandbox::new();
    let script = sandbox.file("script", SHOW_MAP, 0o755);
    assert_preloaded(&mut sandbox.run([&script]));
    sandbox.file("script", "echo \"$0|$1\"; exit 3", 0o755);
    let output = sandbox.run([script.to_str().unwrap(), "one"]).output().unwrap();
    assert_eq!(text(&output.stdout), format!("{}|one\n", script.display()));
    assert_eq!(output.status.code(), Some(3));

    let empty = sandbox.file("empty", "", 0o755);
    assert_eq!(stdout(&mut sandbox.run([empty])), "");
}

#[test]
fn other_bytes_are_not_a_program() {
    let sandbox = Sandbox::new();
    let file = sandbox.file("data", [0, 1, 2, 3, b'\n'], 0o755);
    assert_refused(&mut sandbox.run([file]), 126, &["Exec format error", "the system did not"]);
}

#[test]
fn a_script_of_a_static_interpreter_is_refused() {
    let sandbox = Sandbox::new();
    let interpreter = sandbox.compile("static", &["-static"]);
    let interpreter = interpreter.to_str().unwrap();
    let directly = sandbox.file("directly", format!("#!{interpreter}\n"), 0o755);
    let words = ["/directly'", "its interpreter", interpreter, "statically linked"];
    assert_refused(&mut sandbox.run([directly]), 126, &words);

    let by_env = sandbox.file("by_env", "#!/usr/bin/env static\n", 0o755);
    let mut command = sandbox.run([by_env]);
    let words = ["/by_env'", "its interpreter", interpreter, "statically linked"];
    assert_refused(command.env("PATH", sandbox.path("")), 126, &words);
}

#[test]
fn a_script_whose_interpreter_is_missing_or_unfit_is_refused() {
    let sandbox = Sandbox::new();
    let run = |first_line: &str| {
        let script = sandbox.file("script", format!("{first_line}\n"), 0o755);
        sandbox.run([script])
    };
    let words = ["its interpreter '/no/such/sh'", "not found", "the script's first line"];
    assert_refused(&mut run("#!/no/such/sh"), 127, &words);
    assert_refused(&mut run("#!/bin/sh\r"), 127, &["not found", "LF instead of CR LF"]);
    assert_refused(&mut run("#!/tmp"), 126, &["its interpreter '/tmp'", "directory"]);
    assert_refused(&mut run("#!/etc/passwd"), 126, &["'/etc/passwd'", "not executable"]);
}

#[test]
fn a_command_that_env_cannot_find_is_reported_by_env() {
    let sandbox = Sandbox::new();
    let script = sandbox.file("script", "#!/usr/bin/env no-such-command\n", 0o755);
    let output = sandbox.run([script]).env("PATH", "/bin:/usr/bin").output().unwrap();
    assert_eq!(output.status.code(), Some(127));
    assert!(text(&output.stderr).contains("no-such-command"), "{output:?}");
}

#[test]
fn interpreters_of_interpreters_are_followed_as_far_as_the_kernel_does() {
    let sandbox = Sandbox::new();
    let mut interpreter = "/bin/sh".to_owned();
    let mut script = String::new();
    for depth in 1..=6 {
        script = format!("{}", sandbox.path(&format!("script{depth}")).display());
        sandbox.file(&format!("script{depth}"), format!("#!{interpreter}\n:\n"), 0o755);
        if depth <= 5 {
            assert!(sandbox.run([&script]).status().unwrap().success(), "depth {depth}");
        }
        interpreter.clone_from(&script);
    }
    assert_refused(&mut sandbox.run([&script]), 126, &["too many scripts"]);
    // The kernel's limit, not one of heapmin.
    let refused = std::process::Command::new(&script).status().unwrap_err();
    assert_eq!(refused.raw_os_error(), Some(libc::ELOOP));
}

#[test]
fn a_program_that_may_be_run_but_not_read_runs() {
    let sandbox = Sandbox::new();
    let program = sandbox.copy_of("/bin/grep", "grep", 0o111);
    assert_preloaded(&mut sandbox.run(show_map(&program)));
    fs::remove_file(program).unwrap();
}
