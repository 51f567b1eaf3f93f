//! Help, version and wrong usage.

use crate::sandbox::{Sandbox, stdout, text};

#[test]
fn help_shows_the_commands_with_examples() {
    let sandbox = Sandbox::new();
    let help = stdout(sandbox.heapmin().arg("--help"));
    for words in [
        "\nRun:\n  run      Run a program on heapmin\n",
        "\nLook:\n  ps       List the processes that run on heapmin\n",
        "\nAct:\n  min      Have a process give its unused memory back\n",
        "Examples:",
        "heapmin run -- python3 script.py",
        "docs/schema",
        "Exit status of commands other than run:",
    ] {
        assert!(help.contains(words), "no '{words}' in: {help}");
    }
}

#[test]
fn help_of_run_shows_options_examples_and_exit_statuses() {
    let sandbox = Sandbox::new();
    let help = stdout(sandbox.heapmin().args(["run", "--help"]));
    for words in [
        "--stats",
        "--decay <MS|never|now>",
        "HEAPMIN_DECAY_MS",
        "--pressure",
        "HEAPMIN_PRESSURE",
        "--library <PATH>",
        "HEAPMIN_LIBRARY",
        "Examples:",
        "Exit status:",
        "127",
    ] {
        assert!(help.contains(words), "no '{words}' in: {help}");
    }
    assert_eq!(stdout(sandbox.heapmin().args(["help", "run"])), help);
}

#[test]
fn help_of_each_command_tells_more_than_the_list_of_commands() {
    let sandbox = Sandbox::new();
    for command in ["ps", "top", "map", "walk", "check", "report", "metrics", "min"] {
        let help = stdout(sandbox.heapmin().args([command, "--help"]));
        // The first line is what the list says; then there is an explanation.
        let explained = help.lines().nth(2).is_some_and(|line| !line.starts_with("Usage:"));
        assert!(explained && help.contains("Examples:"), "{command}: {help}");
        assert!(help.contains("Exit status:"), "{command}: {help}");
    }
}

#[test]
fn the_version_is_that_of_the_package() {
    let sandbox = Sandbox::new();
    let version = stdout(sandbox.heapmin().arg("--version"));
    assert_eq!(version, concat!("heapmin ", env!("CARGO_PKG_VERSION"), "\n"));
}

#[test]
fn wrong_usage_is_explained_with_status_2() {
    let sandbox = Sandbox::new();
    for words in [&[][..], &["fly"], &["run"], &["run", "--"], &["run", "--stat", "true"]] {
        let output = sandbox.heapmin().args(words).output().unwrap();
        assert_eq!(output.status.code(), Some(2), "{words:?}");
        assert_eq!(text(&output.stdout), "", "{words:?}");
        assert!(text(&output.stderr).contains("Usage: heapmin"), "{words:?}: {output:?}");
    }
}

#[test]
fn options_after_the_program_are_the_programs() {
    let sandbox = Sandbox::new();
    let shown = stdout(sandbox.heapmin().args(["run", "echo", "--stats", "-h", "--"]));
    assert_eq!(shown, "--stats -h --\n");
}
