//! Heaps whose blocks record the size asked for, as the documented heap's do: the process heap, and
//! private ones with handles.

mod blocks;
mod whole;

use crate::base::atomic::AtomicU32;
use crate::base::units::{UNIT, UnitIndex};
use crate::heap::admit;
use crate::heap::record::{HeapRecord, Traits};
use crate::heap::registry::{self, PrivateHeap, SIZED};
use crate::os;
use crate::sized::tail;
use crate::span::map;
use crate::span::{POOL, WINDOW};
use core::ptr::{self, NonNull};

pub use crate::inspect::damage::{Damage, DamageKind};
pub use crate::inspect::element::{BadCursor, Cursor, CursorKind, Element, ElementKind};
pub use crate::inspect::summary::Summary;
pub use crate::inspect::validate::IfLocked;
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
    /// Bytes that are the heap's from the start, rounded up to 64 KiB, at most 4 MiB.
    pub initial: usize,
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
        admit::started();
        tail::prepare();
        true
    }

    /// Makes a heap. `None`: out of memory, or there are 65,534 heaps already.
    pub fn create(options: ExactOptions) -> Option<Self> {
        if !tail::is_prepared() && !Self::prepare() {
            return None;
        }
        let ExactOptions { face, unserialized, limit, executable, initial } = options;
        let beside = initial.div_ceil(UNIT).clamp(1, registry::MOST_BESIDE as usize) as u32;
        let committed = initial > 0;
        let traits =
            Traits { sized: true, unserialized, executable, beside, committed, limit, face };
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
        let traits = self.record().traits;
        let Traits { unserialized, executable, limit, face, .. } = traits;
        let initial = if traits.committed { traits.beside as usize * UNIT } else { 0 };
        ExactOptions { face, unserialized, limit, executable, initial }
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
    /// list of heaps is locked meanwhile, so `visit` must not wait for another thread that has
    /// locked a heap, and that may want the list.
    pub fn each(mut visit: impl FnMut(Self)) {
        registry::each_heap(|record| {
            if record.traits.sized {
                visit(Self { record: NonNull::from(record) });
            }
        });
    }
}

const _: () = assert!(size_of::<PrivateHeap>() < UNIT);
