//! The process heap as the faces see it: what `malloc` and the global allocator use.

use crate::background;
use crate::cache::slot::{Slot, ThreadBlock};
use crate::heap::allocate::{block, zeroed_block};
use crate::heap::claim::Claim;
use crate::heap::decay::{Decay, OF_PROCESS};
use crate::heap::demand;
use crate::heap::refusal::{Refusal, RefusalKind};
use crate::heap::registry::{PROCESS, SIZED};
use crate::inspect::statistics::{self, Statistics};
use crate::sized::resize::Resize;
use crate::span::POOL;
use crate::trim::{self, Trimmed};
use core::ptr::NonNull;

#[inline(always)]
fn slot() -> Option<&'static Slot> {
    Some(&ThreadBlock::current().process)
}

/// A block of at least `size` bytes at a multiple of 16. Null: out of memory, or `size` is more
/// than `isize::MAX`. Size 0 gives a block of its own. Any thread, any time.
#[inline(always)]
pub fn allocate(size: usize) -> *mut u8 {
    block(PROCESS.allocate(slot(), size))
}

/// [`allocate`] if it can be done at once, which is nearly always: so a caller can keep what
/// follows a `None` (calling `allocate`) out of its own fast path.
#[inline(always)]
pub fn try_allocate(size: usize) -> Option<NonNull<u8>> {
    let entry = PROCESS.try_allocate(&ThreadBlock::current().process, size);
    // SAFETY: an entry that isn't 0 is a block's address and perhaps the mark in its lowest bit.
    (entry != 0).then(|| unsafe { NonNull::new_unchecked(block(entry)) })
}

/// [`free`] if it can be done at once. `false`: nothing was done; call [`free_slow`].
///
/// # Safety
/// As for [`free`].
#[inline(always)]
pub unsafe fn try_free(p: *mut u8) -> bool {
    // SAFETY: by the contract of this function.
    unsafe { PROCESS.try_free(&ThreadBlock::current().process, p.addr()) }
}

/// [`free`] when [`try_free`] has not done it.
///
/// # Errors
/// As for [`free`].
///
/// # Safety
/// As for [`free`].
pub unsafe fn free_slow(p: *mut u8) -> Result<(), Refusal> {
    or_of_sized(PROCESS.free_slow(slot(), p.addr()), || {
        // SAFETY: by the contract of this function.
        unsafe { SIZED.free_sized(p.addr(), false) }
    })
}

/// The process heap has blocks that record their size, too, in its other half.
#[inline]
fn or_of_sized<T>(
    result: Result<T, Refusal>,
    ask: impl FnOnce() -> Result<T, Refusal>,
) -> Result<T, Refusal> {
    match result {
        Err(refusal) if refusal.kind() == RefusalKind::OtherHeap => {
            // Of a third heap, neither half knows it, and the first has said so.
            ask().map_err(|other| match other.kind() {
                RefusalKind::OtherHeap => refusal,
                _ => other,
            })
        }
        result => result,
    }
}

/// [`allocate`], with the first `size` bytes zero. Memory known to be zero isn't cleared again.
#[inline]
pub fn allocate_zeroed(size: usize) -> *mut u8 {
    zeroed_block(PROCESS.allocate(slot(), size), size)
}

/// [`allocate`] at a multiple of `align`, a power of two.
#[inline]
pub fn allocate_aligned(size: usize, align: usize) -> *mut u8 {
    block(PROCESS.allocate_aligned(slot(), size, align))
}

/// [`allocate_aligned`], with the first `size` bytes zero.
#[inline]
pub fn allocate_aligned_zeroed(size: usize, align: usize) -> *mut u8 {
    zeroed_block(PROCESS.allocate_aligned(slot(), size, align), size)
}

