//! The whole program on heapmin, and memory given back when a burst of work is over.
//!
//! ```text
//! cargo run --release --example trim
//! ```

use std::collections::HashMap;

// All of the program's memory comes from heapmin from here on: collections, threads, libraries.
#[global_allocator]
static ALLOC: heapmin::Heapmin = heapmin::Heapmin;

fn mib(bytes: usize) -> usize {
    bytes >> 20
}

fn kib(bytes: usize) -> usize {
    bytes >> 10
}

fn main() {
    // A burst: many small blocks, of which few stay.
    let mut words: HashMap<u32, String> =
        (0..400_000).map(|n| (n, format!("word number {n}"))).collect();
    println!("busy: {} MiB live", mib(heapmin::statistics().live_bytes));
    words.retain(|n, _| n % 1000 == 0);
    words.shrink_to_fit();
    println!("quiet: {} MiB live", mib(heapmin::statistics().live_bytes));

    // What is free is kept for the next burst for as long as `heapmin::set_decay` says, and goes back
    // by itself then.
    match heapmin::decay() {
        heapmin::Decay::Never => println!("free memory stays"),
        heapmin::Decay::AtOnce => println!("free memory goes back at once"),
        heapmin::Decay::After { milliseconds } => {
            println!("free memory goes back after {milliseconds} ms");
        }
    }

    // Who knows that no other burst will come gives it back now: also the free pages between the
    // words that stayed, and what other threads keep at hand.
    let report = heapmin::trim();
    println!(
        "trimmed: {} MiB in memory before, {} MiB after",
        mib(report.resident_before),
        mib(report.resident_after)
    );

    // What is still in memory, and why.
    let left = report.left;
    println!("left: {} KiB in live blocks", kib(left.live));
    println!("left: {} KiB free, on pages with a live block", kib(left.fragmented));
    println!("left: {} KiB free, or taken meanwhile", kib(left.cached));
    println!("left: {} KiB free, in huge pages that are mostly live", kib(left.huge));
    println!("left: {} KiB of heapmin's own", kib(left.metadata));
    assert!(words[&7000].ends_with("7000"));
}
