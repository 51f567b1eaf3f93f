//! `free`.

use core::ffi::c_void;
use heapmin_engine::exact::ExactHeap;
use heapmin_engine::os::fatal::{Message, Sentence};
use heapmin_engine::refuse_and_abort;

/// The heap that a caller's block is in. Where there is no heap, no block is ours: then the
/// process ends with a message that names `function`.
#[inline(always)]
pub fn heap_of(function: &'static str, block: *const c_void) -> ExactHeap {
    match ExactHeap::process() {
        Some(heap) => heap,
        None => no_heap(function, block),
    }
}

#[cold]
#[inline(never)]
fn no_heap(function: &'static str, block: *const c_void) -> ! {
    let mut message = Message::begin();
    message.text(function).text("(").address(block.addr()).text("): invalid pointer ");
    message.address(block.addr()).text(": there is no heap that it could be of; ");
    message.text("free it where it was allocated");
    message.die()
}

/// Frees a block; null is left alone. Any other pointer ends the process with a message that
/// names `function`.
///
/// # Safety
/// Nobody uses the block any more.
#[inline(never)]
pub unsafe fn release(function: &'static str, block: *mut c_void) {
    if block.is_null() {
        return;
    }
    // SAFETY: the contract of this function.
    if let Err(refusal) = unsafe { heap_of(function, block).free(block.cast(), false) } {
        refuse_and_abort(function, refusal);
    }
}

/// `free`: frees a block; null is left alone. Any other pointer ends the process.
///
/// # Safety
/// Nobody uses the block any more.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn _free_base(block: *mut c_void) {
    // SAFETY: the contract of this function.
    if !unsafe { ExactHeap::try_free(ExactHeap::process_handle(), block.cast()) } {
        // SAFETY: as above; nothing was done yet.
        unsafe { free_unusually(block) };
    }
}

/// By itself, with free's own parameter, so that free needs no frame.
///
/// # Safety
/// As for free.
#[inline(never)]
unsafe extern "C-unwind" fn free_unusually(block: *mut c_void) {
    // SAFETY: the contract of this function.
    unsafe { release("free", block) };
}
