//! A private heap against the process heap, in one process: what a heap of one's own costs per
//! call.
//!
//! Both do the same work in turns; printed is the median time of each and the median of the
//! ratios of neighbouring rounds.

use heapmin_engine::{HeapHandle, HeapOptions, process};
use std::hint::black_box;
use std::process::ExitCode;
use std::time::{Duration, Instant};

const ROUNDS: usize = 15;
const OPERATIONS: usize = 4_000_000;
const LIVE: usize = 1_000;

fn main() -> ExitCode {
    let Some(heap) = HeapHandle::create(HeapOptions::default()) else {
        eprintln!("heapmin-bench-private-heap: no memory for a heap");
        return ExitCode::FAILURE;
    };
    println!("| work | process heap, ns | private heap, ns | ratio |\n|:--|--:|--:|--:|");
    report(
        "allocate and free one block of 64 bytes",
        || pairs(process::allocate, free_of_process),
        || pairs(|size| heap.allocate(size), |block| free_of(&heap, block)),
    );
    report(
        "replace a random one of 1,000 blocks of 16 to 1,024 bytes",
        || replacement(process::allocate, free_of_process),
        || replacement(|size| heap.allocate(size), |block| free_of(&heap, block)),
    );
    // SAFETY: the work above freed its blocks, and nobody else knows the heap.
    unsafe { heap.destroy() };
    ExitCode::SUCCESS
}

fn free_of_process(block: *mut u8) {
    // SAFETY: the work frees each block once and doesn't use it afterwards.
    let freed = unsafe { process::free(block) };
    assert!(freed.is_ok(), "a block of the process heap was refused");
}

fn free_of(heap: &HeapHandle, block: *mut u8) {
    // SAFETY: as above.
    let freed = unsafe { heap.free(block) };
    assert!(freed.is_ok(), "a block of the private heap was refused");
}

fn pairs(allocate: impl Fn(usize) -> *mut u8, free: impl Fn(*mut u8)) {
    for _ in 0..OPERATIONS {
        free(black_box(allocate(black_box(64))));
    }
}

fn replacement(allocate: impl Fn(usize) -> *mut u8, free: impl Fn(*mut u8)) {
    let mut live = [std::ptr::null_mut(); LIVE];
    let mut random = 1u64;
    for _ in 0..OPERATIONS {
        random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        let place = &mut live[(random >> 33) as usize % LIVE];
        free(*place);
        *place = allocate(16 + (random >> 50) as usize % 1009);
    }
    live.into_iter().for_each(free);
}

fn report(work: &str, process: impl Fn(), private: impl Fn()) {
    // Once unmeasured: both get their caches and slabs.
    process();
    private();
    let rounds: Vec<(f64, f64)> =
        (0..ROUNDS).map(|_| (nanoseconds(&process), nanoseconds(&private))).collect();
    let process = median(rounds.iter().map(|round| round.0));
    let private = median(rounds.iter().map(|round| round.1));
    let ratio = median(rounds.iter().map(|round| round.1 / round.0));
    println!("| {work} | {process:.2} | {private:.2} | {ratio:.2} |");
}

fn nanoseconds(work: impl Fn()) -> f64 {
    let start = Instant::now();
    work();
    let spent: Duration = start.elapsed();
    spent.as_nanos() as f64 / OPERATIONS as f64
}

fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}
