//! Who looks after old memory (`heap/demand.rs`, `background/thread.rs`): the thread is there when
//! much was freed, also if that happens while it ends, and there is one at a time.
//!
//! What is freed is counted, and seen by rounds that are played (`background::rounds`).

use crate::kit::program::join;
use heapmin_models::background::{rounds, thread};
use heapmin_models::bare_thread::{self, Bare};
use heapmin_models::heap::demand;
use heapmin_models::model::Model;
use heapmin_models::program::{Numbers, Spin, spawn};

/// As much as makes the engine look by itself.
const MUCH: usize = 4 << 20;

fn model() -> Model {
    Model::new().numbers(Numbers::Atomic).reserve(100)
}

/// Frees blocks of slabs, as the engine does.
fn frees_in_slabs(bytes: usize) {
    rounds::come_free(bytes, |_| demand::count(bytes.cast_signed()));
    demand::attend();
}

/// Frees a large block, as the engine does.
fn frees_a_span() {
    rounds::come_free(MUCH, demand::of_spans);
    demand::attend();
}

/// With every other thread of the program ended.
fn assert_all_is_seen() {
    bare_thread::wait_for_all();
    assert!(rounds::unseen() < MUCH as u64, "much lies where nobody looks");
    assert_eq!(rounds::done_in_place(), 0, "there could have been a thread");
}

/// The same for several that attended: each may have given up waiting for the last thread to be gone.
fn assert_the_next_free_finds_the_rest() {
    bare_thread::wait_for_all();
    demand::attend();
    assert_all_is_seen();
}

/// The thread is started by the first and may end while the others come.
#[test]
fn what_is_freed_in_slabs_while_the_thread_ends_is_seen() {
    model().preemptions(2).check(|| {
        thread::install();
        frees_in_slabs(MUCH);
        frees_in_slabs(MUCH);
        assert_all_is_seen();
    });
}

#[test]
fn a_span_that_is_freed_while_the_thread_ends_is_seen() {
    model().preemptions(2).check(|| {
        thread::install();
        frees_a_span();
        frees_a_span();
        assert_all_is_seen();
    });
}

/// Each counts half of what is much.
#[test]
fn what_two_threads_free_together_is_seen() {
    model().preemptions(2).check(|| {
        thread::install();
        let other = spawn(|| frees_in_slabs(MUCH / 2));
        frees_in_slabs(MUCH / 2);
        join(other);
        assert_all_is_seen();
    });
}

/// Another thread may find that somebody is to look, and attend in place of the one that freed.
#[test]
fn what_one_thread_frees_while_another_attends_is_seen() {
    model().preemptions(2).check(|| {
        thread::install();
        frees_in_slabs(MUCH);
        let other = spawn(|| frees_in_slabs(MUCH));
        demand::attend();
        join(other);
        assert_the_next_free_finds_the_rest();
    });
}

/// Two threads would use one stack.
#[test]
fn two_threads_that_attend_at_once_start_one() {
    model().preemptions(2).check(|| {
        thread::install();
        let other = spawn(|| frees_in_slabs(MUCH));
        frees_in_slabs(MUCH);
        join(other);
        assert_the_next_free_finds_the_rest();
    });
}

/// Who would start a thread gives up before the last one is gone; the next free finds that.
#[test]
fn who_gives_up_waiting_leaves_it_to_the_next_free() {
    model().spin(Spin::Nothing).preemptions(2).check(|| {
        thread::install();
        frees_in_slabs(MUCH);
        frees_in_slabs(MUCH);
        assert_the_next_free_finds_the_rest();
    });
}

#[test]
fn a_free_that_wants_a_look_and_counts_nothing_is_found() {
    let report = model().fault(|| {
        thread::install();
        frees_in_slabs(MUCH);
        rounds::come_free(MUCH, |_| demand::want());
        demand::attend();
        assert_all_is_seen();
    });
    assert!(report.contains("where nobody looks"), "{report}");
}

#[test]
fn a_thread_that_uses_its_memory_after_it_was_said_to_be_gone_is_found() {
    let report = model().bare(Bare::ClearedEarly).fault(|| {
        thread::install();
        frees_in_slabs(MUCH);
        frees_in_slabs(MUCH);
        bare_thread::wait_for_all();
    });
    assert!(report.contains("two threads on one stack"), "{report}");
}
