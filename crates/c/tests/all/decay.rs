//! What is left after a trim, and when memory goes back by itself (heapmin.h), with its variables
//! in the environment.

use crate::harness::{Outcome, Program, c_program, rules};

rules! { c_program(&["decay.c"]) =>
    the_parts_of_a_report_add_up,
    a_report_of_all_heaps_is_of_all_heaps,
    a_report_of_what_is_no_heap_is_zero,
    heaps_go_by_the_process_until_they_are_set,
    the_process_heap_is_set_with_the_process,
    a_new_heap_has_nothing_of_a_destroyed_one,
    the_longest_time_is_49_days,
    what_is_no_time_is_refused_and_changes_nothing,
    settings_of_what_is_no_heap_are_refused,
    pressure_can_be_watched_and_left_alone_again,
}

/// A program that prints the setting that it starts with.
fn at_the_start(program: &Program, decay: &str) -> Outcome {
    program
        .build()
        .rule("shows_the_setting_at_the_start")
        .variable("HEAPMIN_DECAY_MS", decay)
        .holds()
}

/// Linked with each of the two libraries.
fn both() -> [Program; 2] {
    [c_program(&["decay.c"]), c_program(&["decay.c"]).all_static()]
}

#[test]
fn the_environment_sets_the_time() {
    for program in both() {
        for (value, expected) in [
            ("0", "0\n"),
            ("never", "-1\n"),
            ("1", "1\n"),
            ("250", "250\n"),
            ("86400000", "86400000\n"),
        ] {
            let outcome = at_the_start(&program, value);
            assert_eq!(
                (outcome.stdout.as_str(), outcome.stderr.as_str()),
                (expected, ""),
                "{value}"
            );
        }
    }
}

#[test]
fn a_bad_value_in_the_environment_is_named_and_has_no_effect() {
    for program in both() {
        let usual = program.build().rule("shows_the_setting_at_the_start").holds();
        assert_eq!(usual.stderr, "");
        for value in
            ["soon", "-1", "-", "1 s", "5000ms", "0x10", "4294967296", "99999999999999999999"]
        {
            let outcome = at_the_start(&program, value);
            assert_eq!(outcome.stdout, usual.stdout, "{value}");
            let said = &outcome.stderr;
            assert!(said.starts_with("heapmin: ") && said.lines().count() == 1, "{value}: {said}");
            assert!(said.contains("HEAPMIN_DECAY_MS") && said.contains("never"), "{value}: {said}");
        }
    }
}

#[test]
fn a_bad_value_for_pressure_is_named_and_has_no_effect() {
    for program in both() {
        let run = |value: &str| {
            let run = program.build().rule("shows_the_setting_at_the_start");
            run.variable("HEAPMIN_PRESSURE", value).holds().stderr
        };
        for value in ["0", "1"] {
            assert_eq!(run(value), "", "{value}");
        }
        for value in ["yes", "2", "-1"] {
            let said = run(value);
            assert!(said.starts_with("heapmin: ") && said.lines().count() == 1, "{value}: {said}");
            assert!(said.contains("HEAPMIN_PRESSURE"), "{value}: {said}");
        }
    }
}
