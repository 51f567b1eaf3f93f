//! What doesn't go as usual: readers that come late, frees that are lost, processes that end.

use crate::harness::{Look, Program, compiled};
use heapmin_inspect::Error;
use heapmin_profile::{Measure, Recorder};
use std::collections::HashSet;
use std::time::Instant;

const MIB: u64 = 1 << 20;

#[test]
fn a_process_that_ends_leaves_its_recording_and_its_names() {
    let program = compiled("chains.c", "chains-ends", &["-g"]);
    let mut running = Program::start(&program, &[], 1 << 20);
    let target = running.target();
    let mut recorder = Recorder::new(&target).expect("it runs");
    running.follow(&mut recorder, &target);
    let error = running.end(&mut recorder, &target);
    assert!(matches!(error, Error::Ended(_)), "{error}");
    drop(running);
    std::fs::remove_file(&program).expect("it was compiled");
    let profile = recorder.finish();
    let names = profile.functions(profile.heaviest("second"));
    assert_eq!(names[..4], ["take", "second", "all", "main"], "{names:?}");
}

#[test]
fn who_reads_too_late_is_told_what_is_missing() {
    let program = compiled("chains.c", "chains-late", &[]);
    let mut running = Program::start(&program, &["fast"], 16 << 10);
    let target = running.target();
    let mut recorder = Recorder::new(&target).expect("it runs");
    recorder.poll(&target).expect("it runs");
    running.go_on();
    running.done();
    recorder.poll(&target).expect("it runs");
    let profile = recorder.finish();
    // As many as the ring holds, and those of the program's start that were read in time.
    assert!((1024..1040).contains(&profile.samples), "{}", profile.samples);
    let lost = profile.lost_samples;
    assert!(lost > 100, "{lost}");
    assert!(profile.earlier_samples < 16, "{}", profile.earlier_samples);
    // Who comes afterwards has lost nothing.
    let mut recorder = Recorder::new(&target).expect("it runs");
    recorder.poll(&target).expect("it runs");
    let profile = recorder.finish();
    assert_eq!((profile.samples, profile.lost_samples), (1024, 0));
    assert!(profile.earlier_samples >= lost, "{} {lost}", profile.earlier_samples);
}

#[test]
fn what_is_live_can_be_put_right() {
    let program = compiled("chains.c", "chains-right", &[]);
    let mut running = Program::start(&program, &["fast"], 128 << 10);
    let target = running.target();
    let mut recorder = Recorder::new(&target).expect("it runs");
    running.go_on();
    running.done();
    recorder.poll(&target).expect("it runs");
    recorder.set_live(&HashSet::new(), Instant::now());
    let profile = recorder.finish();
    assert_eq!(profile.totals.live_bytes, 0);
    assert!(profile.totals.peak_bytes > 0);
    // How far back the last 1,024 samples reach depends on how fast the program was.
    let last = profile.bytes_of("third", Measure::Allocated);
    assert!((80 * MIB..350 * MIB).contains(&last), "{last}");
}
