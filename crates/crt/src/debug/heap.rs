//! The process heap under the debug heap.

use super::block::{Block, Header, OVERHEAD};
use core::ptr;
use heapmin_engine::RefusalKind;
use heapmin_engine::exact::{self, ExactHeap, Request, Resize};

/// What the engine knows of a live block.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Room {
    /// Its size in bytes.
    Exact(usize),
    /// The heap's own guard behind it was overwritten, and the size with it.
    Overrun,
}

/// Whether a live block starts at the header, large enough for one: the header may be read then.
pub fn measure(header: *const Header) -> Option<Room> {
    if header.is_null() {
        return None;
    }
    let heap = ExactHeap::process()?;
    match heap.size(header.cast()) {
        Ok(size) => (size >= OVERHEAD).then_some(Room::Exact(size)),
        Err(refusal) if refusal.kind() == RefusalKind::Damaged => {
            // A live block, of at least 16 bytes.
            let last = header.cast::<u8>().wrapping_add(OVERHEAD - 1);
            exact::is_readable(last).then_some(Room::Overrun)
        }
        Err(_) => None,
    }
}

/// Memory for a block of `size` bytes with its header and guard; null: there is none.
pub fn allocate(size: usize, align: usize, zero: bool) -> *mut Header {
    let Some(total) = size.checked_add(OVERHEAD) else { return ptr::null_mut() };
    let Some(heap) = ExactHeap::process() else { return ptr::null_mut() };
    let request = Request { align, zero, ..Request::plain(total) };
    heap.allocate(&request).cast()
}

/// Makes the block larger or smaller where it is. `false`: that's not possible.
///
/// # Safety
/// The block is live and belongs to the caller.
pub unsafe fn resize_in_place(block: Block, size: usize) -> bool {
    let Some(total) = size.checked_add(OVERHEAD) else { return false };
    let Some(heap) = ExactHeap::process() else { return false };
    let resize = Resize { in_place: true, ..Resize::plain(total) };
    // SAFETY: the caller's.
    matches!(unsafe { heap.reallocate(block.0.cast(), &resize) }, Ok(same) if !same.is_null())
}

/// Gives the block back. One that was overrun past its guard is refused by the engine, and stays
/// allocated: what lies behind it can't be trusted.
///
/// # Safety
/// The block is live, belongs to the caller and isn't on the list.
pub unsafe fn free(block: Block) {
    if let Some(heap) = ExactHeap::process() {
        // SAFETY: the caller's.
        let _ = unsafe { heap.free(block.0.cast(), false) };
    }
}
