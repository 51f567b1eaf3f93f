//! Made-up processes and readings, for tests.

use heapmin_inspect::model::snapshot::{
    Cache, CacheState, Class, Heap, Large, Listed, SCHEMA, Snapshot, Totals,
};

pub use crate::made_up::process;

/// Two processes with figures, and one without.
pub fn listed() -> Vec<Listed> {
    let totals = |mib: u64| Totals {
        live_bytes: mib << 20,
        resident_bytes: mib * (5 << 18),
        reclaimable_bytes: mib << 18,
        ..Totals::default()
    };
    let listed = |pid, command, figures| Listed { process: process(pid, command), figures };
    vec![
        listed(100, "sort big.txt", Ok(totals(3))),
        listed(2000, "redis-server *:7777", Ok(totals(800))),
        listed(30, "daemon", Err("another user's".into())),
    ]
}

/// What is read at second `n` of a process with three heaps that grows by 1 MiB in each.
pub fn snapshot(n: u64) -> Snapshot {
    let heaps = vec![heap(0, "process", 8, n), heap(1, "process (HeapAlloc)", 2, n), last(n)];
    let sum = |figure: fn(&Heap) -> u64| heaps.iter().map(figure).sum::<u64>();
    let totals = Totals {
        live_bytes: sum(|heap| heap.live_bytes),
        live_blocks: sum(|heap| heap.live_blocks),
        resident_bytes: sum(|heap| heap.resident_bytes) + (2 << 20),
        reclaimable_bytes: sum(|heap| heap.reclaimable_bytes),
        fragmented_bytes: sum(|heap| heap.fragmented_bytes),
        metadata_bytes: 300_000,
        committed_bytes: sum(|heap| heap.committed_bytes),
        huge_page_bytes: Some(4 << 20),
        returned_bytes: n << 20,
        allocations: sum(|heap| heap.allocations),
        process_resident_bytes: 90 << 20,
        ..Totals::default()
    };
    let time_ms = 1_700_000_000_000 + n * 1000;
    let process = process(4242, "/usr/bin/server --config /etc/server.conf --verbose");
    Snapshot { schema: SCHEMA, process, time_ms, took_us: 900, totals, heaps }
}

fn heap(number: u32, name: &str, size: u64, n: u64) -> Heap {
    let class = |block_bytes: u32, slabs: u64, occupied: u64| {
        let capacity_blocks = slabs * 65_536 / u64::from(block_bytes);
        Class {
            block_bytes,
            slabs,
            capacity_blocks,
            live_blocks: capacity_blocks * occupied / 100,
            cached_blocks: 12,
            resident_bytes: slabs * 65_536,
            reclaimable_bytes: slabs * 4096,
            allocations: 1000 * n * size,
        }
    };
    let classes = vec![
        class(16, size, 90),
        class(64, 2 * size, 55),
        class(1024, 8 * size, 10),
        class(5120, 1, 0),
    ];
    let live = classes.iter().map(Class::live_bytes).sum::<u64>();
    let resident = classes.iter().map(|class| class.resident_bytes).sum::<u64>();
    let cache = |state, thread, name: Option<&str>| Cache {
        state,
        thread,
        thread_name: name.map(str::to_owned),
        cached_blocks: 40 * size,
        cached_bytes: 4096 * size + u64::from(thread.unwrap_or(0)),
        slabs: 3,
        allocations: 500 * n,
    };
    Heap {
        number,
        incarnation: u64::from(number) + 1,
        handle: u64::from(number) << 20,
        name: name.into(),
        sized: number == 1,
        serialized: true,
        executable: false,
        maximum_bytes: (number == 2).then_some(64 << 20),
        decay: "2000 ms".into(),
        locked: false,
        live_bytes: live + (n << 20),
        live_blocks: classes.iter().map(|class| class.live_blocks).sum::<u64>() + n,
        committed_bytes: resident + (n << 20) + (1 << 20),
        resident_bytes: resident + (n << 20) + (n << 19),
        reclaimable_bytes: resident / 16,
        fragmented_bytes: resident / 9,
        allocations: 2000 * n * size,
        classes,
        large: Large {
            blocks: n + 1,
            live_bytes: (n + 1) << 20,
            committed_bytes: (n + 1) << 20,
            resident_bytes: (n + 1) << 20,
            allocations: n + 1,
        },
        caches: vec![
            cache(CacheState::Thread, Some(4242), Some("server")),
            cache(CacheState::Thread, Some(4250), Some("worker \u{1b}[2J")),
            cache(CacheState::Idle, None, None),
            cache(CacheState::Shared, None, None),
        ],
    }
}

/// A heap without large blocks.
fn last(n: u64) -> Heap {
    Heap { large: Large::default(), ..heap(2, "heap 0x7f0000200000", 1, n) }
}
