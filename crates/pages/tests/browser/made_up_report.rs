//! A report on a program that nobody has run.

use heapmin_inspect::model::snapshot::{
    Cache, CacheState, Class, Heap, Large, Process, SCHEMA as SNAPSHOT_SCHEMA, Snapshot, Totals,
};
use heapmin_pages::report::timeline::{Event, EventKind, Timeline};
use heapmin_pages::report::{Earlier, End, Program, Report, SCHEMA};
use heapmin_profile::{Amounts, Frame, Module, Profile, Stack};

use crate::made_up::Random;

const FUNCTIONS: [&str; 12] = [
    "main",
    "parse_document",
    "Tokenizer::next_token",
    "std::vector<Token, Arena<Token>>::push_back",
    "read_file",
    "cache_insert",
    "hash_table_grow",
    "render",
    "layout::Row::measure",
    "str_dup",
    "worker_main",
    "queue_push",
];

fn totals(live: u64, allocations: u64) -> Totals {
    Totals {
        live_bytes: live,
        live_blocks: live / 300,
        resident_bytes: live + live / 4 + (1 << 20),
        reclaimable_bytes: live / 9,
        fragmented_bytes: live / 15,
        metadata_bytes: 400_000,
        committed_bytes: live + live / 2 + (2 << 20),
        returned_bytes: allocations * 40,
        allocations,
        process_resident_bytes: live + live / 3 + (9 << 20),
        ..Totals::default()
    }
}

fn heap(number: u32, name: &str, live: u64) -> Heap {
    let classes = [16, 32, 48, 64, 96, 128, 256, 512, 1024, 4096, 16384].into_iter();
    let classes: Vec<Class> = classes
        .enumerate()
        .map(|(index, block_bytes)| {
            let live_blocks = live / 14 / u64::from(block_bytes) + index as u64;
            let slabs = live_blocks * u64::from(block_bytes) / 50_000 + 1;
            Class {
                block_bytes,
                slabs,
                capacity_blocks: slabs * 65536 / u64::from(block_bytes),
                live_blocks,
                cached_blocks: 12,
                resident_bytes: slabs * 65536 - 8192,
                reclaimable_bytes: 8192,
                allocations: live_blocks * 7 + 3,
            }
        })
        .collect();
    let cache = |thread: Option<u32>, state| Cache {
        state,
        thread,
        thread_name: thread.map(|thread| format!("worker {thread}")),
        cached_blocks: 300,
        cached_bytes: 51_200 + u64::from(thread.unwrap_or(0)),
        slabs: 14,
        allocations: 123_456,
    };
    Heap {
        number,
        incarnation: 1,
        handle: u64::from(number) * 4096,
        name: name.to_owned(),
        sized: false,
        serialized: true,
        executable: false,
        maximum_bytes: (number > 1).then_some(64 << 20),
        decay: "2000 ms".to_owned(),
        locked: false,
        live_bytes: live,
        live_blocks: live / 300,
        committed_bytes: live * 2,
        resident_bytes: live + live / 4,
        reclaimable_bytes: live / 9,
        fragmented_bytes: live / 15,
        allocations: live / 20,
        classes,
        large: Large {
            blocks: 3,
            live_bytes: 900_000,
            committed_bytes: 1 << 20,
            resident_bytes: 1 << 20,
            allocations: 40,
        },
        caches: vec![
            cache(Some(4711), CacheState::Thread),
            cache(Some(4712), CacheState::Thread),
            cache(None, CacheState::Idle),
        ],
    }
}

fn snapshot(live: u64, command: &str) -> Snapshot {
    Snapshot {
        schema: SNAPSHOT_SCHEMA,
        process: Process {
            pid: 4711,
            command: command.to_owned(),
            uid: 1000,
            user: "ada".to_owned(),
            threads: 3,
            engine: "0.1.0".to_owned(),
            file: "/usr/lib/libheapmin_malloc.so".to_owned(),
            started: 1,
        },
        time_ms: 1_700_000_000_000,
        took_us: 900,
        totals: totals(live, 3_456_789),
        heaps: vec![
            heap(0, "process", live * 7 / 10),
            heap(1, "process (HeapAlloc)", live / 10),
            heap(2, "heap 0x2000", live / 5),
        ],
    }
}

