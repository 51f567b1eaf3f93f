//! Whoever asks may be killed at any moment: the program goes on as if nothing had been.

use crate::harness::{Asker, Program, until};
use std::time::{Duration, Instant};

/// Askers that are killed.
const KILLS: u64 = 150;

/// Kills askers in the middle of what they do. The program has to be fit to be asked afterwards.
fn kill_askers(program: &Program, most: Duration) {
    let end = Instant::now() + most;
    let mut random = 0x9e37_79b9_7f4a_7c15_u64;
    for _ in 0..KILLS {
        let asker = Asker::start(&[program], "0");
        random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        // It takes some milliseconds to start, and asks all the time from then on.
        std::thread::sleep(Duration::from_micros(3_000 + (random >> 33) % 9_000));
        asker.kill();
        assert_ne!(program.state(), 't', "nobody traces it any more");
        if Instant::now() > end {
            break;
        }
    }
}

#[test]
fn while_the_program_is_in_a_system_call() {
    let program = Program::start("idle", &[]);
    kill_askers(&program, Duration::from_secs(60));
    let trimmed = program.target().trim().unwrap_or_else(|error| panic!("{error}"));
    assert!(trimmed.resident_after > 0);
    // What nobody has collected goes by itself, after ten seconds.
    until("serving threads end", || program.threads() == 1);
    program.ends_well();
}

#[test]
fn while_the_program_computes() {
    let program = Program::start("compute", &[]);
    kill_askers(&program, Duration::from_secs(60));
    program.target().trim().unwrap_or_else(|error| panic!("{error}"));
    program.ends_well();
}

#[test]
fn while_the_program_gets_signals_and_sleeps() {
    let program = Program::start("signals", &[]);
    kill_askers(&program, Duration::from_secs(4));
    program.ends_well();
}

#[test]
fn while_threads_allocate() {
    let program = Program::start("compute", &["threads"]);
    kill_askers(&program, Duration::from_secs(30));
    let checked = program.target().validate().unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(checked.damages, []);
    program.ends_well();
}
