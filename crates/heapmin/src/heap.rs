//! Heaps as values.

use allocator_api2::alloc::{AllocError, Allocator, Layout};
use core::fmt;
use core::ptr::NonNull;
use heapmin_engine::{Decay, HeapHandle, Refusal, Statistics, Trimmed, refuse_and_abort};

pub use heapmin_engine::HeapOptions;

/// There is no memory, or no number, for another heap.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OutOfMemory;

impl fmt::Display for OutOfMemory {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("no memory for another heap: drop heaps that are no longer used")
    }
}

impl core::error::Error for OutOfMemory {}

/// A heap with blocks of its own, for collections that take an allocator.
///
/// It may be shared between threads, which all use it without waiting for each other. Dropping it
/// frees everything in it at once, which is faster than freeing block by block.
///
/// Blocks are reached only through collections that borrow or own the heap, so they can't outlive
/// it: use `&heap` as the allocator of several collections, or move the heap into one.
///
/// A heap can't go while a collection uses it:
///
/// ```compile_fail,E0505
/// let heap = heapmin::Heap::new().unwrap();
/// let mut list = allocator_api2::vec::Vec::new_in(&heap);
/// list.push(1);
/// drop(heap);
/// list.push(2);
/// ```
///
/// nor can a collection leave the scope of its heap:
///
/// ```compile_fail,E0515
/// fn list() -> allocator_api2::vec::Vec<u8, &'static heapmin::Heap> {
///     let heap = heapmin::Heap::new().unwrap();
///     allocator_api2::vec::Vec::new_in(&heap)
/// }
/// ```
///
/// nor a leaked value outlive a borrowed heap:
///
/// ```compile_fail,E0597
/// let kept: &'static mut u8;
/// {
///     let heap = heapmin::Heap::new().unwrap();
///     kept = allocator_api2::boxed::Box::leak(allocator_api2::boxed::Box::new_in(1, &heap));
/// }
/// ```
///
/// and there is one owner of it:
///
/// ```compile_fail,E0599
/// let heap = heapmin::Heap::new().unwrap();
/// let another: heapmin::Heap = heap.clone();
/// ```
#[derive(Debug)]
pub struct Heap {
    handle: HeapHandle,
}

impl Heap {
    /// Makes an empty heap.
    ///
    /// # Errors
    /// [`OutOfMemory`] if there is no memory for it, or there are 65,535 heaps already.
    pub fn new() -> Result<Self, OutOfMemory> {
        Self::with_options(HeapOptions::default())
    }

    /// Makes an empty heap that takes at most `bytes` of memory, rounded up to 64 KiB. Beyond
    /// that, allocations fail.
    ///
    /// # Errors
    /// As for [`Heap::new`].
    pub fn with_maximum_size(bytes: usize) -> Result<Self, OutOfMemory> {
        Self::with_options(HeapOptions { maximum_size: Some(bytes), ..HeapOptions::default() })
    }

    /// Makes an empty heap.
    ///
    /// ```
    /// use heapmin::{Decay, Heap, HeapOptions};
    ///
    /// // Of requests that come all the time: what one frees, the next one uses.
    /// let options = HeapOptions { decay: Some(Decay::Never), ..HeapOptions::default() };
    /// let requests = Heap::with_options(options)?;
    /// assert_eq!(requests.decay(), Decay::Never);
    /// # Ok::<(), heapmin::OutOfMemory>(())
    /// ```
    ///
    /// # Errors
    /// As for [`Heap::new`].
    pub fn with_options(options: HeapOptions) -> Result<Self, OutOfMemory> {
        HeapHandle::create(options).map(|handle| Self { handle }).ok_or(OutOfMemory)
    }

    /// Gives back to the OS what nobody uses of this heap, the caches of all threads included, and
    /// says what is left, and why. Other threads may use the heap meanwhile.
    ///
    /// ```
    /// use allocator_api2::{boxed::Box, vec::Vec};
    ///
    /// let heap = heapmin::Heap::new()?;
    /// let mut blocks = Vec::new_in(&heap);
    /// blocks.extend((0..10_000u32).map(|n| Box::new_in([n; 250], &heap)));
    /// blocks.truncate(10);
    /// let report = heap.trim();
    /// assert!(report.released > 5_000_000);
    /// # Ok::<(), heapmin::OutOfMemory>(())
    /// ```
    pub fn trim(&self) -> Trimmed {
        self.handle.trim()
    }

