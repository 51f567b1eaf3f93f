//! Programs that are anything but idle.

use crate::harness::{Program, ask_for};
use std::time::Duration;

#[test]
fn every_signal_arrives_once_and_at_its_handler() {
    let program = Program::start("signals", &[]);
    ask_for(&program.target(), Duration::from_secs(4), 100);
    program.ends_well();
}

#[test]
fn a_thread_in_the_middle_of_computing_keeps_all_its_registers() {
    let program = Program::start("compute", &[]);
    ask_for(&program.target(), Duration::from_secs(2), 100);
    program.ends_well();
}

#[test]
fn trims_go_well_while_four_threads_allocate() {
    let program = Program::start("compute", &["threads"]);
    let target = program.target();
    ask_for(&target, Duration::from_secs(2), 50);
    for _ in 0..20 {
        let checked = target.validate().unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(checked.damages, []);
        assert!(checked.heaps >= 2);
    }
    program.ends_well();
}
