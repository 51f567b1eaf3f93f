//! The report at exit that `HEAPMIN_STATS=1` asks for.

use crate::harness::run::Run;
use crate::harness::{Outcome, c, scratch};
use std::fs;
use std::process::{Command, Stdio};

/// A program that reports.
fn program(rule: &str) -> Run {
    c("statistics.c").build().rule(rule).variable("HEAPMIN_STATS", "1")
}

/// The value of a line of the report.
fn value(outcome: &Outcome, label: &str) -> String {
    let line = outcome.stderr.lines().find_map(|line| {
        let (_, entry) = line.split_once("]:   ")?;
        entry.strip_prefix(label)?.strip_prefix("  ")
    });
    line.unwrap_or_else(|| panic!("no {label:?} in {}", outcome.stderr)).trim().to_owned()
}

/// A size as the report writes it, in bytes.
fn bytes(text: &str) -> f64 {
    let mut words = text.split_whitespace();
    let number: f64 = words.next().expect("a number").replace(',', "").parse().expect("a number");
    match words.next().expect("a unit") {
        "B" => number,
        "KiB" => number * 1024.0,
        "MiB" => number * 1048576.0,
        "GiB" => number * 1073741824.0,
        unit => panic!("unit {unit}"),
    }
}

fn count(text: &str) -> u64 {
    let number = text.split_whitespace().next().expect("a number");
    number.replace(',', "").parse().expect("a number")
}

#[test]
fn without_the_variable_nothing_is_written() {
    let run = c("statistics.c").build().rule("returns_from_main");
    assert_eq!(run.holds().stderr, "");
    for value in ["", "0"] {
        let run = c("statistics.c").build().rule("returns_from_main");
        assert_eq!(run.variable("HEAPMIN_STATS", value).holds().stderr, "");
    }
}

#[test]
fn every_line_starts_with_the_programs_name_and_process() {
    let outcome = program("returns_from_main").holds();
    let first = outcome.stderr.lines().next().expect("a report");
    let prefix = first.split_inclusive("]: ").next().expect("a prefix");
    let number =
        prefix.strip_prefix("heapmin: statistics_c[").and_then(|rest| rest.strip_suffix("]: "));
    assert!(number.is_some_and(|number| number.parse::<u32>().is_ok()), "{first}");
    assert!(outcome.stderr.lines().count() > 8, "{}", outcome.stderr);
    assert!(outcome.stderr.lines().all(|line| line.starts_with(prefix)), "{}", outcome.stderr);
}

#[test]
fn the_sums_are_those_of_the_program() {
    let outcome = program("returns_from_main").holds();
    // 10,000 blocks of 1,000 bytes, a tenth of which live to the end, and one of 20 MiB.
    let live = bytes(&value(&outcome, "live"));
    assert!((1.0e6..1.5e6).contains(&live), "{}", outcome.stderr);
    let peak = bytes(&value(&outcome, "peak live"));
    assert!((20.0e6..26.0e6).contains(&peak), "{}", outcome.stderr);
    assert!(count(&value(&outcome, "allocations")) >= 10_001, "{}", outcome.stderr);
    assert!(count(&value(&outcome, "frees")) >= 9_001, "{}", outcome.stderr);
    let resident = bytes(&value(&outcome, "resident"));
    assert!(resident > 1.0e6 && resident <= bytes(&value(&outcome, "peak resident")));
    // The heap's part of it: the live blocks, and at most what is free beside them.
    let heap = bytes(&value(&outcome, "heap resident"));
    assert!(heap > 1.0e6 && heap <= resident, "{}", outcome.stderr);
    bytes(&value(&outcome, "given back"));
}

#[test]
fn a_trim_shows_as_given_back_and_no_longer_resident() {
    let outcome = program("trims_before_the_end").holds();
    // 9,000 of 10,000 blocks of 1,000 bytes in a row, and 20 MiB that were written.
    let returned = bytes(&value(&outcome, "given back"));
    assert!(returned >= 28.0e6, "{}", outcome.stderr);
    let heap = bytes(&value(&outcome, "heap resident"));
    assert!((1.0e6..3.0e6).contains(&heap), "{}", outcome.stderr);
    let peak = bytes(&value(&outcome, "peak resident"));
    assert!(peak >= bytes(&value(&outcome, "resident")) + 25.0e6, "{}", outcome.stderr);
}