/// Frees a block of the process heap, from any thread. Null is fine.
///
/// # Errors
/// What isn't a live block of this heap is refused, and nothing changes.
///
/// # Safety
/// Nobody uses the block afterwards.
#[inline(always)]
pub unsafe fn free(p: *mut u8) -> Result<(), Refusal> {
    // SAFETY: by the contract of this function.
    if unsafe { try_free(p) } {
        return Ok(());
    }
    // SAFETY: as above.
    unsafe { free_slow(p) }
}

/// Makes a block `size` bytes long, moving it if need be. `Ok(null)`: out of memory, and the
/// block is as it was.
///
/// # Errors
/// As for [`free`].
///
/// # Safety
/// Nobody else uses the block meanwhile, nor its old address if another one comes back.
#[inline]
pub unsafe fn reallocate(p: *mut u8, size: usize) -> Result<*mut u8, Refusal> {
    // SAFETY: by the contract of this function.
    unsafe { reallocate_aligned(p, size, 1) }
}

/// [`reallocate`] for a block that stays at a multiple of `align`, a power of two, as it is now.
///
/// # Errors
/// As for [`free`].
///
/// # Safety
/// As for [`reallocate`].
#[inline]
pub unsafe fn reallocate_aligned(
    p: *mut u8,
    size: usize,
    align: usize,
) -> Result<*mut u8, Refusal> {
    // SAFETY: by the contract of this function.
    let result = unsafe { PROCESS.reallocate(slot(), p, size, align) };
    or_of_sized(result, || {
        let resize = Resize { align, ..Resize::plain(size) };
        // SAFETY: as above.
        let moved = unsafe { SIZED.resize_sized(p.addr(), &resize) };
        moved.map(core::ptr::with_exposed_provenance_mut)
    })
}

/// Makes a block `size` bytes long without moving it. `Ok(false)`: not possible, nothing changed.
///
/// # Errors
/// As for [`free`].
///
/// # Safety
/// Nobody uses bytes beyond `size` afterwards.
pub unsafe fn resize_in_place(p: *mut u8, size: usize) -> Result<bool, Refusal> {
    or_of_sized(PROCESS.resize_in_place(p.addr(), size), || {
        let resize = Resize { in_place: true, ..Resize::plain(size) };
        // SAFETY: by the contract of this function.
        unsafe { SIZED.resize_sized(p.addr(), &resize) }.map(|block| block != 0)
    })
}

/// Bytes of a block that its owner may use: at least what was asked for.
///
/// # Errors
/// As for [`free`].
pub fn usable_size(p: *const u8) -> Result<usize, Refusal> {
    or_of_sized(PROCESS.claim(p.addr()).map(Claim::size), || {
        SIZED.claim_sized(p.addr()).map(|block| block.tail.size)
    })
}

/// Gives back to the OS what nobody uses, the caches of all threads included.
pub fn trim() -> Trimmed {
    // The process heap is never destroyed, so the trim comes to its end.
    trim::trim(&[&PROCESS, &SIZED]).unwrap_or_default()
}

/// What the heap holds at this moment. Other threads wait while it is counted.
pub fn statistics() -> Statistics {
    statistics::gather(&PROCESS)
}

/// Says when memory that nobody uses goes back by itself: of the process heap, and of every heap
/// that wasn't told something else. Any thread may call this at any time.
pub fn set_decay(decay: Decay) {
    OF_PROCESS.set(Some(decay));
    let mut pool = POOL.lock();
    pool.set_due(decay.due());
    demand::of_spans(pool.dirty_bytes());
    drop(pool);
    demand::attend();
}

/// When unused memory of the process heap goes back by itself.
pub fn decay() -> Decay {
    OF_PROCESS.get()
}

/// Begins to give memory back whenever the system runs short of it, or ends that. `false`: there
/// is nothing to watch on this system, or no thread to do it.
pub fn set_pressure(on: bool) -> bool {
    background::set_pressure(on)
}

/// Counts every operation from now on, which makes each one slower. Blocks allocated before
/// count as live from the start.
pub fn count_operations() {
    statistics::start_counting(&PROCESS);
}
