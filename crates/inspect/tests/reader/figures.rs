//! Figures, against what the program and the system know themselves.

use crate::harness::Program;
use heapmin_inspect::Target;
use heapmin_inspect::model::map::Usage;
use heapmin_inspect::model::snapshot::{CacheState, Snapshot, Totals};
use std::fs;

fn number_at(target: &Target, address: u64) -> u64 {
    let mut bytes = [0; 8];
    target.read(address, &mut bytes).expect("it is there");
    u64::from_le_bytes(bytes)
}

/// Bytes of the window and its tables in memory, by smaps.
fn by_smaps(target: &Target) -> u64 {
    let window = target.directory().window.get();
    let word = |index: u64| number_at(target, window + index * 8);
    let (first, end) = (word(2), word(0) + (word(6) << 16));
    let path = format!("/proc/{}/smaps", target.process().pid);
    let smaps = fs::read_to_string(path).expect("it can be read");
    let (mut sum, mut inside) = (0, false);
    for line in smaps.lines() {
        let place = line.split_once(' ').and_then(|(range, _)| range.split_once('-'));
        if let Some((start, stop)) = place
            && let (Ok(start), Ok(stop)) =
                (u64::from_str_radix(start, 16), u64::from_str_radix(stop, 16))
        {
            inside = first <= start && stop <= end;
        } else if inside && let Some(kib) = line.strip_prefix("Rss:") {
            let kib: u64 = kib.trim().trim_end_matches(" kB").parse().expect("a number");
            sum += kib << 10;
        }
    }
    sum
}

fn agrees_with_itself(snapshot: &Snapshot) {
    let Totals { live_bytes, resident_bytes, committed_bytes, .. } = snapshot.totals;
    assert!(live_bytes <= committed_bytes, "{:?}", snapshot.totals);
    let totals = &snapshot.totals;
    assert!(
        totals.reclaimable_bytes + totals.fragmented_bytes + totals.metadata_bytes
            <= resident_bytes,
        "{totals:?}"
    );
    let sum = |of: fn(&heapmin_inspect::model::snapshot::Heap) -> u64| -> u64 {
        snapshot.heaps.iter().map(of).sum()
    };
    assert_eq!(sum(|heap| heap.live_blocks), totals.live_blocks);
    assert_eq!(sum(|heap| heap.live_bytes), live_bytes);
    assert_eq!(sum(|heap| heap.committed_bytes), committed_bytes);
    for heap in &snapshot.heaps {
        let blocks: u64 = heap.classes.iter().map(|class| class.live_blocks).sum();
        assert_eq!(blocks + heap.large.blocks, heap.live_blocks);
        let slabs: u64 = heap.classes.iter().map(|class| class.slabs).sum();
        assert_eq!((slabs << 16) + heap.large.committed_bytes, heap.committed_bytes);
        assert_eq!(slabs, heap.caches.iter().map(|cache| cache.slabs).sum::<u64>());
        for class in &heap.classes {
            assert!(class.live_blocks + class.cached_blocks <= class.capacity_blocks, "{class:?}");
        }
    }
}

#[test]
fn live_blocks_are_those_that_the_program_counts() {
    let program = Program::start("quiet", &[]);
    let snapshot = program.target().snapshot().expect("it rests");
    agrees_with_itself(&snapshot);
    // The program's own count knows no private heaps' blocks but by their handles.
    let [blocks, handle] = program.told("own")[..] else { panic!("{:?}", program.said) };
    let own = snapshot.heaps.iter().find(|heap| heap.handle == handle).expect("it is listed");
    assert_eq!((own.live_blocks, blocks), (1000, 1000));
    assert!(own.sized && own.serialized && !own.locked);
    assert_eq!(vec![snapshot.totals.live_blocks], program.told("all"));
    let numbers: Vec<u32> = snapshot.heaps.iter().map(|heap| heap.number).collect();
    assert!(numbers.starts_with(&[0, 1]) && numbers.is_sorted() && numbers.len() == 4);
    let limited = &snapshot.heaps[3];
    assert_eq!(limited.live_blocks, 1);
    // Of the whole, the heap's own part is taken off.
    assert!(limited.maximum_bytes.is_some_and(|most| (1_000_000..=1 << 20).contains(&most)));
}

#[test]
fn resident_bytes_are_those_of_the_system() {
    for arguments in [&[][..], &["100"]] {
        let program = Program::start("quiet", arguments);
        let target = program.target();
        let totals = target.snapshot().expect("it rests").totals;
        let by_smaps = by_smaps(&target);
        let off = totals.resident_bytes.abs_diff(by_smaps);
        assert!(off * 50 <= by_smaps, "{} and {by_smaps}", totals.resident_bytes);
    }
}

