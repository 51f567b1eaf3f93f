//! Samples of allocations: which code has taken memory.
//!
//! While `rate` isn't 0, each allocated byte is chosen with the probability 1 / `rate`; an allocation
//! with a chosen byte is a sample. Samples stand in a ring until they are overwritten: a reader
//! copies each slot and takes it if `sequence` is the same before and after, and the one that was
//! expected. Frees of sampled blocks stand in a second ring.
//!
//! ```text
//!  area:  | slot 0 | slot 1 | … | slot n - 1 | free 0 | free 1 | …
//!  slot:  | Sample | copy of the stack, from its stack pointer upwards |
//! ```

use core::sync::atomic::{AtomicU32, AtomicU64};

/// What is known of the sampling; all zero as long as nobody has asked for it.
#[derive(Debug)]
#[repr(C)]
pub struct ProfileState {
    /// Bytes from sample to sample, on average; 0: off.
    pub rate: AtomicU64,
    /// Address of the area; 0: none yet. It stays once it is there.
    pub area: AtomicU64,
    /// Slots of samples in the area.
    pub slots: AtomicU32,
    /// Bytes of a slot.
    pub slot_bytes: AtomicU32,
    /// Slots of frees in the area, which begin behind the samples'.
    pub free_slots: AtomicU32,
    /// Padding.
    pub reserved: AtomicU32,
    /// Samples taken so far. The n-th (from 0) is in slot n % slots, with the sequence n + 1.
    pub samples: AtomicU64,
    /// Frees of samples so far, in the same way.
    pub frees: AtomicU64,
    /// Readers count this up at least once in ten seconds: otherwise sampling that was asked for
    /// from outside ends.
    pub heartbeat: AtomicU64,
}

impl ProfileState {
    /// Off.
    pub const fn new() -> Self {
        Self {
            rate: AtomicU64::new(0),
            area: AtomicU64::new(0),
            slots: AtomicU32::new(0),
            slot_bytes: AtomicU32::new(0),
            free_slots: AtomicU32::new(0),
            reserved: AtomicU32::new(0),
            samples: AtomicU64::new(0),
            frees: AtomicU64::new(0),
            heartbeat: AtomicU64::new(0),
        }
    }
}

impl Default for ProfileState {
    fn default() -> Self {
        Self::new()
    }
}

/// The sequence of a slot that is being written.
pub const BEING_WRITTEN: u64 = u64::MAX;

/// A sampled allocation, at the start of a slot.
#[derive(Clone, Copy, Debug, Default)]
#[repr(C)]
pub struct Sample {
    /// Written last; [`BEING_WRITTEN`] before, 0 in a slot that was never used.
    pub sequence: u64,
    /// Nanoseconds of the monotonic clock.
    pub time: u64,
    /// The block.
    pub address: u64,
    /// Bytes that were taken for it: of its size class, or whole pages. What was asked for is at most
    /// 12.5 % less, from 256 bytes on.
    pub size: u64,
    /// Bytes that the sample stands for, on average over all samples of this size.
    pub weight: u64,
    /// Its number, from 1 on; the one in its span's header.
    pub id: u32,
    /// Number of the heap.
    pub heap: u32,
    /// The thread, as it calls itself.
    pub thread: u32,
    /// Bytes of stack in the slot.
    pub stack_bytes: u32,
    /// x86-64: rip, rsp, rbp, rbx, r12, r13, r14, r15. aarch64: pc, sp, fp, lr, zeros.
    pub registers: [u64; 8],
}

/// A free of a sampled block.
#[derive(Clone, Copy, Debug, Default)]
#[repr(C)]
pub struct Freed {
    /// As in [`Sample::sequence`].
    pub sequence: u64,
    /// Nanoseconds of the monotonic clock.
    pub time: u64,
    /// Number of the sample.
    pub id: u32,
    /// Padding.
    pub reserved: u32,
}
