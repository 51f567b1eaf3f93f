//! Forked children give memory back as their parents do, though the thread that does it isn't forked.

use crate::child::in_child;
use crate::claims::sane;
use crate::kit::alone::in_own_process;
use crate::kit::block::Block;
use crate::kit::target::Target;
use crate::memory::{
    MIB, PATIENCE, blocks, falls_to, free, holds_within, of_spans, parted, threads,
    without_huge_pages,
};
use heapmin_engine::{Decay, process};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

const SOON: Decay = Decay::After { milliseconds: 150 };

fn alone(test: &str, body: impl FnOnce()) {
    in_own_process(&format!("children::{test}"), &[], || {
        without_huge_pages();
        process::set_decay(SOON);
        body();
    });
}

/// Memory freed in this process, large and between live blocks, goes back without a call.
fn gives_back() {
    let large = blocks(Target::Process, MIB, 30 * MIB);
    let (kept, rest) = parted(blocks(Target::Process, 1000, 10 * MIB), 20, 1);
    let full = of_spans();
    free(large);
    free(rest);
    falls_to(full - 35 * MIB, PATIENCE);
    free(kept);
}

#[test]
fn a_child_gives_back_what_it_frees() {
    alone("a_child_gives_back_what_it_frees", || in_child(gives_back));
}

#[test]
fn a_child_made_while_the_thread_runs_has_one_of_its_own_at_need() {
    alone("a_child_made_while_the_thread_runs_has_one_of_its_own_at_need", || {
        let before = threads().len();
        for _ in 0..3 {
            free(blocks(Target::Process, MIB, 40 * MIB));
            assert!(threads().len() > before || holds_within(PATIENCE, || of_spans() < 20 * MIB));
            in_child(|| {
                assert_eq!(threads().len(), 1);
                gives_back();
                gives_back();
                assert!(holds_within(PATIENCE, || threads().len() == 1), "the thread stays");
            });
        }
        gives_back();
    });
}

/// What the parent had freed, and its thread was about to return, is in the child too.
#[test]
fn what_waits_in_the_parent_goes_back_in_a_child_that_frees_too() {
    alone("what_waits_in_the_parent_goes_back_in_a_child_that_frees_too", || {
        process::set_decay(Decay::After { milliseconds: 1000 });
        let mine = blocks(Target::Process, MIB, 40 * MIB);
        let one = blocks(Target::Process, MIB, 8 * MIB);
        let full = of_spans();
        free(mine);
        in_child(|| {
            // SAFETY: the child's copies of the blocks are used by nobody else.
            let freed = one.iter().map(|b| unsafe { process::free(b.address()) });
            assert!(freed.into_iter().all(|freed| freed == Ok(())));
            falls_to(full - 45 * MIB, PATIENCE);
        });
        free(one);
        falls_to(full - 45 * MIB, PATIENCE);
    });
}

#[test]
fn a_child_of_a_child_gives_back_too() {
    alone("a_child_of_a_child_gives_back_too", || {
        gives_back();
        in_child(|| {
            gives_back();
            in_child(gives_back);
            gives_back();
        });
    });
}

#[test]
fn forks_while_memory_goes_back_find_every_heap_whole() {
    alone("forks_while_memory_goes_back_find_every_heap_whole", || {
        process::set_decay(Decay::AtOnce);
        let heap = Target::create();
        for round in 0..25 {
            let (kept, rest) = parted(blocks(heap, 800, 2 * MIB), 20, round);
            let large = blocks(Target::Process, 300_000, 20 * MIB);
            free(large);
            free(rest);
            in_child(|| {
                kept.iter().for_each(Block::check);
                sane(&heap.trim());
                free(blocks(heap, 800, MIB));
                sane(&process::trim());
                kept.iter().for_each(Block::check);
            });
            free(kept);
        }
    });
}

/// Spans that are on their way back at the moment of the fork are the child's too.
#[test]
fn no_span_is_lost_to_a_child_that_is_made_while_memory_goes_back() {
    alone("no_span_is_lost_to_a_child_that_is_made_while_memory_goes_back", || {
        process::set_decay(Decay::AtOnce);
        let stop = AtomicBool::new(false);
        std::thread::scope(|scope| {
            scope.spawn(|| {
                while !stop.load(Ordering::Relaxed) {
                    sane(&process::trim());
                }
            });
            for round in 0..15 {
                free(blocks(Target::Process, MIB, 60 * MIB));
                std::thread::sleep(Duration::from_micros(round * 200));
                let used = process::statistics().mapped_bytes;
                in_child(|| {
                    // Nearly all that was ever used fits into it again.
                    let again = blocks(Target::Process, MIB, 60 * MIB);
                    let now = process::statistics().mapped_bytes;
                    assert!(now <= used + MIB, "{now} bytes are used, {used} were");
                    free(again);
                });
            }
            stop.store(true, Ordering::Relaxed);
        });
    });
}

#[test]
fn children_that_end_at_once_do_no_harm() {
    alone("children_that_end_at_once_do_no_harm", || {
        for _ in 0..30 {
            free(blocks(Target::Process, MIB, 20 * MIB));
            in_child(|| free(blocks(Target::Process, MIB, 20 * MIB)));
            std::thread::sleep(Duration::from_millis(2));
        }
        gives_back();
    });
}