#[test]
fn reclaimable_bytes_are_what_a_trim_gives_back() {
    let program = Program::start("quiet", &["100"]);
    let target = program.target();
    let before = target.snapshot().expect("it rests").totals;
    let trimmed = target.trim().expect("it takes requests");
    let after = target.snapshot().expect("it rests").totals;
    let off = before.reclaimable_bytes.abs_diff(trimmed.released);
    assert!(off * 10 <= trimmed.released, "{} and {}", before.reclaimable_bytes, trimmed.released);
    assert!(after.returned_bytes > before.returned_bytes);
    assert!(after.resident_bytes < before.resident_bytes, "{before:?} {after:?}");
    assert_eq!(after.live_blocks, before.live_blocks);
    assert!(after.reclaimable_bytes * 10 <= before.reclaimable_bytes, "{before:?} {after:?}");
}

#[test]
fn allocations_are_counted_exactly_in_threads_with_caches_of_their_own() {
    let mut program = Program::start("counted", &[]);
    let target = program.target();
    let before = target.snapshot().expect("it rests");
    program.go_on();
    let count: u64 = program.line().parse().expect("a number");
    let after = target.snapshot().expect("it rests");
    assert_eq!(after.totals.allocations - before.totals.allocations, count);
    assert_eq!(after.heaps[0].large.allocations - before.heaps[0].large.allocations, 14);
    let named = |cache: &&heapmin_inspect::model::snapshot::Cache| {
        cache.thread_name.as_deref() == Some("counting")
    };
    let caches: Vec<_> = after.heaps[0].caches.iter().filter(named).collect();
    assert_eq!(caches.len(), 2);
    assert!(caches.iter().all(|cache| cache.state == CacheState::Thread && cache.slabs > 0));
}

#[test]
fn a_busy_program_is_never_told_nonsense_of() {
    let program = Program::start("busy", &[]);
    let target = program.target();
    for _ in 0..50 {
        let snapshot = target.snapshot().expect("it goes on");
        let totals = snapshot.totals;
        assert!(totals.live_bytes <= totals.committed_bytes, "{totals:?}");
        assert!(totals.reclaimable_bytes <= totals.resident_bytes, "{totals:?}");
        assert!(totals.live_blocks > 100, "{totals:?}");
    }
}

#[test]
fn the_map_shows_what_the_snapshot_adds_up() {
    let program = Program::start("quiet", &["20"]);
    let target = program.target();
    let snapshot = target.snapshot().expect("it rests");
    let mut steps = Vec::new();
    let map = target
        .map(&mut |done, all| {
            steps.push((done, all));
            true
        })
        .expect("it rests");
    assert!(steps.is_sorted() && steps.last().is_some_and(|(done, all)| done == all));
    assert_eq!(map.totals.live_blocks, snapshot.totals.live_blocks);
    let units = || map.regions.iter().flat_map(|region| &region.units);
    let resident: u64 = units().map(|unit| u64::from(unit.resident.count_ones()) << 12).sum();
    let heaps: u64 = snapshot.heaps.iter().map(|heap| heap.resident_bytes).sum();
    assert!(resident >= heaps && resident <= snapshot.totals.resident_bytes);
    let mut live = [0u64; 2];
    for unit in units() {
        match unit.usage {
            Usage::Slab { block_bytes, live_blocks } => {
                let on_pages: u64 = unit.live.iter().map(|bytes| u64::from(*bytes)).sum();
                assert_eq!(on_pages, u64::from(block_bytes) * u64::from(live_blocks));
                live[0] += on_pages;
            }
            Usage::LargeHead { bytes } => live[1] += bytes,
            // Where a large block ends.
            Usage::LargeBody => {}
            _ => assert!(unit.live.is_empty()),
        }
    }
    let large: u64 = snapshot.heaps.iter().map(|heap| heap.large.live_bytes).sum();
    assert_eq!(live, [snapshot.totals.live_bytes - large, large]);
    assert_eq!(map.heaps.len(), snapshot.heaps.len());
    // Told to stop, it shows what it has.
    let stopped = target.map(&mut |_, _| false).expect("it rests");
    assert!(stopped.regions.len() <= 1);
}

#[test]
fn a_gibibyte_is_read_fast_enough() {
    let program = Program::start("quiet", &["1024"]);
    let target = program.target();
    let taken = (0..5).map(|_| target.snapshot().expect("it rests").took_us).min();
    eprintln!("a snapshot of 1 GiB takes {taken:?} µs");
    // Optimised it has 50 ms.
    let most = if cfg!(debug_assertions) { 1_000_000 } else { 50_000 };
    assert!(taken.is_some_and(|taken| taken < most), "{taken:?} µs");
}
