//! The blocks of a heap.

use super::{ExactHeap, Marks, Request, Resize};
use crate::base::units::UnitIndex;
use crate::heap::refusal::{Refusal, RefusalKind};
use crate::heap::registry::PROCESS;
use crate::sized::claim::SizedBlock;
use crate::sized::{fast, tail};
use crate::span::WINDOW;
use core::ptr;

impl ExactHeap {
    /// A plain block of `size` bytes in the heap with this handle, if it is small and that can be done
    /// at once, which is nearly always; else null, also if there is no such heap.
    #[inline(always)]
    pub fn try_allocate(handle: usize, size: usize) -> *mut u8 {
        ptr::with_exposed_provenance_mut(fast::allocate(handle, size))
    }

    /// Frees a block of the heap with this handle, if that can be done at once. `false`: nothing was
    /// done.
    ///
    /// # Safety
    /// As for [`ExactHeap::free`].
    #[inline(always)]
    pub unsafe fn try_free(handle: usize, p: *mut u8) -> bool {
        // SAFETY: by the contract of this function.
        unsafe { fast::free(handle, p.addr()) }
    }

    /// The handle of the process heap once there is one; until then a number that no heap has.
    #[inline(always)]
    pub fn process_handle() -> usize {
        WINDOW.address(UnitIndex::NONE)
    }

    /// A plain block of `size` bytes at a multiple of 16. Null: out of memory, or over the limit.
    #[inline]
    pub fn allocate_plain(self, size: usize) -> *mut u8 {
        let block = fast::allocate_from(self.record(), self.handle(), size);
        if block == 0 {
            return self.allocate(&Request::plain(size));
        }
        ptr::with_exposed_provenance_mut(block)
    }

    /// A block as requested. Null: out of memory, or over the limit.
    pub fn allocate(self, request: &Request) -> *mut u8 {
        self.remember();
        ptr::with_exposed_provenance_mut(self.record().allocate_sized(request))
    }

    /// The thread uses this heap now.
    fn remember(self) {
        fast::remember(self.record().slot_if_made(), self.record().lone.get());
    }

    /// Frees a block. Null is no block, and fine. `unserialized`: don't wait for another thread that
    /// has locked the heap.
    ///
    /// # Errors
    /// What isn't a live block of this heap, or was written past its end, is refused, and nothing
    /// changes.
    ///
    /// # Safety
    /// Nobody uses the block afterwards.
    #[inline]
    pub unsafe fn free(self, p: *mut u8, unserialized: bool) -> Result<(), Refusal> {
        // SAFETY: by the contract of this function.
        if unsafe { Self::try_free(self.handle(), p) } {
            return Ok(());
        }
        // SAFETY: by the contract of this function.
        unsafe { self.free_slow(p, unserialized) }
    }

    /// [`ExactHeap::free`] when [`ExactHeap::try_free`] has not done it.
    ///
    /// # Errors
    /// As for [`ExactHeap::free`].
    ///
    /// # Safety
    /// As for [`ExactHeap::free`].
    #[cold]
    #[inline(never)]
    pub unsafe fn free_slow(self, p: *mut u8, unserialized: bool) -> Result<(), Refusal> {
        self.remember();
        // SAFETY: by the contract of this function.
        let result = unsafe { self.record().free_sized(p.addr(), unserialized) };
        self.or_of_malloc(result, || PROCESS.free_past(unserialized, p.addr()))
    }

    /// Makes a live block `resize.size` bytes long. `Ok(null)`: not possible, and the block is as it
    /// was.
    ///
    /// # Errors
    /// As for [`ExactHeap::free`].
    ///
    /// # Safety
    /// Nobody else uses the block meanwhile, nor its old address if another one comes back.
    pub unsafe fn reallocate(self, p: *mut u8, resize: &Resize) -> Result<*mut u8, Refusal> {
        // SAFETY: by the contract of this function.
        let result = unsafe { self.record().resize_sized(p.addr(), resize) };
        self.or_of_malloc(result.map(ptr::with_exposed_provenance_mut), || {
            // SAFETY: as above.
            unsafe { self.reallocate_of_malloc(p, resize) }
        })
    }

