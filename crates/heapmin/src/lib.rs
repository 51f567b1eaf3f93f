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
//! Memory that nobody has used for a while goes back to the OS by itself, also while the program
//! sleeps. [`set_decay`] says after how long, [`trim`] gives back all that nobody uses at this moment,
//! from every thread's cache, and [`set_pressure`] does so whenever the system runs short of memory:
//!
//! ```
//! heapmin::set_decay(heapmin::Decay::After { milliseconds: 500 });
//! let report = heapmin::trim();
//! println!("{} bytes less in memory", report.released);
//! ```

#![no_std]

mod global;
mod heap;

pub use global::Heapmin;
pub use heap::{Heap, HeapOptions, OutOfMemory};
pub use heapmin_engine::{CLASS_COUNT, ClassStatistics, Decay, Left, Statistics, Trimmed};

/// Gives back to the OS what nobody uses of the process heap, the caches of all threads included,
/// and says what is left, and why. Other threads may go on meanwhile.
///
/// ```
/// let report = heapmin::trim();
/// let left = report.left;
/// println!("{} bytes are in live blocks", left.live);
/// println!("{} free bytes share a page with one", left.fragmented);
/// # let parts = [left.live, left.fragmented, left.cached, left.huge, left.metadata];
/// # assert_eq!(parts.iter().sum::<usize>(), report.resident_after);
/// ```
pub fn trim() -> Trimmed {
    heapmin_engine::process::trim()
}

/// Says for how long memory that nobody uses stays for reuse before it goes back to the OS by
/// itself: of the process heap, and of every [`Heap`] that wasn't set by itself. Any thread may call
/// this at any time; what is free already goes by the new setting too.
///
/// A process starts with what its environment says (`HEAPMIN_DECAY_MS`: milliseconds, or `never`), or
/// with [`Decay::default`].
///
/// ```
/// use heapmin::Decay;
///
/// heapmin::set_decay(Decay::AtOnce);
/// assert_eq!(heapmin::decay(), Decay::AtOnce);
/// ```
pub fn set_decay(decay: Decay) {
    heapmin_engine::process::set_decay(decay);
}

/// For how long memory that nobody uses stays for reuse: of the process heap, and of every [`Heap`]
/// that wasn't set by itself.
pub fn decay() -> Decay {
    heapmin_engine::process::decay()
}

/// Begins to give memory back whenever the system, or the container, runs short of it, or ends that.
/// `false`: there is nothing here that tells of pressure, or no thread to listen.
///
/// `HEAPMIN_PRESSURE=1` in the environment does the same before `main`.
///
/// ```
/// if !heapmin::set_pressure(true) {
///     eprintln!("this system does not tell when memory runs short");
/// }
/// ```
pub fn set_pressure(on: bool) -> bool {
    heapmin_engine::process::set_pressure(on)
}

/// What the process heap holds at this moment; other threads wait while it is counted.
pub fn statistics() -> Statistics {
    heapmin_engine::process::statistics()
}
