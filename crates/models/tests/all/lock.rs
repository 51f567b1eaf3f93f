//! The lock (`os/lock.rs`): one thread at a time, and nobody sleeps for ever.
//!
//! The value behind it is a cell: two threads that reach it at a time, or without one's seeing
//! what the other did, are a race to loom.

use crate::kit::program::join;
use heapmin_models::cell::Cell;
use heapmin_models::model::Model;
use heapmin_models::os::lock::Lock;
use heapmin_models::program::{Spin, Wake, spawn};
use std::rc::Rc;

fn add(counter: &Lock<Cell<u32>>) {
    let value = counter.lock();
    value.set(value.get() + 1);
}

/// Two threads or more take the lock so often each.
fn each_takes_it(threads: u32, times: u32) -> impl Fn() + Send + Sync {
    move || {
        let counter = Rc::new(Lock::new(Cell::new(0)));
        let others: Vec<_> = (1..threads)
            .map(|_| {
                let counter = Rc::clone(&counter);
                spawn(move || (0..times).for_each(|_| add(&counter)))
            })
            .collect();
        (0..times).for_each(|_| add(&counter));
        others.into_iter().for_each(join);
        assert_eq!(counter.lock().get(), threads * times);
    }
}

#[test]
fn threads_that_spin_take_turns() {
    Model::new().check(each_takes_it(2, 2));
    Model::new().preemptions(2).check(each_takes_it(3, 1));
}

/// Spinning ends without the lock, so that they go to sleep.
#[test]
fn threads_that_sleep_are_woken() {
    Model::new().spin(Spin::Nothing).preemptions(3).check(each_takes_it(2, 1));
    Model::new().spin(Spin::Nothing).preemptions(2).check(each_takes_it(2, 2));
}

/// Whoever is woken must pass on that others may sleep.
#[test]
fn of_two_sleepers_both_are_woken() {
    Model::new().spin(Spin::Nothing).preemptions(1).check(each_takes_it(3, 1));
}

/// A thread that holds the lock may take it again and keeps it; others wait until it lets go.
#[test]
fn a_holder_takes_the_lock_without_waiting_and_keeps_it() {
    Model::new().preemptions(3).check(|| {
        let counter = Rc::new(Lock::new(Cell::new(0)));
        let other = Rc::clone(&counter);
        let thread = spawn(move || add(&other));
        counter.hold();
        add(&counter);
        add(&counter);
        // SAFETY: held above.
        unsafe { counter.release_held() };
        join(thread);
        assert_eq!(counter.lock().get(), 3);
    });
}

#[test]
fn a_lost_wake_up_is_found() {
    let model = Model::new().spin(Spin::Nothing).preemptions(2).wake(Wake::Lost);
    let report = model.fault(each_takes_it(2, 1));
    assert!(report.contains("deadlock"), "{report}");
}

#[test]
fn a_value_reached_without_the_lock_is_found() {
    let report = Model::new().fault(|| {
        let counter = Rc::new(Lock::new(Cell::new(0)));
        let other = Rc::clone(&counter);
        let thread = spawn(move || add(&other));
        counter.hold();
        // SAFETY: a fault: the lock is let go before the value is reached.
        unsafe { counter.release_held() };
        let value = std::mem::ManuallyDrop::new(counter.lock());
        // SAFETY: as above.
        unsafe { counter.release_held() };
        value.set(value.get() + 1);
        join(thread);
    });
    assert!(report.contains("Causality violation"), "{report}");
}
