//! Help, version and wrong usage.

use crate::sandbox::{Sandbox, stdout, text};

#[test]
fn help_shows_the_commands_with_examples() {
    let sandbox = Sandbox::new();
    let help = stdout(sandbox.heapmin().arg("--help"));
    for words in ["Run a program on heapmin", "Examples:", "heapmin run -- python3 script.py"] {
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
fn the_version_is_that_of_the_package() {
    let sandbox = Sandbox::new();
    let version = stdout(sandbox.heapmin().arg("--version"));
    assert_eq!(version, concat!("heapmin ", env!("CARGO_PKG_VERSION"), "\n"));
}

#[test]
fn wrong_usage_is_explained_with_status_2() {
    let sandbox = Sandbox::new();
    for words in [&[][..], &["walk"], &["run"], &["run", "--"], &["run", "--stat", "true"]] {
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