fn profile(stacks: usize) -> Profile {
    let mut random = Random(7);
    let frames: Vec<Frame> = (0..FUNCTIONS.len() * 9)
        .map(|index| Frame {
            function: match index / FUNCTIONS.len() {
                0 => FUNCTIONS[index].to_owned(),
                more => format!("{}_{more}", FUNCTIONS[index % FUNCTIONS.len()]),
            },
            module: ["/usr/bin/renderer", "/usr/lib/libdocument.so.3"][index % 2].to_owned(),
            file: (index % 3 > 0).then(|| format!("src/{}.c", FUNCTIONS[index % 7])),
            line: Some(10 + index as u32),
            inlined: index % 5 == 0,
            address: 0x1000 + index as u64,
        })
        .collect();
    let mut profile = Profile {
        rate_bytes: 512 << 10,
        samples: 4321,
        peak_ms: 2400,
        frames,
        modules: vec![Module { path: "/usr/lib/libstripped.so".to_owned(), ..Module::default() }],
        ..Profile::default()
    };
    for _ in 0..stacks {
        let depth = 2 + random.below(9) as usize;
        let mut frames = vec![[0, 10][(random.below(4) == 0) as usize]];
        while frames.len() < depth {
            let last = u64::from(*frames.last().unwrap());
            frames.push((last * 7 + random.below(3) + 1) as u32 % profile.frames.len() as u32);
        }
        frames.reverse();
        let allocated_bytes = (1 << 19) * (1 + random.below(60) * random.below(20));
        let live_bytes = if random.below(3) == 0 { allocated_bytes / 4 } else { 0 };
        let amounts = Amounts {
            allocated_bytes,
            allocated_blocks: allocated_bytes / 200,
            live_bytes,
            live_blocks: live_bytes / 200,
            peak_bytes: allocated_bytes / 3,
            peak_blocks: allocated_bytes / 600,
            temporary_blocks: random.below(2) * allocated_bytes / 500,
        };
        profile.totals.add(&amounts);
        profile.stacks.push(Stack { frames, amounts });
    }
    profile
}

/// A report with so many call stacks; `None`: not sampled.
pub fn report(command: &str, stacks: Option<usize>) -> Report {
    let mut timeline = Timeline::default();
    let mut random = Random(3);
    for step in 0..1500_u64 {
        let wave = (step as f64 / 90.0).sin() + 1.3;
        let live = (step * 20_000) as f64 * if step < 1200 { wave } else { wave * 0.4 };
        let live = live as u64 + random.below(400_000) + 2_000_000;
        timeline.add(step as f64 * 4.2, 0.03, &totals(live, step * 2300));
    }
    timeline.finish();
    let peak_ms = timeline.peak_live_ms;
    Report {
        schema: SCHEMA,
        heapmin: "0.1.0".to_owned(),
        program: Program {
            pid: 4711,
            command: command.to_owned(),
            user: Some("ada".to_owned()),
            engine: Some("0.1.0".to_owned()),
            attached: false,
        },
        started_ms: 1_700_000_000_000,
        duration_ms: 6310.0,
        end: End::Exited { status: 0 },
        events: vec![
            Event { at_ms: peak_ms, kind: EventKind::Peak, text: "most live bytes".to_owned() },
            Event {
                at_ms: 5100.0,
                kind: EventKind::Returned,
                text: "12 MiB went back to the system".to_owned(),
            },
        ],
        peak: Some(snapshot(timeline.peak_live_bytes, command)),
        last: Some(snapshot(6 << 20, command)),
        timeline,
        last_is_the_end: true,
        earlier: vec![Earlier {
            command: "sh -c renderer".to_owned(),
            duration_ms: 3.4,
            peak_live_bytes: 90_000,
        }],
        profile: stacks.map(profile),
        notes: vec!["The process could not be watched at its end.".to_owned()],
    }
}
