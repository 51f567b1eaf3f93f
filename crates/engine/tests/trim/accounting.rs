//! What the engine counts against what the system says.

use crate::claims::agree;
use crate::kit::alone::in_own_process;
use crate::kit::block::Block;
use crate::kit::random::Random;
use crate::kit::target::Target;
use crate::memory::{MIB, block, blocks, free, of_spans, parted, without_huge_pages};
use heapmin_engine::{Decay, process};

fn alone(test: &str, body: impl FnOnce()) {
    in_own_process(&format!("accounting::{test}"), &[], || {
        without_huge_pages();
        process::set_decay(Decay::Never);
        // What there is without any block.
        block(Target::Process, 100, 1).free();
        body();
    });
}

fn usable(blocks: &[Block]) -> usize {
    blocks.iter().map(|block| block.usable).sum()
}

/// Blocks of sizes as programs use them.
fn mixed(heap: Target, bytes: usize, seed: u64) -> Vec<Block> {
    let mut random = Random::new(seed);
    let mut sum = 0;
    let mut all = Vec::new();
    while sum < bytes {
        let one = block(heap, random.size(), random.next());
        sum += one.usable;
        all.push(one);
    }
    all
}

#[test]
fn blocks_that_fill_their_spans_are_committed_resident_and_live() {
    alone("blocks_that_fill_their_spans_are_committed_resident_and_live", || {
        for heap in [Target::Process, Target::create()] {
            for size in [64, 512, 4 << 10, 64 << 10, 1 << 20] {
                let empty = of_spans();
                let all = blocks(heap, size, 25 * MIB);
                let found = of_spans() - empty;
                let said = heap.statistics();
                agree("committed", said.committed_bytes, found);
                agree("resident", said.resident_bytes, found);
                agree("live", said.live_bytes, found);
                assert_eq!(said.live_bytes, usable(&all));
                free(all);
                heap.trim();
            }
        }
    });
}

#[test]
fn resident_bytes_are_the_systems_before_and_after_freeing_and_trimming() {
    alone("resident_bytes_are_the_systems_before_and_after_freeing_and_trimming", || {
        for heap in [Target::Process, Target::create()] {
            let empty = of_spans();
            let (kept, rest) = parted(mixed(heap, 60 * MIB, 1), 4, 2);
            let full = of_spans() - empty;
            agree("resident, full", heap.statistics().resident_bytes, full);
            free(rest);
            let said = heap.statistics();
            let free_spans = said.free_dirty_bytes;
            let found = of_spans() - empty;
            // Of free spans the whole length is counted, touched or not.
            assert!(said.resident_bytes <= found + found / 50, "{said:?}, found {found}");
            assert!(
                said.resident_bytes + free_spans >= found - found / 50,
                "{} + {free_spans}, found {found}",
                said.resident_bytes
            );
            let returned = said.returned_bytes;
            heap.trim();
            let said = heap.statistics();
            let left = of_spans() - empty;
            agree("resident, trimmed", said.resident_bytes, left);
            assert!(said.committed_bytes >= said.resident_bytes, "{said:?}");
            assert!(said.live_bytes <= said.committed_bytes, "{said:?}");
            // What went back may have had pages that were never touched.
            let went = (said.returned_bytes - returned) as usize;
            assert!(went >= (found - left) / 50 * 49, "said {went}, found {}", found - left);
            free(kept);
            heap.trim();
        }
    });
}

#[test]
fn returned_bytes_are_those_that_the_system_got() {
    alone("returned_bytes_are_those_that_the_system_got", || {
        for heap in [Target::Process, Target::create()] {
            for (size, chance) in [(512, 20), (2 << 10, 20), (64 << 10, 4), (1 << 20, 50)] {
                let (kept, rest) = parted(blocks(heap, size, 30 * MIB), chance, 3);
                let (full, before) = (of_spans(), heap.statistics().returned_bytes);
                free(rest);
                let report = heap.trim();
                let went = full - of_spans();
                agree("returned", (heap.statistics().returned_bytes - before) as usize, went);
                agree("released", report.released, went);
                // A second trim counts nothing twice.
                let before = heap.statistics().returned_bytes;
                heap.trim();
                let twice = heap.statistics().returned_bytes - before;
                assert!(twice <= MIB as u64 / 4, "{twice} bytes returned again");
                free(kept);
                heap.trim();
            }
        }
    });
}

#[test]
fn the_heaps_together_hold_what_the_system_says() {
    alone("the_heaps_together_hold_what_the_system_says", || {
        let heaps = [Target::Process, Target::create(), Target::create(), Target::create()];
        let kept: Vec<Vec<Block>> = heaps
            .iter()
            .zip(2..)
            .map(|(&heap, chance)| {
                let (kept, rest) = parted(mixed(heap, 20 * MIB, chance as u64), chance, 5);
                free(rest);
                kept
            })
            .collect();
        for heap in heaps {
            heap.trim();
        }
        let sum: usize = heaps.iter().map(|heap| heap.statistics().resident_bytes).sum();
        agree("all heaps", sum, of_spans());
        kept.into_iter().for_each(free);
    });
}

#[test]
fn what_goes_back_by_itself_is_counted_too() {
    alone("what_goes_back_by_itself_is_counted_too", || {
        let (kept, rest) = parted(blocks(Target::Process, 1000, 30 * MIB), 20, 3);
        let large = blocks(Target::Process, 1 << 20, 30 * MIB);
        let (full, before) = (of_spans(), process::statistics().returned_bytes);
        process::set_decay(Decay::After { milliseconds: 100 });
        free(rest);
        free(large);
        crate::memory::falls_to(full - 45 * MIB, crate::memory::PATIENCE);
        // It may not have come to its end yet.
        let agreed = crate::memory::holds_within(crate::memory::PATIENCE, || {
            let said = process::statistics();
            let went = full - of_spans();
            let returned = (said.returned_bytes - before) as usize;
            returned.abs_diff(went) <= went / 50
                && (said.resident_bytes + said.free_dirty_bytes).abs_diff(of_spans())
                    <= of_spans() / 50
        });
        let went = full - of_spans();
        let said = process::statistics();
        assert!(
            agreed,
            "{went} went of {full}; {} returned, {} resident, {} in free spans",
            said.returned_bytes - before,
            said.resident_bytes,
            said.free_dirty_bytes
        );
        free(kept);
    });
}
