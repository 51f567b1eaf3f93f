//! Processes that end, or become something else, while they are looked into.

use crate::harness::{Program, built, library, until};
use heapmin_inspect::{Error, Target};

/// Looks until it fails.
fn error_in_the_end(target: &Target) -> Error {
    let mut found = None;
    until("an error", || {
        found = target.snapshot().err();
        found.is_some()
    });
    found.expect("it was waited for")
}

#[test]
fn one_that_is_killed_has_ended() {
    let mut program = Program::start("busy", &[]);
    let target = program.target();
    target.snapshot().expect("it is alive");
    program.kill();
    let error = error_in_the_end(&target);
    assert!(matches!(error, Error::Ended(pid) if pid == program.pid()), "{error:?}");
    // It waits for its parent; then there is nothing at all.
    let error = Target::open(program.pid()).expect_err("it has ended");
    assert!(matches!(error, Error::Ended(_)), "{error:?}");
    program.wait();
    assert!(matches!(target.snapshot(), Err(Error::Ended(_))));
    assert!(matches!(target.read(target.directory_address(), &mut [0; 8]), Err(Error::Ended(_))));
    let error = Target::open(program.pid()).expect_err("it is gone");
    assert!(matches!(error, Error::NoSuchProcess(_)), "{error:?}");
}

#[test]
fn one_that_is_killed_while_it_is_read_has_ended() {
    for _ in 0..20 {
        let mut program = Program::start("busy", &[]);
        let target = program.target();
        let reader = std::thread::spawn(move || error_in_the_end(&target));
        std::thread::sleep(std::time::Duration::from_millis(3));
        program.kill();
        let error = reader.join().expect("no panic");
        assert!(matches!(error, Error::Ended(_)), "{error:?}");
    }
}

#[test]
fn one_that_becomes_another_program_is_replaced() {
    let quiet = built("quiet");
    let quiet = quiet.to_str().expect("a name that can be written");
    // On the heap, at other addresses; the same program; and a program that isn't on the heap.
    let busy = built("busy");
    let busy = busy.to_str().expect("as above");
    for arguments in [&["exec", quiet][..], &["exec", busy], &["exec", "-", "/bin/sleep", "60"]] {
        let mut program = Program::start("busy", arguments);
        let target = program.target();
        target.snapshot().expect("it is alive");
        program.go_on();
        let error = error_in_the_end(&target);
        assert!(matches!(error, Error::Replaced(_)), "{arguments:?}: {error:?}");
        assert!(error.to_string().contains("became another program"));
        // Afterwards it is what it is.
        match arguments[1] {
            "-" => assert!(matches!(Target::open(program.pid()), Err(Error::NotOnHeapmin(_)))),
            _ => {
                assert_eq!(
                    program.line().split(' ').next(),
                    Some(if arguments[1] == busy { "ready" } else { "all" })
                );
                program.target().snapshot().expect("a new program");
            }
        }
    }
}

#[test]
fn one_that_forks_goes_on_being_read() {
    let mut program = Program::start("busy", &["fork"]);
    let target = program.target();
    program.go_on();
    for _ in 0..100 {
        let totals = target.snapshot().expect("it is alive").totals;
        assert!(totals.live_blocks > 100 && totals.live_bytes <= totals.committed_bytes);
    }
    assert_eq!(program.line(), "forked");
}

#[test]
fn one_whose_first_thread_has_ended_is_read_through_the_others() {
    let mut program = Program::start("busy", &["thread"]);
    let target = program.target();
    program.go_on();
    assert_eq!(program.line(), "left");
    for _ in 0..20 {
        target.snapshot().expect("the others go on");
        std::thread::sleep(std::time::Duration::from_millis(2));
    }
    program.target().snapshot().expect("it can be opened anew");
}

#[test]
fn one_without_the_heap_is_said_to_be_so() {
    let mut command = std::process::Command::new(built("damaged"));
    command.env_remove("LD_PRELOAD");
    let program = Program::run(command);
    let error = Target::open(program.pid()).expect_err("it isn't on the heap");
    assert!(matches!(error, Error::NotOnHeapmin(_)), "{error:?}");
    assert!(error.to_string().contains("heapmin run"));
    assert!(matches!(Target::open(0), Err(Error::NoSuchProcess(0))));
    assert!(matches!(Target::open(-5), Err(Error::NoSuchProcess(-5))));
    assert!(matches!(Target::open(i32::MAX), Err(Error::NoSuchProcess(i32::MAX))));
}

#[test]
fn of_several_heaps_in_a_process_the_used_one_is_looked_into() {
    // A second copy of the library, which nothing is bound to.
    let copy = library().with_file_name(format!("libheapmin_second_{}.so", std::process::id()));
    std::fs::copy(library(), &copy).expect("it can be copied");
    let mut command = std::process::Command::new(built("quiet"));
    command.env("LD_PRELOAD", format!("{}:{}", library().display(), copy.display()));
    let program = Program::run(command);
    std::fs::remove_file(&copy).expect("it was made");
    let target = program.target();
    assert_eq!(target.process().file, library().to_str().expect("a name that can be written"));
    let snapshot = target.snapshot().expect("it rests");
    assert_eq!(vec![snapshot.totals.live_blocks], program.told("all"));
}
