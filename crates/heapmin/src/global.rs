//! The process heap as Rust's global allocator.

use core::alloc::{GlobalAlloc, Layout};
use heapmin_engine::{process, refuse_and_abort};

/// The process heap. Declare it with `#[global_allocator]`.
///
/// A pointer that is no live block, a double free for example, ends the program with a message
/// that names it: Rust's interface has no way to return an error, and safe code can't cause one.
#[derive(Clone, Copy, Debug, Default)]
pub struct Heapmin;

// SAFETY: blocks are at least as long and as aligned as asked, stay where they are until they are
// freed, and nothing here unwinds: the engine returns null or refuses, and refusing aborts.
unsafe impl GlobalAlloc for Heapmin {
    #[inline]
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        process::allocate_aligned(layout.size(), layout.align())
    }

    #[inline]
    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        process::allocate_aligned_zeroed(layout.size(), layout.align())
    }

    #[inline]
    unsafe fn dealloc(&self, block: *mut u8, _layout: Layout) {
        // SAFETY: the caller gives the block up, by the contract of `dealloc`.
        if let Err(refusal) = unsafe { process::free(block) } {
            refuse_and_abort("dealloc", refusal);
        }
    }

    #[inline]
    unsafe fn realloc(&self, block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        // SAFETY: the caller gives the block up if another address comes back.
        match unsafe { process::reallocate_aligned(block, size, layout.align()) } {
            Ok(block) => block,
            Err(refusal) => refuse_and_abort("realloc", refusal),
        }
    }
}
