//! heapmin for Rust programs: a global allocator, and heaps as values.
//!
//! ```
//! #[global_allocator]
//! static ALLOC: heapmin::Heapmin = heapmin::Heapmin;
//!
//! let numbers: Vec<u32> = (0..1000).collect();
//! assert_eq!(numbers.iter().sum::<u32>(), 499_500);
//! ```
//!
//! A [`Heap`] holds blocks of its own; dropping it frees all of them at once:
//!
//! ```
//! use allocator_api2::vec::Vec;
//!
//! let heap = heapmin::Heap::new().expect("memory for a heap");
//! let mut names = Vec::new_in(&heap);
//! names.push("in the heap");
//! assert!(heap.statistics().live_bytes > 0);
//! ```
//!
//! [`trim`] gives back to the OS what nobody uses, from every thread's cache:
//!
//! ```
//! let report = heapmin::trim();
//! println!("{} bytes less in memory", report.released);
//! ```

#![no_std]

mod global;
mod heap;

pub use global::Heapmin;
pub use heap::{Heap, HeapOptions, OutOfMemory};
pub use heapmin_engine::{CLASS_COUNT, ClassStatistics, Statistics, Trimmed};

/// Gives back to the OS what nobody uses of the process heap, the caches of all threads included.
pub fn trim() -> Trimmed {
    heapmin_engine::process::trim()
}

/// What the process heap holds at this moment; other threads wait while it is counted.
pub fn statistics() -> Statistics {
    heapmin_engine::process::statistics()
}
