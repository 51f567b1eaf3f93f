//! Allocating sized blocks.

use super::charge;
use super::tail::{self, Marks, SMALLEST_EXTENT, Tail};
use crate::base::atomic::Ordering;
use crate::base::size_class::{class_of, class_of_aligned};
use crate::base::units::{GRANULE, UNIT};
use crate::cache::{Cache, KNOWN_ZERO};
use crate::heap::large;
use crate::heap::record::HeapRecord;
use core::ptr;

/// What is asked for.
#[derive(Clone, Copy, Debug)]
pub struct Request {
    /// Bytes.
    pub size: usize,
    /// A power of two; every block is at a multiple of 16.
    pub align: usize,
    /// The bytes read as zero.
    pub zero: bool,
    /// What the block carries.
    pub marks: Marks,
    /// Don't wait for another thread that has locked the heap.
    pub unserialized: bool,
}

impl Request {
    /// A plain block of `size` bytes.
    pub const fn plain(size: usize) -> Self {
        let marks = Marks { has_word: false, flags: 0 };
        Self { size, align: GRANULE, zero: false, marks, unserialized: false }
    }
}

/// A block before it is sealed.
pub struct Raw {
    /// Its address, plus [`KNOWN_ZERO`] if it reads as zero.
    entry: usize,
    /// Bytes that it takes.
    pub extent: usize,
}

impl Raw {
    /// Its address.
    pub fn block(&self) -> usize {
        self.entry & !KNOWN_ZERO
    }
}

impl HeapRecord {
    /// A sized block. 0: out of memory, or over the heap's limit.
    #[inline(never)]
    pub fn allocate_sized(&self, request: &Request) -> usize {
        let Request { size, marks, .. } = *request;
        if !self.charge_block(charge(size)) {
            return 0;
        }
        let tail = Tail { size, marks };
        let raw = self.inside_past(request.unserialized, |cache| {
            let raw = self.allocate_raw(cache, tail, request.align)?;
            // SAFETY: the block was just allocated, with room for the size and its tail.
            unsafe { seal_first(raw.block(), raw.extent, tail) };
            Some(raw)
        });
        let Some(raw) = raw else {
            self.uncharge_block(charge(size));
            return 0;
        };
        if request.zero && raw.entry & KNOWN_ZERO == 0 {
            let start = ptr::with_exposed_provenance_mut::<u8>(raw.block());
            // SAFETY: the block is the caller's, and no one else has it yet.
            unsafe { start.write_bytes(0, size) };
        }
        raw.block()
    }

    /// A block with room for this tail, which is not yet written. For a thread that is inside the
    /// heap with `cache`, and stays until it has written the tail (Z1).
    pub fn allocate_raw(&self, cache: Option<&Cache>, tail: Tail, align: usize) -> Option<Raw> {
        let bytes = tail.size.checked_add(tail.marks.tail_bytes())?.max(SMALLEST_EXTENT);
        let class = if align <= GRANULE { class_of(bytes) } else { class_of_aligned(bytes, align) };
        let (entry, extent) = match class {
            Some(class) => self.allocate_from_cache(cache?, class),
            None => (self.allocate_large(bytes, align.max(UNIT)), large::usable(bytes)),
        };
        (entry != 0).then_some(Raw { entry, extent })
    }

    /// Counts bytes against the heap's limit on blocks. `false`: they would exceed it.
    #[inline]
    pub fn charge_block(&self, bytes: usize) -> bool {
        if self.traits.limit == 0 {
            return true;
        }
        let charge =
            |before: usize| before.checked_add(bytes).filter(|&sum| sum <= self.traits.limit);
        self.charged.fetch_update(Ordering::Relaxed, Ordering::Relaxed, charge).is_ok()
    }

    /// Undoes [`HeapRecord::charge_block`].
    #[inline]
    pub fn uncharge_block(&self, bytes: usize) {
        if self.traits.limit != 0 {
            self.charged.fetch_sub(bytes, Ordering::Relaxed);
        }
    }
}

/// Writes the tail of a block that nobody has yet.
///
/// # Safety
/// As for [`tail::seal`].
unsafe fn seal_first(block: usize, extent: usize, tail: Tail) {
    // SAFETY: by the contract of this function.
    unsafe { tail::seal(block, extent, tail) };
    if tail.marks.has_word {
        // SAFETY: as above; the tail just written says that there is one.
        unsafe { tail::set_word(block, extent, 0) };
    }
}
