//! `--decay` and `--pressure`: when the program's heap gives memory back.

use crate::sandbox::{Sandbox, stdout, text};

/// A program that prints its variables of heapmin, in alphabetical order.
const SHOW_SETTINGS: [&str; 3] = ["sh", "-c", "env | grep ^HEAPMIN_ | sort"];

/// What a program that is run with these options finds in its environment.
fn settings(sandbox: &Sandbox, options: &[&str]) -> String {
    stdout(sandbox.heapmin().arg("run").args(options).arg("--").args(SHOW_SETTINGS))
}

#[test]
fn the_options_become_variables_of_the_program() {
    let sandbox = Sandbox::new();
    for (option, variable) in [
        ("--decay=500", "HEAPMIN_DECAY_MS=500\n"),
        ("--decay=now", "HEAPMIN_DECAY_MS=0\n"),
        ("--decay=0", "HEAPMIN_DECAY_MS=0\n"),
        ("--decay=never", "HEAPMIN_DECAY_MS=never\n"),
        ("--decay=4294967295", "HEAPMIN_DECAY_MS=4294967295\n"),
        ("--pressure", "HEAPMIN_PRESSURE=1\n"),
    ] {
        assert_eq!(settings(&sandbox, &[option]), variable, "{option}");
    }
    let both = settings(&sandbox, &["--pressure", "--decay", "70"]);
    assert_eq!(both, "HEAPMIN_DECAY_MS=70\nHEAPMIN_PRESSURE=1\n");
}

/// The library in the program takes what the command line says.
#[test]
fn the_programs_heap_is_set() {
    let sandbox = Sandbox::new();
    let source = r#"
        #define _GNU_SOURCE
        #include <dlfcn.h>
        #include <stdio.h>
        int main(void) {
            long (*decay)(void *) = (long (*)(void *))dlsym(RTLD_DEFAULT, "heapmin_decay");
            printf("%ld\n", decay(NULL));
        }
    "#;
    let program = sandbox.compile_source("program", source, &["-ldl"]);
    for (option, expected) in [("777", "777\n"), ("never", "-1\n"), ("now", "0\n")] {
        let mut command = sandbox.heapmin();
        command.args(["run", "--decay", option, "--"]).arg(&program);
        assert_eq!(stdout(&mut command), expected, "{option}");
    }
}

#[test]
fn a_bad_time_is_refused_before_the_program_starts() {
    let sandbox = Sandbox::new();
    for bad in ["", "soon", "-1", "+5", "1.5", "2s", "0x10", "4294967296", "never ", "Now"] {
        let mut command = sandbox.heapmin();
        command.args(["run", "--decay", bad, "--", "echo", "started"]);
        let output = command.output().unwrap();
        let message = text(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{bad:?}: {message}");
        assert_eq!(text(&output.stdout), "", "{bad:?}");
        for words in [
            &format!("invalid value '{bad}' for '--decay <MS|never|now>'"),
            "a number of milliseconds up to 4294967295, or 'never' or 'now'",
        ] {
            assert!(message.contains(words), "{bad:?}: no {words} in: {message}");
        }
    }
}

#[test]
fn a_time_that_is_missing_is_wrong_usage() {
    let sandbox = Sandbox::new();
    for words in [&["run", "--decay"][..], &["run", "--decay", "5"], &["run", "--pressure"]] {
        let output = sandbox.heapmin().args(words).output().unwrap();
        assert_eq!(output.status.code(), Some(2), "{words:?}: {output:?}");
    }
}

#[test]
fn pressure_is_watched_or_not_and_the_program_runs_as_without() {
    let sandbox = Sandbox::new();
    let run = ["run", "--pressure", "--decay", "now", "--", "sh", "-c", "echo ran; exit 7"];
    let output = sandbox.heapmin().args(run).output().unwrap();
    assert_eq!(output.status.code(), Some(7), "{output:?}");
    assert_eq!((text(&output.stdout), text(&output.stderr)), ("ran\n".into(), String::new()));
}
