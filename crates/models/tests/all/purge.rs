//! Giving free spans back piece by piece (`span/purge.rs`) beside other threads: a piece is in the
//! pool or in use when a process forks.

use crate::kit::program::{join, process_starts};
use heapmin_models::base::units::{UNIT, Units};
use heapmin_models::heap::decay;
use heapmin_models::model::Model;
use heapmin_models::program::{Barrier, forks_and, spawn};
use heapmin_models::span::POOL;
use heapmin_models::span::purge::{Age, purge};

fn model() -> Model {
    Model::new().barrier(Barrier::Sound).preemptions(3).reserve(200)
}

/// Units in free spans.
fn free_units() -> u64 {
    let (dirty, clean) = POOL.lock().free_units();
    dirty + clean
}

/// Units that aren't in free spans, of all that were ever used.
fn used_units() -> u64 {
    let ever_used = POOL.lock().ever_used();
    u64::from(ever_used.0) - free_units()
}

fn purges() {
    purge(Age::Any, 0);
}

/// A process with two free spans that hold old data. Returns how many units are free.
fn old_spans() -> u64 {
    process_starts();
    let mut pool = POOL.lock();
    let spans = [Units(2), Units(1), Units(1)]
        .map(|length| (pool.take(length, UNIT).expect("memory").unit, length));
    // The second stays in use, so that the others don't join.
    for (unit, length) in [spans[0], spans[2]] {
        pool.give_dirty(unit, length, decay::due());
    }
    drop(pool);
    free_units()
}

#[test]
fn a_fork_finds_every_free_span_in_the_pool() {
    model().check(|| {
        let free = old_spans();
        let purging = spawn(purges);
        forks_and(|| assert_eq!(free_units(), free, "a piece is nowhere"));
        join(purging);
        assert_eq!(free_units(), free);
        assert_eq!(POOL.lock().dirty_bytes(), 0);
    });
}

/// It does without a piece that is on its way.
#[test]
fn a_purge_and_an_allocation_lose_nothing() {
    model().check(|| {
        old_spans();
        let before = used_units();
        let purging = spawn(purges);
        POOL.lock().take(Units(2), UNIT).expect("memory");
        join(purging);
        assert_eq!(used_units(), before + 2, "a piece is lost, or in two hands");
    });
}

/// The pool alone doesn't say that nothing is on its way.
#[test]
fn a_copy_made_with_only_the_pool_locked_is_found() {
    let report = model().fault(|| {
        let free = old_spans();
        let purging = spawn(purges);
        assert_eq!(free_units(), free, "a piece is nowhere");
        join(purging);
    });
    assert!(report.contains("a piece is nowhere"), "{report}");
}
