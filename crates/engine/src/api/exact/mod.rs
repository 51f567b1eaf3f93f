//! Heaps whose blocks record the size asked for, as the documented heap's do: the process heap, and
//! private ones with handles.

use crate::base::atomic::AtomicU32;
use crate::base::units::{UNIT, UnitIndex};
use crate::heap::record::{HeapRecord, Traits};
use crate::heap::refusal::{Refusal, RefusalKind};
use crate::heap::registry::{self, PROCESS, PrivateHeap, SIZED};
use crate::inspect::walk::{self, Walked};
use crate::inspect::{fill, statistics, summary, validate};
use crate::os;
use crate::sized::claim::SizedBlock;
use crate::sized::fast;
use crate::sized::tail;
use crate::span::map;
use crate::span::{POOL, WINDOW};
use crate::trim::{self, Trimmed};
use core::ptr::{self, NonNull};

pub use crate::inspect::damage::{Damage, DamageKind};
pub use crate::inspect::element::{BadCursor, Cursor, CursorKind, Element, ElementKind};
pub use crate::inspect::summary::Summary;
pub use crate::sized::allocate::Request;
pub use crate::sized::resize::Resize;
pub use crate::sized::tail::Marks;

/// What a heap is made with.
#[derive(Clone, Copy, Debug, Default)]
pub struct ExactOptions {
    /// A word that the maker wants to know again.
    pub face: u32,
    /// The callers keep each other out: no operation takes a lock of the heap's.
    pub unserialized: bool,
    /// Bytes of blocks together, each counted with 8 bytes more and rounded up to 16; 0: no limit.
    pub limit: usize,
    /// Blocks may be executed.
    pub executable: bool,
}

/// A live heap. A copy is the same heap.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ExactHeap {
    record: NonNull<HeapRecord>,
}

// SAFETY: a heap may be used from any thread; its record guards itself.
unsafe impl Send for ExactHeap {}
// SAFETY: as above.
unsafe impl Sync for ExactHeap {}

/// Whether the byte at `address` can be read. Asks the OS.
pub fn is_readable(address: *const u8) -> bool {
    os::is_readable(address.addr())
}

impl ExactHeap {
    /// The process heap: blocks made here, and those of `malloc`. `None`: there is no address space
    /// at all.
    #[inline]
    pub fn process() -> Option<Self> {
        if !tail::is_prepared() && !Self::prepare() {
            return None;
        }
        Some(Self { record: NonNull::from(&SIZED) })
    }

    /// Sees to what there has to be before the first heap.
    #[cold]
    fn prepare() -> bool {
        if POOL.lock().open().is_none() {
            return false;
        }
        tail::prepare();
        true
    }

    /// Makes a heap. `None`: out of memory, or there are 65,534 heaps already.
    pub fn create(options: ExactOptions) -> Option<Self> {
        if !tail::is_prepared() && !Self::prepare() {
            return None;
        }
        let ExactOptions { face, unserialized, limit, executable } = options;
        let traits = Traits { sized: true, unserialized, executable, limit, face };
        let heap = registry::create(None, traits)?;
        Some(Self { record: heap.cast() })
    }

    /// Destroys the heap and frees everything in it. `false`: it is the process heap.
    ///
    /// # Safety
    /// No thread uses the heap or its blocks, now or later; the calling thread may hold its lock.
    pub unsafe fn destroy(self) -> bool {
        if self.is_process() {
            return false;
        }
        while self.unlock() && self.is_locked_by_caller() {}
        // SAFETY: `create` made it; the rest by the contract of this function.
        unsafe { registry::destroy(self.record.cast::<PrivateHeap>()) };
        true
    }

    /// The live heap with this handle. Touches no memory but heapmin's own, whatever the handle is.
    #[inline(always)]
    pub fn at(handle: usize) -> Option<Self> {
        let granule = WINDOW.granule(handle)?;
        if granule.within_unit() != 0 {
            return None;
        }
        if map::entry(granule.unit()) == map::Entry::HEAP {
            let record = ptr::with_exposed_provenance_mut::<HeapRecord>(handle);
            // SAFETY: the address of a unit of the window isn't null.
            return Some(Self { record: unsafe { NonNull::new_unchecked(record) } });
        }
        if granule.unit().is_none() { Self::process() } else { None }
    }

    /// The heap's handle: a multiple of 64 KiB, where its first region begins.
    #[inline]
    pub fn handle(self) -> usize {
        if self.is_process() { WINDOW.address(UnitIndex::NONE) } else { self.record.addr().get() }
    }

