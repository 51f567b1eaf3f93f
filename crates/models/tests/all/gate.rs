//! The gate (`cache/slot.rs`, `heap/gate.rs`) against threads that come, work and go
//! (`heap/admit.rs`, `heap/exit.rs`): the engine's own code, and a quiescer that changes every
//! cache. A thread that were inside a cache at the same time would race with it, and one that
//! waits for a gate that is open would wait for ever.

use crate::kit::program::{
    LARGEST, allocate, assert_all_is_collected, free, join, process_starts, want_cache, works,
    works_with_cache,
};
use heapmin_models::api::process;
use heapmin_models::base::size_class::SizeClass;
use heapmin_models::cache::KNOWN_ZERO;
use heapmin_models::heap::registry::PROCESS;
use heapmin_models::model::Model;
use heapmin_models::program::{Barrier, Played, forks, spawn};

fn model() -> Model {
    Model::new().barrier(Barrier::Sound).preemptions(2).reserve(150)
}

/// Closes the gate, changes every cache, opens it.
fn quiesces() {
    let quiet = PROCESS.quiesce();
    quiet.each_cache(|cache| cache.spill_all(&PROCESS));
}

#[test]
fn a_thread_inside_keeps_a_quiescer_waiting() {
    model().check(|| {
        process_starts();
        let quiescer = spawn(quiesces);
        works();
        works();
        join(quiescer);
        assert_all_is_collected();
    });
}

/// It holds the list's lock for a moment, which the quiescer wants too.
#[test]
fn a_thread_that_takes_a_slab_keeps_a_quiescer_waiting() {
    model().check(|| {
        process_starts();
        let quiescer = spawn(quiesces);
        free(allocate(LARGEST));
        join(quiescer);
        assert_all_is_collected();
    });
}

#[test]
fn a_thread_without_a_cache_takes_turns_with_a_quiescer() {
    model().preemptions(3).check(|| {
        process_starts();
        let thread = spawn(works);
        quiesces();
        join(thread);
        assert_all_is_collected();
    });
}

/// Its slot is opened by itself or by the quiescer.
#[test]
fn a_thread_that_gets_its_cache_while_the_gate_opens_gets_in() {
    model().preemptions(3).check(|| {
        process_starts();
        let thread = spawn(works_with_cache);
        quiesces();
        join(thread);
        assert_all_is_collected();
    });
}

/// Its slot, which a quiescer may have in hand, stays until the gate is open.
#[test]
fn a_thread_that_ends_takes_its_slot_away_while_the_gate_is_open() {
    model().preemptions(3).check(|| {
        process_starts();
        let thread = Played::new();
        thread.does(works_with_cache);
        let quiescer = spawn(quiesces);
        thread.ends();
        join(quiescer);
        assert_all_is_collected();
    });
}

#[test]
fn two_quiescers_take_turns() {
    model().preemptions(3).check(|| {
        process_starts();
        let other = spawn(quiesces);
        quiesces();
        join(other);
    });
}

/// It comes the slow way then, with blocks on the stack that the fast way pops.
#[test]
fn a_thread_that_meets_a_closed_gate_finds_its_stacks_as_they_were() {
    model().check(|| {
        process_starts();
        let quiescer = spawn(|| drop(PROCESS.quiesce()));
        works();
        works();
        join(quiescer);
        assert_all_is_collected();
    });
}

#[test]
fn a_forking_thread_waits_for_the_others() {
    model().check(|| {
        process_starts();
        let thread = spawn(works_with_cache);
        forks();
        join(thread);
        assert_all_is_collected();
    });
}

/// Threads whose operations are counted enter another way, which a quiescer must stop too.
#[test]
fn a_thread_that_is_counted_keeps_a_quiescer_waiting() {
    model().preemptions(1).reserve(400).check(|| {
        process_starts();
        process::count_operations();
        let quiescer = spawn(quiesces);
        works();
        join(quiescer);
        assert_all_is_collected();
    });
}

#[test]
fn a_barrier_that_does_nothing_is_found() {
    let report = model().barrier(Barrier::Broken).fault(|| {
        process_starts();
        let quiescer = spawn(quiesces);
        works();
        works();
        join(quiescer);
    });
    assert!(report.contains("Causality violation"), "{report}");
}

#[test]
fn a_quiescer_that_does_not_close_the_gate_is_found() {
    let report = model().fault(|| {
        process_starts();
        let other = spawn(|| PROCESS.each_cache(|cache| cache.spill_all(&PROCESS)));
        works();
        join(other);
    });
    assert!(report.contains("Causality violation"), "{report}");
}

/// Allocates a block and frees it, past a lock, with a cache of its own.
fn works_past_locks() {
    want_cache();
    let smallest = SizeClass::all().next().expect("there are classes");
    let entry = PROCESS.inside_past(true, |cache| {
        let cache = cache.expect("memory for one");
        assert!(cache.refill(smallest, &PROCESS), "there is memory");
        cache.pop(smallest)
    });
    PROCESS.free_past(true, entry & !KNOWN_ZERO).expect("a live block");
}

/// A thread that isn't serialised comes in while another one holds the heap's lock, but not while
/// that one changes every cache.
#[test]
fn a_thread_past_a_lock_keeps_its_holder_waiting() {
    model().check(|| {
        process_starts();
        let thread = spawn(works_past_locks);
        PROCESS.lock();
        quiesces();
        assert!(PROCESS.unlock());
        join(thread);
        assert_all_is_collected();
    });
}

#[test]
fn a_lock_keeps_the_others_out_until_its_holder_has_undone_it_as_often() {
    model().check(|| {
        process_starts();
        let thread = spawn(works_with_cache);
        PROCESS.lock();
        PROCESS.lock();
        assert!(PROCESS.unlock());
        PROCESS.inside(|_| PROCESS.each_cache(|cache| cache.spill_all(&PROCESS)));
        assert!(PROCESS.unlock());
        assert!(!PROCESS.unlock(), "nobody holds it any more");
        join(thread);
        assert_all_is_collected();
    });
}

/// It leaves its cache as it is, for who comes next.
#[test]
fn a_thread_may_end_while_another_one_holds_the_lock() {
    model().check(|| {
        process_starts();
        let ending = Played::new();
        ending.does(works_with_cache);
        let thread = spawn(works_with_cache);
        PROCESS.lock();
        ending.ends();
        assert!(PROCESS.unlock());
        join(thread);
        assert_all_is_collected();
    });
}

#[test]
fn a_lock_that_is_taken_for_a_quiet_heap_is_found() {
    let report = model().fault(|| {
        process_starts();
        let thread = spawn(works_past_locks);
        PROCESS.lock();
        PROCESS.each_cache(|cache| cache.spill_all(&PROCESS));
        PROCESS.unlock();
        join(thread);
    });
    assert!(report.contains("Causality violation"), "{report}");
}
