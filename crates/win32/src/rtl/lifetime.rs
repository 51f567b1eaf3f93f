//! RtlCreateHeap and RtlDestroyHeap.

#![allow(non_snake_case, non_camel_case_types, reason = "the documented names")]

use crate::caller_memory::{self, CommitRoutine, Memory};
use crate::create::{self, Extent};
use crate::flags::{HEAP_CREATE_SEGMENT_HEAP, HEAP_GROWABLE, HEAP_NO_SERIALIZE};
use crate::handle::{self, CALLER_MEMORY};
use crate::heapapi::lifetime::destroy;
use crate::types::{HANDLE, PVOID, SIZE_T, ULONG};
use core::ptr::null_mut;
use heapmin_engine::exact::is_readable;

const PAGE: usize = 0x1000;
/// Reserve where neither size is given: 64 pages.
const DEFAULT_RESERVE: usize = 64 * PAGE;
/// A reserve made from a commit size is a multiple of 16 pages.
const RESERVE_STEP: usize = 16 * PAGE;

/// More about a heap to create. Memory comes in steps of the engine's own, so thresholds and
/// the sizes of regions have no effect, and blocks are as large as the kind of heap allows.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct RTL_HEAP_PARAMETERS {
    /// The size of this structure; with another one, it is ignored.
    pub Length: ULONG,
    /// Reserved per region.
    pub SegmentReserve: SIZE_T,
    /// Committed at a time.
    pub SegmentCommit: SIZE_T,
    /// Smallest free block to decommit.
    pub DeCommitFreeBlockThreshold: SIZE_T,
    /// Smallest free total to decommit.
    pub DeCommitTotalFreeThreshold: SIZE_T,
    /// Largest block.
    pub MaximumAllocationSize: SIZE_T,
    /// Smallest block with memory of its own.
    pub VirtualMemoryThreshold: SIZE_T,
    /// With a routine: what of the caller's memory is committed already.
    pub InitialCommit: SIZE_T,
    /// With a routine: the size of the caller's memory.
    pub InitialReserve: SIZE_T,
    /// Commits more of the caller's memory.
    pub CommitRoutine: Option<CommitRoutine>,
    /// 0.
    pub Reserved: [SIZE_T; 2],
}

#[cfg(target_pointer_width = "64")]
const _: () = assert!(size_of::<RTL_HEAP_PARAMETERS>() == 96);
#[cfg(target_pointer_width = "32")]
const _: () = assert!(size_of::<RTL_HEAP_PARAMETERS>() == 48);

/// Makes a heap, in memory of the system's or, with `base`, for memory of the caller's (see
/// `caller_memory` for what becomes of that). NULL if it can't.
///
/// Any caller's lock is left alone: the heap has its own, and RtlLockHeap takes that.
///
/// # Safety
/// With a CommitRoutine in the parameters: it is one, for as long as the heap lives.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn RtlCreateHeap(
    flags: ULONG,
    base: PVOID,
    reserve: SIZE_T,
    commit: SIZE_T,
    lock: PVOID,
    parameters: *const RTL_HEAP_PARAMETERS,
) -> HANDLE {
    if !lock.is_null() && flags & HEAP_NO_SERIALIZE != 0 {
        return null_mut();
    }
    let Ok(parameters) = read(flags, parameters) else { return null_mut() };
    let routine = parameters.and_then(|parameters| parameters.CommitRoutine);
    let reserve = reserve_size(reserve, commit);
    if base.is_null() {
        if routine.is_some() {
            return null_mut();
        }
        let extent = if flags & HEAP_GROWABLE != 0 {
            Extent::Growable { reserve, initial: commit }
        } else {
            Extent::Fixed { reserve, initial: commit }
        };
        return match create::create(flags, 0, extent) {
            Some(heap) => handle::of(heap),
            None => null_mut(),
        };
    }
    let base = base.expose_provenance();
    let memory = match parameters {
        Some(RTL_HEAP_PARAMETERS { InitialCommit: 0, CommitRoutine: Some(_), .. }) => None,
        Some(given) if routine.is_some() => (given.InitialCommit <= given.InitialReserve)
            .then_some(Memory {
                base,
                reserve: given.InitialReserve,
                committed: given.InitialCommit,
                routine,
            }),
        _ => Some(Memory { base, reserve, committed: reserve, routine: None }),
    };
    match memory {
        Some(memory) => create_in(flags, memory),
        None => null_mut(),
    }
}

/// Makes a heap for a caller's memory.
fn create_in(flags: ULONG, memory: Memory) -> HANDLE {
    let base = core::ptr::with_exposed_provenance_mut(memory.base);
    if handle::find(base).is_some() {
        return null_mut();
    }
    let extent = if flags & HEAP_GROWABLE != 0 {
        Extent::Growable { reserve: memory.reserve, initial: 0 }
    } else {
        Extent::Fixed { reserve: memory.reserve, initial: 0 }
    };
    let Some(heap) = create::create(flags, CALLER_MEMORY, extent) else { return null_mut() };
    if caller_memory::adopt(heap, memory) {
        return base;
    }
    // SAFETY: nobody has seen the heap's handle yet.
    unsafe { heap.destroy() };
    null_mut()
}

/// The reserve that the two sizes stand for.
fn reserve_size(reserve: usize, commit: usize) -> usize {
    match (reserve, commit) {
        (0, 0) => DEFAULT_RESERVE,
        // What overflows is more than any system has, and refused as such.
        (0, commit) => commit.checked_next_multiple_of(RESERVE_STEP).unwrap_or(usize::MAX),
        (reserve, _) => reserve,
    }
}

/// The parameters, if they are given and of a length that is known; an error if they
/// can't be read. Those of a segment heap have nothing that would apply here.
fn read(
    flags: ULONG,
    parameters: *const RTL_HEAP_PARAMETERS,
) -> Result<Option<RTL_HEAP_PARAMETERS>, ()> {
    if parameters.is_null() {
        return Ok(None);
    }
    if !is_all_readable(parameters.cast(), size_of::<ULONG>()) {
        return Err(());
    }
    // SAFETY: the bytes of this field can be read.
    let length = unsafe { (&raw const (*parameters).Length).read_unaligned() };
    let size = size_of::<RTL_HEAP_PARAMETERS>();
    if length as usize != size || flags & HEAP_CREATE_SEGMENT_HEAP != 0 {
        return Ok(None);
    }
    if !is_all_readable(parameters.cast(), size) {
        return Err(());
    }
    // SAFETY: all of it can be read, and its length says what it is.
    Ok(Some(unsafe { parameters.read_unaligned() }))
}

/// Whether so many bytes, fewer than a page, can be read.
fn is_all_readable(start: *const u8, bytes: usize) -> bool {
    is_readable(start) && is_readable(start.wrapping_add(bytes.saturating_sub(1)))
}

/// Ends a heap and all of its blocks. NULL, or on failure the handle itself.
///
/// # Safety
/// As for HeapDestroy.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn RtlDestroyHeap(heap: HANDLE) -> HANDLE {
    // SAFETY: as our caller promises.
    if unsafe { destroy(heap) } { null_mut() } else { heap }
}
