//! Where a caller's bytes lie in a block of the heap.
//!
//! ```text
//!   offset a multiple of the alignment      any other offset
//!   base = p                                base                                  p
//!   |<------ size ------>|                  |<-- lead: ... | record | 0..15 ... ->|<-- size -->|
//!   base is aligned                         base is aligned, and so is p + offset
//! ```
//! The record tells `_aligned_free` where the block starts. It is 16 bytes at the last multiple
//! of 16 that leaves it below `p`, and sealed: `p` and the base both go into the seal, and the
//! base must be a live block, so nothing that a program leaves in memory is taken for one.
//!
//! P1  lead == 0 or lead >= 16, so the record lies in the block and below `p`
//! P2  the lead depends on alignment and offset alone, so a block that moves keeps its contents
//!     at the right distance from its base

use crate::limits::HEAP_MAXREQ;
use core::ffi::c_void;
use heapmin_engine::exact::ExactHeap;
use heapmin_engine::{Refusal, RefusalKind};

/// Bytes of a record, and what it is aligned to. Every block of the heap is aligned to as much.
const RECORD: usize = 16;

/// Part of every seal, so that no two addresses alone make one.
const LIVE: usize = 0x5EA1_0FF5_E7B1_0C4B;
/// The same for the record of a block that was freed, by which a second free is recognised.
const FREED: usize = !LIVE;

/// How far into a block the caller's bytes start, and how the block is aligned.
#[derive(Clone, Copy)]
pub struct Placement {
    pub align: usize,
    pub lead: usize,
}

impl Placement {
    /// For bytes of which the one at `offset` is aligned to `alignment`, a power of two.
    #[inline]
    pub fn new(alignment: usize, offset: usize) -> Self {
        let mask = alignment.wrapping_sub(1);
        let lead = match offset & mask {
            0 => 0,
            // The least lead from the size of a record on that makes `lead + offset` a multiple.
            _ => RECORD + (RECORD.wrapping_add(offset).wrapping_neg() & mask),
        };
        Self { align: alignment.max(RECORD), lead }
    }

    /// Whether a block is placed like this already.
    pub fn fits(self, placed: Placed) -> bool {
        placed.lead == self.lead && placed.base.addr() & self.align.wrapping_sub(1) == 0
    }

    /// The size of the block for `size` bytes of the caller's; `None` if the block and what its
    /// alignment costs are more than any heap can have.
    #[inline]
    pub fn block_size(self, size: usize) -> Option<usize> {
        let bytes = size.checked_add(self.lead)?;
        let most = bytes.checked_add(self.align.wrapping_sub(RECORD))?;
        (most <= HEAP_MAXREQ).then_some(bytes)
    }

    /// Makes a block ready for the caller and gives the caller's address; null stays null.
    ///
    /// # Safety
    /// `base` is null or the caller's own block of at least `lead` bytes.
    #[inline]
    pub unsafe fn place(self, base: *mut c_void) -> *mut c_void {
        if base.is_null() || self.lead == 0 {
            return base;
        }
        // SAFETY: the contract of this function; the lead isn't 0.
        unsafe { Placed { base: base.cast(), lead: self.lead }.seal() }
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
struct Record {
    base: usize,
    seal: usize,
}

impl Record {
    fn new(base: usize, address: usize, state: usize) -> Self {
        Self { base, seal: base.rotate_left(32) ^ address ^ state }
    }
}

fn record_place(address: *mut u8) -> *mut Record {
    address.map_addr(|address| address.wrapping_sub(RECORD) & !(RECORD - 1)).cast()
}

/// A caller's block as it was found.
#[derive(Clone, Copy)]
pub struct Placed {
    /// The heap's block.
    pub base: *mut u8,
    /// Bytes before the caller's.
    pub lead: usize,
}

impl Placed {
    /// The block that `address` was given out for, with the bytes that the caller asked for.
    /// Reads only memory of the heap's.
    pub fn find(heap: ExactHeap, address: *mut c_void) -> Result<(Self, usize), Refusal> {
        match heap.size(address.cast()) {
            Ok(size) => Ok((Self { base: address.cast(), lead: 0 }, size)),
            Err(refusal) => Self::find_by_record(heap, address.cast(), refusal),
        }
    }

    /// As [`Placed::find`], for an address that is refused as the start of a block.
    #[cold]
    #[inline(never)]
    pub fn find_by_record(
        heap: ExactHeap,
        address: *mut u8,
        refusal: Refusal,
    ) -> Result<(Self, usize), Refusal> {
        if !matches!(refusal.kind(), RefusalKind::InteriorPointer | RefusalKind::Misaligned) {
            return Err(refusal);
        }
        let place = record_place(address);
        if let Err(why) = heap.check(place.cast()) {
            match why.kind() {
                RefusalKind::InteriorPointer | RefusalKind::Damaged => {}
                RefusalKind::AlreadyFree => return Err(why),
                _ => return Err(refusal),
            }
        }
        // SAFETY: the place is a multiple of 16 and, as the heap has just said, within a block
        // of its own, so 16 bytes from there are readable; any bits are a `Record`.
        let record = unsafe { place.read() };
        let lead = address.addr().wrapping_sub(record.base);
        let base = address.wrapping_sub(lead);
        if record == Record::new(record.base, address.addr(), FREED) {
            return Err(heap.check(base).err().unwrap_or(refusal));
        }
        if record != Record::new(record.base, address.addr(), LIVE) || lead < RECORD {
            return Err(refusal);
        }
        let size = heap.size(base)?.checked_sub(lead).ok_or(refusal)?;
        Ok((Self { base, lead }, size))
    }

    /// Writes the record, if the placement has one, and gives the caller's address.
    ///
    /// # Safety
    /// The block is the caller's own and has at least `lead` bytes.
    pub unsafe fn seal(self) -> *mut c_void {
        // SAFETY: the contract of this function.
        unsafe { self.write_record(LIVE) };
        self.base.wrapping_add(self.lead).cast()
    }

    /// Spoils the record, so that a stale address isn't taken for a block later on.
    ///
    /// # Safety
    /// As for [`Placed::seal`].
    pub unsafe fn unseal(self) {
        // SAFETY: the contract of this function.
        unsafe { self.write_record(FREED) };
    }

    /// # Safety
    /// As for [`Placed::seal`].
    unsafe fn write_record(self, state: usize) {
        if self.lead != 0 {
            let address = self.base.wrapping_add(self.lead);
            let record = Record::new(self.base.addr(), address.addr(), state);
            // SAFETY: within the lead by P1 and aligned, as the base is.
            unsafe { record_place(address).write(record) };
        }
    }
}
