//! `--stats`: a report on stderr, and a program that behaves as without.

use std::process::Output;

use crate::sandbox::{Sandbox, text};

/// A line that every report has once.
const LINE: &str = "peak live";

/// `heapmin run --stats -- PROGRAM ARGS…`.
fn run_with_stats(sandbox: &Sandbox, program: &[&str]) -> Output {
    sandbox.heapmin().args(["run", "--stats", "--"]).args(program).output().unwrap()
}

#[test]
fn the_report_goes_to_stderr_and_the_output_stays_as_it_is() {
    let sandbox = Sandbox::new();
    let source = r#"
        #include <stdio.h>
        int main(void) { puts("to stdout"); fputs("to stderr\n", stderr); return 5; }
    "#;
    let program = sandbox.compile_source("program", source, &[]);
    let output = run_with_stats(&sandbox, &[program.to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(5));
    assert_eq!(text(&output.stdout), "to stdout\n");
    let printed = text(&output.stderr);
    let report = printed.strip_prefix("to stderr\n").unwrap();
    assert_eq!(report.matches(LINE).count(), 1, "{report}");
    assert!(report.lines().all(|line| line.starts_with("heapmin: ")), "{report}");
}

#[test]
fn a_program_that_closes_stderr_at_its_end_has_a_report_too() {
    let sandbox = Sandbox::new();
    let output = run_with_stats(&sandbox, &["/bin/echo", "hello"]);
    assert_eq!(text(&output.stdout), "hello\n");
    assert_eq!(text(&output.stderr).matches(LINE).count(), 1, "{output:?}");
}

#[test]
fn without_the_option_nothing_is_printed() {
    let sandbox = Sandbox::new();
    let output = sandbox.run(["/bin/echo"]).output().unwrap();
    assert_eq!((text(&output.stdout), text(&output.stderr)), ("\n".to_owned(), String::new()));
}

#[test]
fn programs_that_the_program_starts_do_not_report() {
    let sandbox = Sandbox::new();
    let source = r#"
        #include <stdlib.h>
        #include <sys/wait.h>
        #include <unistd.h>
        int main(void) {
            if (system("/bin/echo started; /bin/echo both") != 0) return 1;
            if (fork() == 0) exit(0);
            wait(NULL);
        }
    "#;
    let program = sandbox.compile_source("program", source, &[]);
    let output = run_with_stats(&sandbox, &[program.to_str().unwrap()]);
    assert!(output.status.success());
    assert_eq!(text(&output.stdout), "started\nboth\n");
    assert_eq!(text(&output.stderr).matches(LINE).count(), 1, "{output:?}");
}

#[test]
fn a_program_that_becomes_another_one_reports_at_the_end_of_that() {
    let sandbox = Sandbox::new();
    let output = run_with_stats(&sandbox, &["sh", "-c", "/bin/echo one; exec /bin/echo two"]);
    assert_eq!(text(&output.stdout), "one\ntwo\n");
    assert_eq!(text(&output.stderr).matches(LINE).count(), 1, "{output:?}");
}
