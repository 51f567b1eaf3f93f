//! RtlWalkHeap.

#![allow(non_snake_case, non_camel_case_types, reason = "the documented names")]

use crate::codes::{
    STATUS_INVALID_HANDLE, STATUS_INVALID_PARAMETER, STATUS_NO_MORE_ENTRIES, STATUS_SUCCESS,
};
use crate::flags::{
    NO_REGION, RTL_HEAP_BUSY, RTL_HEAP_LARGE_ALLOC, RTL_HEAP_SEGMENT,
    RTL_HEAP_SETTABLE_FLAGS_SHIFT, RTL_HEAP_SETTABLE_VALUE, RTL_HEAP_UNCOMMITTED_RANGE,
};
use crate::handle;
use crate::types::{HANDLE, NTSTATUS, PVOID, SIZE_T, ULONG, USHORT};
use core::ptr::with_exposed_provenance_mut;
use heapmin_engine::exact::{Cursor, CursorKind, Element, ElementKind};

/// An element of a heap.
#[repr(C)]
pub struct RTL_HEAP_WALK_ENTRY {
    /// Where it is.
    pub DataAddress: PVOID,
    /// Its size: of a block, as it was asked for; of a region, of its header.
    pub DataSize: SIZE_T,
    /// Bytes of the element besides.
    pub OverheadBytes: u8,
    /// Its region.
    pub SegmentIndex: u8,
    /// Flags; none for a free block.
    pub Flags: USHORT,
    /// More, by its flags.
    pub Anonymous: RTL_HEAP_WALK_ENTRY_0,
}

/// More about a block or a region.
#[repr(C)]
pub union RTL_HEAP_WALK_ENTRY_0 {
    /// Of a block.
    pub Block: RTL_HEAP_WALK_ENTRY_0_0,
    /// Of a region.
    pub Segment: RTL_HEAP_WALK_ENTRY_0_1,
}

/// More about a block.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct RTL_HEAP_WALK_ENTRY_0_0 {
    /// The user value, where the block has one.
    pub Settable: SIZE_T,
    /// 0: there are no tags.
    pub TagIndex: USHORT,
    /// 0: there are no traces.
    pub AllocatorBackTraceIndex: USHORT,
    /// 0.
    pub Reserved: [ULONG; 2],
}

/// More about a region.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct RTL_HEAP_WALK_ENTRY_0_1 {
    /// Its committed bytes.
    pub CommittedSize: ULONG,
    /// Its other bytes.
    pub UnCommittedSize: ULONG,
    /// Its first block.
    pub FirstEntry: PVOID,
    /// Its end.
    pub LastEntry: PVOID,
}

#[cfg(target_pointer_width = "64")]
const _: () = assert!(size_of::<RTL_HEAP_WALK_ENTRY>() == 48);
#[cfg(target_pointer_width = "32")]
const _: () = assert!(size_of::<RTL_HEAP_WALK_ENTRY>() == 28);

/// Replaces the entry by the heap's next one; the first one follows on a null `DataAddress`.
///
/// # Safety
/// `entry` is null or points to an entry.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn RtlWalkHeap(
    heap: HANDLE,
    entry: *mut RTL_HEAP_WALK_ENTRY,
) -> NTSTATUS {
    let Some(heap) = handle::find(heap) else { return STATUS_INVALID_HANDLE };
    // SAFETY: null, or an entry that nobody else uses during the call.
    let Some(entry) = (unsafe { entry.as_mut() }) else { return STATUS_INVALID_PARAMETER };
    match heap.walk(cursor(entry)) {
        Ok(Some(element)) => {
            // SAFETY: plain memory, whose bytes may all be 0: two walks compare equal, too, where
            // the structure has gaps.
            unsafe { (&raw mut *entry).write_bytes(0, 1) };
            fill(entry, &element);
            STATUS_SUCCESS
        }
        Ok(None) => STATUS_NO_MORE_ENTRIES,
        Err(_) => STATUS_INVALID_PARAMETER,
    }
}

/// The element that an entry names.
fn cursor(entry: &RTL_HEAP_WALK_ENTRY) -> Option<Cursor> {
    if entry.DataAddress.is_null() {
        return None;
    }
    let kind = if entry.Flags & RTL_HEAP_SEGMENT != 0 {
        CursorKind::Region
    } else if entry.Flags & RTL_HEAP_UNCOMMITTED_RANGE != 0 {
        CursorKind::Uncommitted
    } else {
        CursorKind::Block
    };
    Some(Cursor { address: entry.DataAddress.addr(), kind, region: entry.SegmentIndex })
}

/// Describes the element in an entry of zeros.
fn fill(entry: &mut RTL_HEAP_WALK_ENTRY, element: &Element) {
    entry.DataAddress = with_exposed_provenance_mut(element.address);
    entry.DataSize = element.size;
    entry.OverheadBytes = u8::try_from(element.overhead).unwrap_or(u8::MAX);
    entry.SegmentIndex = element.region;
    match element.kind {
        ElementKind::Region { committed, uncommitted, first_block, last_block } => {
            entry.Flags = RTL_HEAP_SEGMENT;
            entry.Anonymous.Segment = RTL_HEAP_WALK_ENTRY_0_1 {
                CommittedSize: ULONG::try_from(committed).unwrap_or(ULONG::MAX),
                UnCommittedSize: ULONG::try_from(uncommitted).unwrap_or(ULONG::MAX),
                FirstEntry: with_exposed_provenance_mut(first_block),
                LastEntry: with_exposed_provenance_mut(last_block),
            };
        }
        ElementKind::Busy { marks, word } => {
            entry.Flags =
                RTL_HEAP_BUSY | USHORT::from(marks.flags) << RTL_HEAP_SETTABLE_FLAGS_SHIFT;
            // Windows shows every block of this kind with a value.
            let large = element.region == NO_REGION;
            if large {
                entry.Flags |= RTL_HEAP_LARGE_ALLOC;
            }
            if large || marks.has_word {
                entry.Flags |= RTL_HEAP_SETTABLE_VALUE;
                entry.Anonymous.Block = RTL_HEAP_WALK_ENTRY_0_0 {
                    Settable: if marks.has_word { word } else { 0 },
                    TagIndex: 0,
                    AllocatorBackTraceIndex: 0,
                    Reserved: [0; 2],
                };
            }
        }
        ElementKind::Free | ElementKind::Slack => {}
        ElementKind::Uncommitted => entry.Flags = RTL_HEAP_UNCOMMITTED_RANGE,
    }
}