#[test]
fn each_size_class_in_use_has_a_row_with_a_bar() {
    let outcome = program("returns_from_main").holds();
    let rows: Vec<&str> = outcome.stderr.lines().filter(|line| line.ends_with('#')).collect();
    let longest = rows.iter().max_by_key(|row| row.matches('#').count()).expect("rows");
    // The blocks of 1,000 bytes.
    let after = longest.split_once("]: ").expect("a prefix").1;
    assert!((1000.0..1300.0).contains(&bytes(after)), "{after}");
    assert!(after.contains(" 10,0"), "{after}");
    assert_eq!(longest.matches('#').count(), 24);
    let large = rows.iter().find(|row| row.contains(" large ")).expect("a row for large blocks");
    assert!(large.ends_with("  #"), "{large}");
}

#[test]
fn exit_handlers_and_destructors_are_counted() {
    let outcome = program("allocates_in_an_exit_handler").holds();
    assert!(count(&value(&outcome, "allocations")) >= 777, "{}", outcome.stderr);
}

#[test]
fn the_exit_status_is_the_programs() {
    let outcome = program("exits_with_status_five").outcome();
    assert_eq!(outcome.status.code(), Some(5));
    assert!(outcome.stderr.contains("peak live"));
}

#[test]
fn a_thread_with_a_small_stack_may_exit() {
    let outcome = program("exits_in_a_thread_with_a_small_stack").outcome();
    assert_eq!(outcome.status.code(), Some(7), "{outcome:?}");
    assert!(outcome.stderr.contains("peak live"));
}

#[test]
fn a_process_that_has_no_exit_reports_nothing() {
    let outcome = program("ends_at_once").outcome();
    assert_eq!((outcome.status.code(), outcome.stderr.as_str()), (Some(6), ""));
    let outcome = program("ends_by_a_signal").outcome();
    assert_eq!((outcome.signal(), outcome.stderr.as_str()), (Some(libc::SIGKILL), ""));
}

#[test]
fn a_program_that_closes_standard_error_still_reports() {
    let outcome = program("closes_standard_error_first").holds();
    assert!(outcome.stderr.contains("peak live"), "{outcome:?}");
}

#[test]
fn a_file_that_took_the_place_of_standard_error_is_left_alone() {
    let file = scratch().join("not-standard-error.txt");
    let outcome = program("reuses_the_number_of_standard_error").argument(&file).holds();
    assert_eq!(fs::read_to_string(&file).expect("the program wrote it"), "mine\n");
    assert_eq!(outcome.stderr, "");
}

#[test]
fn children_report_under_their_own_number() {
    let outcome = program("forks_a_child_that_exits").holds();
    let numbers: Vec<&str> = outcome.stdout.split_whitespace().collect();
    assert_eq!(numbers.len(), 2);
    for number in numbers {
        assert!(outcome.stderr.contains(&format!("[{number}]: ")), "{outcome:?}");
    }
}

#[test]
fn malloc_stats_shows_the_same_table() {
    let outcome = program("shows_whether_operations_are_counted").holds();
    let own: Vec<&str> = outcome.stderr.lines().filter(|line| line.starts_with("  ")).collect();
    assert!(own.iter().any(|line| line.starts_with("  allocations    10,0")), "{own:#?}");
    assert!(own.iter().any(|line| line.ends_with("########################")), "{own:#?}");
}

/// Standard error is a pipe whose reader has gone.
#[test]
fn a_reader_that_has_gone_does_not_change_how_the_program_ends() {
    let mut child = program("exits_with_status_five")
        .command()
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program starts");
    drop(child.stderr.take());
    assert_eq!(child.wait().expect("the program ends").code(), Some(5));
}

/// Descriptors of a program started by a shell that reports or not.
fn descriptors_in_a_child(report: &str) -> usize {
    let mut shell = Command::new("sh");
    shell.arg("-c").arg("ls /proc/self/fd && true").env("HEAPMIN_STATS", report);
    shell.env("LD_PRELOAD", crate::harness::library::required()).stdin(Stdio::null());
    let printed = shell.output().expect("sh runs");
    assert!(printed.status.success(), "{printed:?}");
    String::from_utf8_lossy(&printed.stdout).lines().count()
}

/// The shell's duplicate of standard error is closed in what it starts, which makes its own.
#[test]
fn programs_started_by_a_reporting_one_get_no_descriptor_of_it() {
    assert_eq!(descriptors_in_a_child("1"), descriptors_in_a_child("0") + 1);
}
