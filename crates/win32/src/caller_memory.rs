//! Heaps that RtlCreateHeap makes for a caller's memory.
//!
//! The engine's blocks can't lie outside of its own address space: that is what lets it find out,
//! without reading it, what an address is. So the caller's memory is never read, written or
//! released; it decides how large the heap may become. The address is the handle; a fixed
//! heap has no more blocks than fit in the reserve; and before the blocks together outgrow what
//! is committed of the reserve, the caller's CommitRoutine is asked to commit the next pages. If it
//! refuses, the heap is out of memory.
//!
//! ```text
//!   base          base + committed          base + reserve
//!   |<- committed ->|<- next for the routine ->|
//! ```
//! M1  the list is reached only with [`HEAPS`] locked; records are blocks of the process heap
//! M2  a record lives until its heap is destroyed; meanwhile nobody else may use the heap
//! M3  `committed` and `charged` are written with the heap locked, or, in a heap without locks,
//!     by the one thread that uses it

use crate::codes::STATUS_SUCCESS;
use crate::create::MANAGEMENT;
use crate::fork;
use crate::handle::CALLER_MEMORY;
use crate::types::{NTSTATUS, PVOID, SIZE_T};
use core::ptr::{null_mut, with_exposed_provenance_mut};
use core::sync::atomic::{AtomicUsize, Ordering};
use heapmin_engine::exact::ExactHeap;
use heapmin_engine::os::lock::Lock;
use heapmin_engine::process;

/// Commits memory for a heap: base of the caller's memory, where, how much.
pub type CommitRoutine = unsafe extern "C-unwind" fn(PVOID, *mut PVOID, *mut SIZE_T) -> NTSTATUS;

/// What the routine is asked for is a multiple of this: two pages, as is usual.
const COMMIT_STEP: usize = 0x2000;
/// The most that a block is charged over its size.
const BLOCK_OVERHEAD: usize = 32;

/// A heap's memory, as its maker describes it.
#[derive(Clone, Copy)]
pub struct Memory {
    /// Its start.
    pub base: usize,
    /// Its bytes.
    pub reserve: usize,
    /// How many of them are committed.
    pub committed: usize,
    /// What commits more of them; `None`: all are committed.
    pub routine: Option<CommitRoutine>,
}

struct Record {
    next: *mut Record,
    memory: Memory,
    heap: ExactHeap,
    committed: AtomicUsize,
    /// At least the bytes of all blocks: it grows with each, and is counted anew when it
    /// would pass `committed`.
    charged: AtomicUsize,
}

/// All heaps in callers' memory.
pub struct Heaps(*mut Record);

// SAFETY: the records belong to the list, not to a thread (M1).
unsafe impl Send for Heaps {}

/// The list of the process.
pub static HEAPS: Lock<Heaps> = Lock::new(Heaps(null_mut()));

impl Heaps {
    /// The link to the record that answers to the question.
    fn link(&mut self, asked: impl Fn(&Record) -> bool) -> Option<*mut *mut Record> {
        let mut link = &raw mut self.0;
        loop {
            // SAFETY: `link` is the list's start or the link of a record, by M1.
            let node = unsafe { *link };
            // SAFETY: by M1 a non-null link is a record, which nobody changes but by its atomics.
            let record = unsafe { node.as_ref() }?;
            if asked(record) {
                return Some(link);
            }
            // SAFETY: as the last one; the field's address only.
            link = unsafe { &raw mut (*node).next };
        }
    }

    fn record(&mut self, asked: impl Fn(&Record) -> bool) -> Option<*mut Record> {
        // SAFETY: `link` returns a link of the list.
        self.link(asked).map(|link| unsafe { *link })
    }
}

/// The heap whose caller's memory starts here.
#[cold]
pub fn find(base: usize) -> Option<ExactHeap> {
    if !fork::is_watched() {
        return None;
    }
    let mut heaps = HEAPS.lock();
    let record = heaps.record(|record| record.memory.base == base)?;
    // SAFETY: a record of the list, which is locked (M1).
    Some(unsafe { (*record).heap })
}

