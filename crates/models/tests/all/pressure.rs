//! Asking that pressure is watched (`background/thread.rs`): who asks is told what came of it, also
//! if others ask at the same time or end it, and the thread ends when nobody asks any more.

use crate::kit::program::join;
use heapmin_models::background::{pressure, set_pressure};
use heapmin_models::bare_thread::{self, Bare};
use heapmin_models::model::Model;
use heapmin_models::program::{Numbers, spawn};

fn model() -> Model {
    Model::new().numbers(Numbers::Atomic).preemptions(1).reserve(100)
}

#[test]
fn who_asks_while_the_thread_ends_is_told() {
    model().check(|| {
        pressure::exists();
        for _ in 0..2 {
            assert!(set_pressure(true), "there is something to watch");
            assert!(set_pressure(false));
        }
        bare_thread::wait_for_all();
    });
}

#[test]
fn who_asks_once_for_nothing_is_told() {
    model().preemptions(2).check(|| {
        assert!(!set_pressure(true), "there is nothing to watch");
        bare_thread::wait_for_all();
    });
}

/// Which of the two comes last counts, and is known to neither.
#[test]
fn who_asks_while_another_ends_it_is_told_something() {
    model().check(|| {
        pressure::exists();
        let other = spawn(|| assert!(set_pressure(false)));
        set_pressure(true);
        join(other);
        set_pressure(false);
        bare_thread::wait_for_all();
    });
}

#[test]
fn a_thread_that_never_runs_is_found() {
    let report = model().bare(Bare::NeverRuns).fault(|| {
        set_pressure(true);
    });
    assert!(report.contains("branches"), "{report}");
}
