//! Figures of a process that there isn't, for tests.

use heapmin_inspect::model::snapshot::{
    Cache, CacheState, Class, Heap, Large, Process, SCHEMA, Snapshot, Totals,
};

/// A process.
pub fn process(pid: i32, command: &str) -> Process {
    Process {
        pid,
        command: command.into(),
        uid: 1000,
        user: "ann".into(),
        threads: 3,
        engine: "0.1.0".into(),
        file: "/usr/lib/libheapmin_malloc.so".into(),
        started: 12_345,
    }
}

/// A process with two heaps.
pub fn snapshot() -> Snapshot {
    let heaps = vec![heap(0, "process", 100_000), heap(2, "heap 0x7f0000010000", 1_000)];
    Snapshot {
        schema: SCHEMA,
        process: process(4711, "/usr/bin/redis-server --requirepass secret"),
        time_ms: 1_790_000_000_000,
        took_us: 1_500,
        totals: Totals {
            live_bytes: 6_464_000,
            live_blocks: 101_002,
            resident_bytes: 9_000_000,
            reclaimable_bytes: 1_200_000,
            fragmented_bytes: 700_000,
            metadata_bytes: 300_000,
            committed_bytes: 12_000_000,
            free_dirty_bytes: 1_048_576,
            free_clean_bytes: 2_097_152,
            huge_page_bytes: Some(2_097_152),
            returned_bytes: 50_000_000,
            allocations: 5_000_000,
            process_resident_bytes: 20_000_000,
        },
        heaps,
    }
}

/// A heap with a class of 64 bytes, and a large block.
fn heap(number: u32, name: &str, blocks: u64) -> Heap {
    let slabs = blocks.div_ceil(1024);
    Heap {
        number,
        incarnation: u64::from(number) + 1,
        handle: if number == 0 { 0 } else { 0x7f00_0001_0000 },
        name: name.into(),
        sized: number != 0,
        serialized: true,
        executable: false,
        maximum_bytes: None,
        decay: "2000 ms".into(),
        locked: false,
        live_bytes: blocks * 64,
        live_blocks: blocks + 1,
        committed_bytes: slabs * 65_536 + 131_072,
        resident_bytes: slabs * 65_536,
        reclaimable_bytes: 4096,
        fragmented_bytes: 8192,
        allocations: blocks * 3,
        classes: vec![Class {
            block_bytes: 64,
            slabs,
            capacity_blocks: slabs * 1024,
            live_blocks: blocks,
            cached_blocks: 7,
            resident_bytes: slabs * 65_536,
            reclaimable_bytes: 4096,
            allocations: blocks * 3,
        }],
        large: Large {
            blocks: 1,
            live_bytes: 100_000,
            committed_bytes: 131_072,
            resident_bytes: 102_400,
            allocations: 1,
        },
        caches: vec![Cache {
            state: CacheState::Thread,
            thread: Some(4711),
            thread_name: Some("redis-server".into()),
            cached_blocks: 7,
            cached_bytes: 448,
            slabs: 2,
            allocations: blocks * 3,
        }],
    }
}