/// Where the heap's memory starts, by its record.
pub fn base_of(heap: ExactHeap) -> Option<usize> {
    let mut heaps = HEAPS.lock();
    let record = heaps.record(|record| record.heap == heap)?;
    // SAFETY: a record of the list, which is locked (M1).
    Some(unsafe { (*record).memory.base })
}

/// Gives the heap its memory. `false`: out of memory.
pub fn adopt(heap: ExactHeap, memory: Memory) -> bool {
    fork::watch();
    let node = process::allocate(size_of::<Record>()).cast::<Record>();
    if node.is_null() {
        return false;
    }
    let mut heaps = HEAPS.lock();
    let record = Record {
        next: heaps.0,
        memory,
        heap,
        committed: AtomicUsize::new(memory.committed),
        charged: AtomicUsize::new(MANAGEMENT),
    };
    // SAFETY: a fresh block of the record's size, aligned to 16.
    unsafe { node.write(record) };
    heaps.0 = node;
    true
}

/// Ends the bond between heap and memory, before the heap is destroyed (M2).
pub fn forget(heap: ExactHeap) {
    if heap.options().face & CALLER_MEMORY == 0 {
        return;
    }
    let mut heaps = HEAPS.lock();
    let Some(link) = heaps.link(|record| record.heap == heap) else { return };
    // SAFETY: a link of the list to a record, and the list is locked (M1).
    let node = unsafe { link.read() };
    // SAFETY: by M1 it is a record.
    let next = unsafe { (*node).next };
    // SAFETY: as the read of the link.
    unsafe { link.write(next) };
    drop(heaps);
    // SAFETY: a block from `process::allocate` (M1) that nothing leads to any more; a refusal
    // could only leave it allocated.
    let _ = unsafe { process::free(node.cast()) };
}

/// Whether there is committed memory for one more block of `size` bytes; asks the caller's
/// routine for more if there isn't.
pub fn has_room(heap: ExactHeap, size: usize) -> bool {
    if heap.options().face & CALLER_MEMORY == 0 {
        return true;
    }
    let Some(record) = HEAPS.lock().record(|record| record.heap == heap) else { return true };
    // SAFETY: by M2 it lives for as long as anybody may use the heap, as our caller does.
    let record = unsafe { &*record };
    let Some(routine) = record.memory.routine else { return true };
    heap.lock();
    // Should the routine leave by an exception, the heap stays locked, as on Windows.
    let result = record.charge(size, routine);
    heap.unlock();
    result
}

impl Record {
    fn charge(&self, size: usize, routine: CommitRoutine) -> bool {
        if size > self.memory.reserve {
            // No block of the reserve: the heap's limit refuses it, or it comes from elsewhere.
            return true;
        }
        let committed = self.committed.load(Ordering::Relaxed);
        let charge = size.saturating_add(BLOCK_OVERHEAD);
        let mut charged = self.charged.load(Ordering::Relaxed).saturating_add(charge);
        if charged > committed {
            let summary = self.heap.summary();
            charged = (summary.allocated)
                .saturating_add(summary.blocks.saturating_mul(BLOCK_OVERHEAD))
                .saturating_add(MANAGEMENT)
                .saturating_add(charge);
        }
        // What is over the reserve doesn't concern the routine either.
        let needed = charged.min(self.memory.reserve);
        if needed > committed && !self.commit(committed, needed, routine) {
            return false;
        }
        self.charged.store(charged, Ordering::Relaxed);
        true
    }

    /// Has the routine commit at least the bytes from `committed` to `needed`.
    fn commit(&self, committed: usize, needed: usize, routine: CommitRoutine) -> bool {
        let rest = self.memory.reserve.saturating_sub(committed);
        let missing = needed.saturating_sub(committed);
        let mut size = missing.checked_next_multiple_of(COMMIT_STEP).unwrap_or(missing).min(rest);
        let base = with_exposed_provenance_mut(self.memory.base);
        let mut address = with_exposed_provenance_mut(self.memory.base.wrapping_add(committed));
        // SAFETY: who made the heap vouches for the routine; both pointers outlive the call.
        let status = unsafe { routine(base, &raw mut address, &raw mut size) };
        let now = committed.saturating_add(size.min(rest));
        if status < STATUS_SUCCESS || now < needed {
            return false;
        }
        self.committed.store(now, Ordering::Relaxed);
        true
    }
}
