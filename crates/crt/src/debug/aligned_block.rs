//! Aligned blocks: where the caller's bytes lie in a block of the debug heap.
//!
//! ```text
//!   bytes of a normal block                        address + offset is aligned
//!   |<--------------- front --------------->|<------ size ------>| guard
//!   | 0xBD ...          | start |   0xBD    |
//!                       |<- 8 ->|<--- 8 --->|
//! ```
//! `start` is the address of the normal block's bytes. They end where the caller's do, so the
//! normal block's guard is the aligned one's, and its size tells the aligned one's.

use super::block::{Block, Header};
use super::recognise::{Pointer, recognise};
use super::report::{self, Kind};
use super::text::Text;
use core::ffi::c_void;
use heapmin_engine::RefusalKind;
use heapmin_engine::exact::ExactHeap;
use heapmin_engine::os::fatal::Sentence;

/// Fills what lies before the caller's bytes.
const GAP: u8 = 0xBD;
/// Bytes of the gap between `start` and the caller's bytes, and of `start`.
const WORD: usize = size_of::<usize>();
/// Least front.
const LEAST_FRONT: usize = 2 * WORD;
/// What addresses of the heap are multiples of.
const GRANULE: usize = 16;

/// Which byte has which alignment.
#[derive(Clone, Copy)]
pub struct Alignment {
    /// A power of two, and at least the size of a pointer.
    to: usize,
    offset: usize,
}

impl Alignment {
    /// `None`: `to` is no power of two.
    pub fn new(to: usize, offset: usize) -> Option<Alignment> {
        to.is_power_of_two().then(|| Alignment { to: to.max(WORD), offset })
    }

    /// What the normal block's address in the heap has to be a multiple of.
    pub fn of_heap(self) -> usize {
        self.to.max(GRANULE)
    }

    /// Bytes before the caller's.
    fn front(self) -> usize {
        let least = size_of::<Header>() + LEAST_FRONT;
        LEAST_FRONT + (least.wrapping_add(self.offset).wrapping_neg() & self.to.wrapping_sub(1))
    }

    /// Bytes of the normal block for `size` bytes of the caller's. `None`: too many.
    pub fn block_size(self, size: usize) -> Option<usize> {
        let total = size.checked_add(self.front())?;
        total.checked_add(self.of_heap()).map(|_| total)
    }

    /// Whether the caller's bytes at this address have the alignment.
    pub fn suits(self, user: *const c_void) -> bool {
        user.addr().wrapping_add(self.offset) & self.to.wrapping_sub(1) == 0
    }

    /// Writes the front of a normal block and returns where the caller's bytes start.
    ///
    /// # Safety
    /// `start` is the start of the bytes of a normal block that was allocated with `of_heap` and
    /// `block_size`, and is the caller's.
    pub unsafe fn place(self, start: *mut c_void) -> *mut c_void {
        let front = self.front();
        let user = start.wrapping_byte_add(front);
        // SAFETY: the front lies in the block, and `start` in the front; offsets may be odd.
        unsafe {
            start.cast::<u8>().write_bytes(GAP, front);
            user.wrapping_byte_sub(LEAST_FRONT).cast::<*mut c_void>().write_unaligned(start);
        }
        user
    }
}

/// An aligned block that was recognised.
#[derive(Clone, Copy)]
pub struct AlignedBlock {
    /// The normal block.
    pub block: Block,
    /// Bytes before the caller's.
    pub front: usize,
    /// Bytes of the caller's.
    pub size: usize,
}

/// A pointer that was looked up.
pub enum AlignedPointer {
    Debug(AlignedBlock),
    /// A live block of the process heap that isn't the debug heap's.
    Plain,
    Bad(RefusalKind),
}

/// Looks up a pointer that a caller says is of the aligned functions.
pub fn recognise_aligned(user: *mut c_void) -> AlignedPointer {
    let Some(heap) = ExactHeap::process() else {
        return AlignedPointer::Bad(RefusalKind::ForeignPointer);
    };
    let granule = user.map_addr(|address| address & !(GRANULE - 1));
    for at in [granule, granule.wrapping_byte_sub(GRANULE)] {
        match heap.check(at.cast_const().cast()).map_err(|refusal| refusal.kind()) {
            Err(RefusalKind::InteriorPointer) => {}
            // Aligned blocks of the debug heap start further inside.
            Ok(()) | Err(RefusalKind::Damaged) if at == user => return AlignedPointer::Plain,
            Ok(()) | Err(RefusalKind::Damaged) => {
                return AlignedPointer::Bad(RefusalKind::InteriorPointer);
            }
            Err(kind) => return AlignedPointer::Bad(kind),
        }
    }
    let record = user.wrapping_byte_sub(LEAST_FRONT).cast::<*mut c_void>();
    // SAFETY: the two granules that the record lies in are inside a block of the heap.
    let start = unsafe { record.read_unaligned() };
    if let Some(front) = user.addr().checked_sub(start.addr())
        && front >= LEAST_FRONT
        && let Pointer::Debug(block) = recognise(start)
        // SAFETY: a listed block, which is the caller's.
        && let Some(size) = unsafe { block.facts() }.size.checked_sub(front)
    {
        return AlignedPointer::Debug(AlignedBlock { block, front, size });
    }
    AlignedPointer::Bad(RefusalKind::InteriorPointer)
}

impl AlignedBlock {
    /// Reports a gap that was overwritten.
    pub fn check_gap(self, function: &str) {
        let user = self.block.user().wrapping_add(self.front);
        let mut gap = [0; WORD];
        for (place, back) in gap.iter_mut().zip(1..) {
            // SAFETY: the gap lies in the block, which is the caller's.
            *place = unsafe { user.wrapping_sub(back).read() };
        }
        if gap != [GAP; WORD] {
            let mut text = Text::new();
            // SAFETY: a listed block, which is the caller's.
            let facts = unsafe { self.block.facts() };
            text.place(facts.file, facts.line).text("memory damage: ").text(function).text("(");
            text.full_address(user).text("): bytes before aligned block {");
            text.integer(facts.request).text("} were overwritten\n");
            report::send(Kind::Error, &mut text);
        }
    }
}
