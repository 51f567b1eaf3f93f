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

fn main() {
    // A burst: many small blocks, of which few stay.
    let mut words: HashMap<u32, String> =
        (0..400_000).map(|n| (n, format!("word number {n}"))).collect();
    println!("busy: {} MiB live", mib(heapmin::statistics().live_bytes));
    words.retain(|n, _| n % 1000 == 0);
    words.shrink_to_fit();
    println!("quiet: {} MiB live", mib(heapmin::statistics().live_bytes));

    // What is free is kept for the next burst. If there is none for a while, give it back: also
    // the free pages between the words that stayed, and what other threads keep at hand.
    let report = heapmin::trim();
    println!(
        "trimmed: {} MiB in memory before, {} MiB after",
        mib(report.resident_before),
        mib(report.resident_after)
    );
    assert!(words[&7000].ends_with("7000"));
}
