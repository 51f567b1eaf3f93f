//! One interface for the process heap and private heaps.

use heapmin_engine::{HeapHandle, HeapOptions, Refusal, Statistics, Trimmed, process};
use std::sync::atomic::{AtomicU64, Ordering};

/// A heap under test. A copy is the same heap.
#[derive(Clone, Copy, Debug)]
pub enum Target {
    /// The process heap.
    Process,
    /// A private heap, and a number that no other heap of the test program has.
    Private(HeapHandle, u64),
}

impl Target {
    /// A new private heap.
    pub fn create() -> Self {
        Self::with_options(HeapOptions::default()).expect("memory for a heap")
    }

    /// The same with options; `None`: out of memory.
    pub fn with_options(options: HeapOptions) -> Option<Self> {
        static NUMBER: AtomicU64 = AtomicU64::new(0);
        let heap = HeapHandle::create(options)?;
        Some(Self::Private(heap, NUMBER.fetch_add(1, Ordering::Relaxed)))
    }

    /// A block, zeroed or not; null: out of memory.
    pub fn allocate(self, size: usize, align: usize, zeroed: bool) -> *mut u8 {
        match (self, zeroed, align) {
            (Self::Process, false, 1) => process::allocate(size),
            (Self::Process, true, 1) => process::allocate_zeroed(size),
            (Self::Process, false, _) => process::allocate_aligned(size, align),
            (Self::Process, true, _) => process::allocate_aligned_zeroed(size, align),
            (Self::Private(heap, _), false, 1) => heap.allocate(size),
            (Self::Private(heap, _), true, 1) => heap.allocate_zeroed(size),
            (Self::Private(heap, _), false, _) => heap.allocate_aligned(size, align),
            (Self::Private(heap, _), true, _) => heap.allocate_aligned_zeroed(size, align),
        }
    }

    /// Frees what a pointer points to.
    ///
    /// # Safety
    /// If a block starts there, nobody uses it afterwards.
    pub unsafe fn free(self, p: *mut u8) -> Result<(), Refusal> {
        match self {
            // SAFETY: by the contract of this function.
            Self::Process => unsafe { process::free(p) },
            // SAFETY: as above.
            Self::Private(heap, _) => unsafe { heap.free(p) },
        }
    }

    /// Makes a block longer or shorter; with `align` above 1, it stays that aligned.
    ///
    /// # Safety
    /// If a block starts there, nobody else uses it, nor its old address if another comes back.
    pub unsafe fn reallocate(
        self,
        p: *mut u8,
        size: usize,
        align: usize,
    ) -> Result<*mut u8, Refusal> {
        match (self, align) {
            // SAFETY: by the contract of this function.
            (Self::Process, 1) => unsafe { process::reallocate(p, size) },
            // SAFETY: as above.
            (Self::Process, _) => unsafe { process::reallocate_aligned(p, size, align) },
            // SAFETY: as above.
            (Self::Private(heap, _), 1) => unsafe { heap.reallocate(p, size) },
            // SAFETY: as above.
            (Self::Private(heap, _), _) => unsafe { heap.reallocate_aligned(p, size, align) },
        }
    }

    /// Makes a block longer or shorter where it is.
    ///
    /// # Safety
    /// If a block starts there, nobody uses bytes beyond `size` afterwards.
    pub unsafe fn resize_in_place(self, p: *mut u8, size: usize) -> Result<bool, Refusal> {
        match self {
            // SAFETY: by the contract of this function.
            Self::Process => unsafe { process::resize_in_place(p, size) },
            // SAFETY: as above.
            Self::Private(heap, _) => unsafe { heap.resize_in_place(p, size) },
        }
    }

    /// Bytes that a block's owner may use.
    pub fn usable_size(self, p: *const u8) -> Result<usize, Refusal> {
        match self {
            Self::Process => process::usable_size(p),
            Self::Private(heap, _) => heap.usable_size(p),
        }
    }

    /// Gives back what nobody uses.
    pub fn trim(self) -> Trimmed {
        match self {
            Self::Process => process::trim(),
            Self::Private(heap, _) => heap.trim(),
        }
    }

    /// What the heap holds.
    pub fn statistics(self) -> Statistics {
        match self {
            Self::Process => process::statistics(),
            Self::Private(heap, _) => heap.statistics(),
        }
    }

    /// Destroys a private heap; the process heap stays.
    ///
    /// # Safety
    /// Nobody uses the heap or a block of it, now or later.
    pub unsafe fn destroy(self) {
        if let Self::Private(heap, _) = self {
            // SAFETY: by the contract of this function.
            unsafe { heap.destroy() };
        }
    }

    /// Whether both are the same heap.
    pub fn is(self, other: Self) -> bool {
        match (self, other) {
            (Self::Process, Self::Process) => true,
            (Self::Private(_, one), Self::Private(_, another)) => one == another,
            _ => false,
        }
    }
}