    /// Says for how long memory of this heap that nobody uses stays for reuse before it goes back
    /// by itself. Any thread may call this at any time.
    ///
    /// ```
    /// use heapmin::{Decay, Heap};
    ///
    /// let heap = Heap::new()?;
    /// assert_eq!(heap.decay(), heapmin::decay(), "as the process's, until it is set");
    /// heap.set_decay(Decay::After { milliseconds: 250 });
    /// assert_eq!(heap.decay(), Decay::After { milliseconds: 250 });
    /// # Ok::<(), heapmin::OutOfMemory>(())
    /// ```
    pub fn set_decay(&self, decay: Decay) {
        self.handle.set_decay(decay);
    }

    /// For how long memory of this heap that nobody uses stays for reuse.
    pub fn decay(&self) -> Decay {
        self.handle.decay()
    }

    /// What the heap holds at this moment; other threads wait while it is counted.
    pub fn statistics(&self) -> Statistics {
        self.handle.statistics()
    }

    /// Frees a block, and says why if it isn't one.
    ///
    /// # Errors
    /// A pointer that isn't a live block of this heap is refused, and nothing changes.
    ///
    /// # Safety
    /// Nobody uses the block afterwards.
    pub unsafe fn try_free(&self, block: NonNull<u8>) -> Result<(), Refusal> {
        // SAFETY: by the contract of this function.
        unsafe { self.handle.free(block.as_ptr()) }
    }
}

impl Drop for Heap {
    fn drop(&mut self) {
        // SAFETY: collections hold the heap or borrow it, so none is left; the handle is private.
        unsafe { self.handle.destroy() };
    }
}

fn slice(block: *mut u8, size: usize) -> Result<NonNull<[u8]>, AllocError> {
    let block = NonNull::new(block).ok_or(AllocError)?;
    Ok(NonNull::slice_from_raw_parts(block, size))
}

// SAFETY: blocks are as long and aligned as asked, and live until they are freed or the heap is
// dropped; moving the heap moves only a handle. There are no clones.
unsafe impl Allocator for Heap {
    #[inline]
    fn allocate(&self, layout: Layout) -> Result<NonNull<[u8]>, AllocError> {
        slice(self.handle.allocate_aligned(layout.size(), layout.align()), layout.size())
    }

    #[inline]
    fn allocate_zeroed(&self, layout: Layout) -> Result<NonNull<[u8]>, AllocError> {
        slice(self.handle.allocate_aligned_zeroed(layout.size(), layout.align()), layout.size())
    }

    #[inline]
    unsafe fn deallocate(&self, block: NonNull<u8>, _layout: Layout) {
        // SAFETY: the caller gives the block up.
        if let Err(refusal) = unsafe { self.handle.free(block.as_ptr()) } {
            refuse_and_abort("deallocate", refusal);
        }
    }

    unsafe fn grow(
        &self,
        block: NonNull<u8>,
        old: Layout,
        new: Layout,
    ) -> Result<NonNull<[u8]>, AllocError> {
        // SAFETY: by the contract of `grow`.
        unsafe { self.resize(block, old, new) }
    }

    unsafe fn shrink(
        &self,
        block: NonNull<u8>,
        old: Layout,
        new: Layout,
    ) -> Result<NonNull<[u8]>, AllocError> {
        // SAFETY: by the contract of `shrink`.
        unsafe { self.resize(block, old, new) }
    }
}

impl Heap {
    /// # Safety
    /// As for `Allocator::grow` and `Allocator::shrink`.
    unsafe fn resize(
        &self,
        block: NonNull<u8>,
        old: Layout,
        new: Layout,
    ) -> Result<NonNull<[u8]>, AllocError> {
        if new.align() > old.align() && !block.addr().get().is_multiple_of(new.align()) {
            let moved = self.allocate(new)?;
            let kept = old.size().min(new.size());
            // SAFETY: two live blocks, each at least `kept` bytes long.
            unsafe { block.copy_to_nonoverlapping(moved.cast(), kept) };
            // SAFETY: the caller gives the old block up.
            unsafe { self.deallocate(block, old) };
            return Ok(moved);
        }
        // SAFETY: by the contract of this function.
        match unsafe { self.handle.reallocate_aligned(block.as_ptr(), new.size(), new.align()) } {
            Ok(block) => slice(block, new.size()),
            Err(refusal) => refuse_and_abort("grow or shrink", refusal),
        }
    }
}
