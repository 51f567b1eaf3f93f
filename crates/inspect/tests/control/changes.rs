//! Programs that change while they are asked, and several that ask.

use crate::harness::{Asker, Program, ask_for};
use heapmin_inspect::{Error, Target};
use std::time::{Duration, Instant};

const TIME: Duration = Duration::from_secs(2);

/// Asks again and again, opening the program each time. Returns how often it was done, and the errors.
fn ask_anew(program: &Program) -> (u32, Vec<Error>) {
    let end = Instant::now() + TIME;
    let (mut done, mut errors) = (0, Vec::new());
    while Instant::now() < end {
        match Target::open(program.pid()).and_then(|target| target.trim()) {
            Ok(_) => done += 1,
            Err(error) => errors.push(error),
        }
    }
    (done, errors)
}

#[test]
fn a_program_that_becomes_another_one_is_not_harmed() {
    let program = Program::start("changes", &["exec"]);
    let (_, errors) = ask_anew(&program);
    for error in errors {
        // At the beginning of a program it isn't on heapmin yet.
        let is_clear = matches!(
            error,
            Error::Replaced(_)
                | Error::NotOnHeapmin(_)
                | Error::Starting(_)
                | Error::Ended(_)
                | Error::Unavailable(..)
                | Error::Inconsistent(..)
        );
        assert!(is_clear, "{error}");
    }
    program.ends_well();
}

#[test]
fn forks_go_on_and_children_are_whole() {
    let program = Program::start("changes", &["fork"]);
    ask_for(&program.target(), TIME, 20);
    program.ends_well();
}

#[test]
fn threads_may_come_and_go() {
    let program = Program::start("changes", &["threads"]);
    let (done, errors) = ask_anew(&program);
    assert!(errors.is_empty(), "{errors:?}");
    assert!(done > 10);
    program.ends_well();
}

#[test]
fn the_first_thread_may_have_ended() {
    let program = Program::start("changes", &["alone"]);
    crate::harness::until("its first thread ends", || program.state() == 'Z');
    ask_for(&program.target(), TIME, 20);
    program.ends_well();
}

#[test]
fn a_program_that_ends_meanwhile_is_a_clear_error() {
    for round in 0..30 {
        let program = Program::start("changes", &["threads"]);
        let target = program.target();
        let killer = std::thread::spawn(move || {
            std::thread::sleep(Duration::from_micros(round * 300));
            program.signal(libc::SIGKILL);
            program
        });
        let error = loop {
            if let Err(error) = target.trim() {
                break error;
            }
        };
        assert!(matches!(error, Error::Ended(_)), "{error}");
        drop(killer.join());
    }
}

#[test]
fn stops_and_continuations_take_effect() {
    let program = Program::start("calls", &["read"]);
    let target = program.target();
    let pid = program.pid();
    let end = Instant::now() + TIME;
    let stopper = std::thread::spawn(move || {
        while Instant::now() < end {
            for signal in [libc::SIGSTOP, libc::SIGCONT] {
                // SAFETY: the child lives until the end of the test.
                unsafe { libc::kill(pid, signal) };
                std::thread::sleep(Duration::from_micros(700));
            }
        }
    });
    let mut done = 0;
    while Instant::now() < end {
        match target.trim() {
            Ok(_) => done += 1,
            Err(Error::Unavailable(..) | Error::Silent(_)) => {}
            Err(error) => panic!("{error}"),
        }
    }
    stopper.join().expect("it doesn't panic");
    program.signal(libc::SIGCONT);
    assert!(done > 0);
    target.trim().unwrap_or_else(|error| panic!("{error}"));
    program.ends_well();
}

#[test]
fn several_may_ask_at_the_same_time() {
    let first = Program::start("compute", &["threads"]);
    let second = Program::start("idle", &[]);
    let askers: Vec<Asker> = (0..3).map(|_| Asker::start(&[&first, &second], "1")).collect();
    std::thread::sleep(TIME);
    for asker in askers {
        // They only end by themselves if one couldn't be asked.
        assert!(asker.is_running());
        let times = asker.kill();
        assert!(times > 2, "{times}");
    }
    first.ends_well();
    second.ends_well();
}
