//! How long a program is stopped, and what stays of a request.

use crate::harness::{Program, until};
use std::time::Duration;

#[test]
fn a_thread_is_stopped_for_less_than_a_millisecond() {
    let program = Program::start("idle", &[]);
    let target = program.target();
    let mut stops: Vec<Duration> = (0..50)
        .map(|_| target.trim_despite(Default::default()))
        .map(|trim| trim.unwrap_or_else(|error| panic!("{error}")).stopped)
        .collect();
    stops.sort();
    // The longest are other programs' doing.
    let usual = stops[stops.len() / 4];
    println!("a quarter within {usual:?}, half within {:?}, all {:?}", stops[25], stops[49]);
    assert!(usual < Duration::from_millis(1), "{stops:?}");
    program.ends_well();
}

#[test]
fn nothing_stays_of_a_request() {
    let program = Program::start("idle", &[]);
    let target = program.target();
    target.trim().unwrap_or_else(|error| panic!("{error}"));
    until("the serving thread ends", || program.threads() == 1);
    let mappings = program.mappings();
    for _ in 0..200 {
        target.trim().unwrap_or_else(|error| panic!("{error}"));
    }
    until("the serving threads end", || program.threads() == 1);
    assert_eq!(program.mappings(), mappings);
    program.ends_well();
}

#[test]
fn a_trim_gives_back_what_a_program_has_freed() {
    let program = Program::start("idle", &[]);
    let trimmed = program.target().trim().unwrap_or_else(|error| panic!("{error}"));
    assert!(trimmed.released > 10 << 20, "{trimmed:?}");
    let left = trimmed.live + trimmed.fragmented + trimmed.cached + trimmed.huge + trimmed.metadata;
    assert_eq!(left, trimmed.resident_after);
    program.ends_well();
}

#[test]
fn sampling_is_switched_on_and_off() {
    let program = Program::start("idle", &[]);
    let target = program.target();
    let rate = || {
        let mut bytes = [0; 8];
        let at = target.directory().profile.get();
        target.read(at, &mut bytes).unwrap_or_else(|error| panic!("{error}"));
        u64::from_ne_bytes(bytes)
    };
    target.sample(Some(65536)).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(rate(), 65536);
    target.sample(None).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(rate(), 0);
    program.ends_well();
}