    /// Whether this is the process heap.
    #[inline(always)]
    pub fn is_process(self) -> bool {
        self.record == NonNull::from(&SIZED)
    }

    #[inline(always)]
    fn record(&self) -> &'static HeapRecord {
        // SAFETY: the heap is alive until `destroy`, whose caller vouches for no later use.
        unsafe { self.record.as_ref() }
    }

    /// What the heap was made with.
    pub fn options(self) -> ExactOptions {
        let Traits { unserialized, executable, limit, face, .. } = self.record().traits;
        ExactOptions { face, unserialized, limit, executable }
    }

    /// What the heap's maker wanted to know again.
    #[inline(always)]
    pub fn face(self) -> u32 {
        self.record().traits.face
    }

    /// A word for the face; 0 at first.
    pub fn face_word(self) -> &'static AtomicU32 {
        &self.record().face_word
    }

    /// Live heaps, the process heap included.
    pub fn count() -> usize {
        let mut count = 0;
        Self::each(|_| count += 1);
        count
    }

    /// Calls `visit` for every heap: the process heap, then the others in the order of creation. The
    /// list of heaps is locked meanwhile.
    pub fn each(mut visit: impl FnMut(Self)) {
        registry::each_heap(|record| {
            if record.traits.sized {
                visit(Self { record: NonNull::from(record) });
            }
        });
    }

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
        let block = fast::allocate_coarse(self.handle(), size);
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

    #[cold]
    #[inline(never)]
    unsafe fn free_slow(self, p: *mut u8, unserialized: bool) -> Result<(), Refusal> {
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

    /// Keeps every other thread out until [`ExactHeap::unlock`], as often as it was called. Nothing
    /// for a heap that isn't serialised.
    pub fn lock(self) {
        if self.record().traits.unserialized {
            return;
        }
        if self.is_process() {
            PROCESS.lock();
        }
        self.record().lock();
    }

    /// Undoes one [`ExactHeap::lock`]. `false`: the calling thread doesn't hold it.
    pub fn unlock(self) -> bool {
        if self.record().traits.unserialized {
            return true;
        }
        let done = self.record().unlock();
        if done && self.is_process() {
            PROCESS.unlock();
        }
        done
    }

    /// Whether the calling thread has locked the heap.
    pub fn is_locked_by_caller(self) -> bool {
        self.record().is_locked_by_caller()
    }

    /// What is wrong with the heap; `None`: nothing. Other threads wait meanwhile.
    pub fn validate(self) -> Option<Damage> {
        let other_half = if self.is_process() { validate::validate(&PROCESS) } else { None };
        other_half.or_else(|| validate::validate(self.record()))
    }

    fn walked<R>(self, walk: impl FnOnce(Walked<'_>) -> R) -> R {
        let record = self.record();
        let both = [record, &PROCESS];
        let one = [record];
        let process = self.is_process();
        walk(Walked {
            halves: if process { &both } else { &one },
            handle: self.handle(),
            record_bytes: if process { 0 } else { size_of::<PrivateHeap>() },
        })
    }

    /// The element after the one at `after`, or the first; `Ok(None)`: there are no more.
    ///
    /// # Errors
    /// `after` isn't at an element of the heap, perhaps because of what happened since.
    pub fn walk(self, after: Option<Cursor>) -> Result<Option<Element>, BadCursor> {
        self.walked(|heap| walk::step(heap, after))
    }

    /// The heap in four numbers.
    pub fn summary(self) -> Summary {
        self.walked(summary::gather)
    }

    /// Bytes of the largest committed free piece.
    pub fn largest_free(self) -> usize {
        self.summary().largest_free
    }

    /// Gives back to the OS what nobody uses of this heap.
    pub fn trim(self) -> Trimmed {
        if self.is_process() {
            trim::trim(&PROCESS);
        }
        trim::trim(self.record())
    }

    /// [`ExactHeap::trim`] for every heap that no other thread has locked.
    pub fn trim_all() {
        registry::each_heap(|record| {
            if let Some(quiet) = record.try_quiesce() {
                trim::release(record, &quiet);
            }
        });
    }

    /// Writes `byte` to all free blocks.
    pub fn fill_free(self, byte: u8) {
        if self.is_process() {
            fill::fill_free(&PROCESS, byte);
        }
        fill::fill_free(self.record(), byte);
    }

    /// What the heap holds, by size class.
    pub fn statistics(self) -> statistics::Statistics {
        statistics::gather(self.record())
    }
}

const _: () = assert!(size_of::<PrivateHeap>() < UNIT);