    /// A block of `malloc`'s becomes one that records its size.
    unsafe fn reallocate_of_malloc(self, p: *mut u8, resize: &Resize) -> Result<*mut u8, Refusal> {
        let old = PROCESS.claim(p.addr())?.size();
        if resize.in_place {
            let fits = PROCESS.resize_in_place(p.addr(), resize.size)?;
            let new = PROCESS.claim(p.addr())?.size();
            if resize.zero && new > old {
                // SAFETY: the block has that many bytes now.
                unsafe { p.add(old).write_bytes(0, new - old) };
            }
            return Ok(if fits { p } else { ptr::null_mut() });
        }
        let Resize { size, align, zero, unserialized, .. } = *resize;
        let new = self.allocate(&Request { align, zero, unserialized, ..Request::plain(size) });
        if !new.is_null() {
            // SAFETY: both blocks are live, and as long; a new block doesn't overlap a live one.
            unsafe { ptr::copy_nonoverlapping(p, new, old.min(size)) };
            PROCESS.free_past(unserialized, p.addr())?;
        }
        Ok(new)
    }

    /// The process heap has blocks of `malloc`'s too, in its other half.
    #[inline]
    fn or_of_malloc<T>(
        self,
        result: Result<T, Refusal>,
        ask: impl FnOnce() -> Result<T, Refusal>,
    ) -> Result<T, Refusal> {
        match result {
            Err(refusal) if self.is_process() && refusal.kind() == RefusalKind::OtherHeap => ask(),
            result => result,
        }
    }

    /// Bytes asked for; of a block of `malloc`'s those that may be used.
    ///
    /// # Errors
    /// As for [`ExactHeap::free`].
    pub fn size(self, p: *const u8) -> Result<usize, Refusal> {
        self.size_past(p, false)
    }

    /// [`ExactHeap::size`]; `unserialized`: don't wait for another thread that has locked the heap.
    ///
    /// # Errors
    /// As for [`ExactHeap::free`].
    pub fn size_past(self, p: *const u8, unserialized: bool) -> Result<usize, Refusal> {
        self.ask(p, unserialized, |block| block.tail.size, |usable| usable)
    }

    /// Whether `p` is a live block, its guard bytes intact.
    ///
    /// # Errors
    /// As for [`ExactHeap::free`].
    pub fn check(self, p: *const u8) -> Result<(), Refusal> {
        self.check_past(p, false)
    }

    /// [`ExactHeap::check`]; `unserialized`: don't wait for another thread that has locked the heap.
    ///
    /// # Errors
    /// As for [`ExactHeap::free`].
    pub fn check_past(self, p: *const u8, unserialized: bool) -> Result<(), Refusal> {
        self.ask(p, unserialized, |_| (), |_| ())
    }

    /// What the block carries.
    ///
    /// # Errors
    /// As for [`ExactHeap::free`].
    pub fn marks(self, p: *const u8) -> Result<Marks, Refusal> {
        self.ask(p, false, |block| block.tail.marks, |_| Marks::default())
    }

    /// Changes the block's flags, three bits; a block of `malloc`'s keeps none.
    ///
    /// # Errors
    /// As for [`ExactHeap::free`].
    pub fn set_flags(self, p: *mut u8, flags: u8) -> Result<(), Refusal> {
        let change = |block: SizedBlock| {
            let mut tail = block.tail;
            tail.marks.flags = flags;
            // SAFETY: the block is live, and its tail has the same size as before.
            unsafe { tail::seal(block.address, block.extent, tail) };
        };
        self.ask(p, false, change, |_| ())
    }

    /// The block's word; `None`: it carries none.
    ///
    /// # Errors
    /// As for [`ExactHeap::free`].
    pub fn word(self, p: *const u8) -> Result<Option<usize>, Refusal> {
        // SAFETY: `ask` found the block live.
        self.ask(p, false, |block| unsafe { block.word() }, |_| None)
    }

    /// Changes the block's word. `false`: it carries none.
    ///
    /// # Errors
    /// As for [`ExactHeap::free`].
    pub fn set_word(self, p: *mut u8, word: usize) -> Result<bool, Refusal> {
        let change = |block: SizedBlock| {
            if block.tail.marks.has_word {
                // SAFETY: the block is live and carries a word.
                unsafe { tail::set_word(block.address, block.extent, word) };
            }
            block.tail.marks.has_word
        };
        self.ask(p, false, change, |_| false)
    }

    fn ask<T>(
        self,
        p: *const u8,
        unserialized: bool,
        sized: impl FnOnce(SizedBlock) -> T,
        of_malloc: impl FnOnce(usize) -> T,
    ) -> Result<T, Refusal> {
        let record = self.record();
        let result = record.inside_past(unserialized, |_| record.claim_sized(p.addr()).map(sized));
        self.or_of_malloc(result, || PROCESS.claim(p.addr()).map(|claim| of_malloc(claim.size())))
    }
}
