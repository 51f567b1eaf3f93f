//! Private heaps as the faces see them.

use crate::heap::allocate::{block, zeroed_block};
use crate::heap::claim::Claim;
use crate::heap::decay::Decay;
use crate::heap::record::{HeapRecord, Traits};
use crate::heap::refusal::Refusal;
use crate::heap::registry::{self, PrivateHeap};
use crate::inspect::statistics::{self, Statistics};
use crate::trim::{self, Trimmed};
use core::ptr::NonNull;

/// What a heap is made with.
#[derive(Clone, Copy, Debug, Default)]
pub struct HeapOptions {
    /// Bytes of memory that the heap may take, spans included, rounded up to 64 KiB. Beyond it,
    /// allocations fail.
    pub maximum_size: Option<usize>,
    /// When unused memory goes back by itself; `None`: as the process's does.
    pub decay: Option<Decay>,
}

/// A private heap. A copy is the same heap.
#[derive(Clone, Copy, Debug)]
pub struct HeapHandle {
    heap: NonNull<PrivateHeap>,
}

// SAFETY: a heap may be used from any thread; its record guards itself.
unsafe impl Send for HeapHandle {}
// SAFETY: as above.
unsafe impl Sync for HeapHandle {}

impl HeapHandle {
    /// Makes a heap. `None`: out of memory, or there are 65,535 heaps already.
    pub fn create(options: HeapOptions) -> Option<Self> {
        let heap =
            registry::create(options.maximum_size, Traits::NONE).map(|heap| Self { heap })?;
        heap.record().decay.set(options.decay);
        Some(heap)
    }

    /// Destroys the heap and frees everything in it.
    ///
    /// # Safety
    /// No thread uses the heap, its blocks or any copy of this handle, now or later.
    pub unsafe fn destroy(self) {
        // SAFETY: `create` made it; the rest by the contract of this function.
        unsafe { registry::destroy(self.heap) };
    }

    #[inline(always)]
    fn record(&self) -> &HeapRecord {
        // SAFETY: the heap is alive until `destroy`, whose caller vouches for no later use.
        unsafe { &self.heap.as_ref().record }
    }

    /// As [`super::process::allocate`], in this heap.
    #[inline(always)]
    pub fn allocate(&self, size: usize) -> *mut u8 {
        let record = self.record();
        block(record.allocate(record.slot_at_hand(), size))
    }

    /// As [`super::process::allocate_zeroed`], in this heap.
    #[inline]
    pub fn allocate_zeroed(&self, size: usize) -> *mut u8 {
        let record = self.record();
        zeroed_block(record.allocate(record.slot_at_hand(), size), size)
    }

    /// As [`super::process::allocate_aligned`], in this heap.
    #[inline]
    pub fn allocate_aligned(&self, size: usize, align: usize) -> *mut u8 {
        let record = self.record();
        block(record.allocate_aligned(record.slot_at_hand(), size, align))
    }

    /// As [`super::process::allocate_aligned_zeroed`], in this heap.
    #[inline]
    pub fn allocate_aligned_zeroed(&self, size: usize, align: usize) -> *mut u8 {
        let record = self.record();
        zeroed_block(record.allocate_aligned(record.slot_at_hand(), size, align), size)
    }

    /// Frees a block of this heap.
    ///
    /// # Errors
    /// What isn't a live block of this heap is refused, and nothing changes.
    ///
    /// # Safety
    /// Nobody uses the block afterwards.
    #[inline(always)]
    pub unsafe fn free(&self, p: *mut u8) -> Result<(), Refusal> {
        let record = self.record();
        // SAFETY: by the contract of this function.
        unsafe { record.free(record.slot_at_hand(), p.addr()) }
    }

    /// As [`super::process::reallocate_aligned`], in this heap.
    ///
    /// # Errors
    /// As for [`HeapHandle::free`].
    ///
    /// # Safety
    /// As for [`super::process::reallocate`].
    pub unsafe fn reallocate_aligned(
        &self,
        p: *mut u8,
        size: usize,
        align: usize,
    ) -> Result<*mut u8, Refusal> {
        let record = self.record();
        // SAFETY: by the contract of this function.
        unsafe { record.reallocate(record.slot_at_hand(), p, size, align) }
    }

    /// As [`super::process::reallocate`], in this heap.
    ///
    /// # Errors
    /// As for [`HeapHandle::free`].
    ///
    /// # Safety
    /// As for [`super::process::reallocate`].
    pub unsafe fn reallocate(&self, p: *mut u8, size: usize) -> Result<*mut u8, Refusal> {
        // SAFETY: by the contract of this function.
        unsafe { self.reallocate_aligned(p, size, 1) }
    }

    /// As [`super::process::resize_in_place`], in this heap.
    ///
    /// # Errors
    /// As for [`HeapHandle::free`].
    ///
    /// # Safety
    /// Nobody uses bytes beyond `size` afterwards.
    pub unsafe fn resize_in_place(&self, p: *mut u8, size: usize) -> Result<bool, Refusal> {
        self.record().resize_in_place(p.addr(), size)
    }

    /// As [`super::process::usable_size`], in this heap.
    ///
    /// # Errors
    /// As for [`HeapHandle::free`].
    pub fn usable_size(&self, p: *const u8) -> Result<usize, Refusal> {
        self.record().claim(p.addr()).map(Claim::size)
    }

    /// Gives back to the OS what nobody uses of this heap.
    pub fn trim(&self) -> Trimmed {
        trim::trim(&[self.record()]).unwrap_or_default()
    }

    /// Says when memory that nobody uses goes back by itself.
    pub fn set_decay(&self, decay: Decay) {
        self.record().decay.set(Some(decay));
    }

    /// When memory that nobody uses goes back by itself.
    pub fn decay(&self) -> Decay {
        self.record().decay.get()
    }

    /// What the heap holds at this moment.
    pub fn statistics(&self) -> Statistics {
        statistics::gather(self.record())
    }
}
