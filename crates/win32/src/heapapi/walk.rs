//! HeapWalk.
//!
//! The entry is the walk's only state: it names the element before, and the next one is found
//! from that. Whoever lets other threads use the heap meanwhile locks it.

#![allow(non_snake_case, non_camel_case_types, reason = "the documented names")]

use crate::codes::{ERROR_INVALID_PARAMETER, ERROR_NO_MORE_ITEMS};
use crate::flags::{
    PROCESS_HEAP_ENTRY_BUSY, PROCESS_HEAP_ENTRY_DDESHARE, PROCESS_HEAP_ENTRY_MOVEABLE,
    PROCESS_HEAP_REGION, PROCESS_HEAP_UNCOMMITTED_RANGE,
};
use crate::moveable;
use crate::types::{BOOL, DWORD, FALSE, HANDLE, LPVOID, PVOID, TRUE, WORD};
use crate::{handle, last_error};
use core::ptr::with_exposed_provenance_mut;
use heapmin_engine::exact::{Cursor, CursorKind, Element, ElementKind};

/// An element of a heap.
#[repr(C)]
pub struct PROCESS_HEAP_ENTRY {
    /// Where it is.
    pub lpData: PVOID,
    /// Its size: of a block, as it was asked for; of a region, of its header.
    pub cbData: DWORD,
    /// Bytes of the element besides.
    pub cbOverhead: u8,
    /// Its region.
    pub iRegionIndex: u8,
    /// PROCESS_HEAP_* flags; none for a free block.
    pub wFlags: WORD,
    /// More, by its flags.
    pub Anonymous: PROCESS_HEAP_ENTRY_0,
}

/// More about a block or a region.
#[repr(C)]
pub union PROCESS_HEAP_ENTRY_0 {
    /// With PROCESS_HEAP_ENTRY_BUSY and PROCESS_HEAP_ENTRY_MOVEABLE.
    pub Block: PROCESS_HEAP_ENTRY_0_0,
    /// With PROCESS_HEAP_REGION.
    pub Region: PROCESS_HEAP_ENTRY_0_1,
}

/// More about a block.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct PROCESS_HEAP_ENTRY_0_0 {
    /// The handle of the moveable object that has its memory here.
    pub hMem: HANDLE,
    /// 0.
    pub dwReserved: [DWORD; 3],
}

/// More about a region.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct PROCESS_HEAP_ENTRY_0_1 {
    /// Its committed bytes.
    pub dwCommittedSize: DWORD,
    /// Its other bytes.
    pub dwUnCommittedSize: DWORD,
    /// Its first block.
    pub lpFirstBlock: LPVOID,
    /// Its end.
    pub lpLastBlock: LPVOID,
}

#[cfg(target_pointer_width = "64")]
const _: () = assert!(size_of::<PROCESS_HEAP_ENTRY>() == 40);
#[cfg(target_pointer_width = "32")]
const _: () = assert!(size_of::<PROCESS_HEAP_ENTRY>() == 28);

/// Replaces the entry by the heap's next one; the first one follows on a null `lpData`. FALSE with
/// ERROR_NO_MORE_ITEMS at the end, with ERROR_INVALID_PARAMETER for an entry that is none.
///
/// # Safety
/// `entry` is null or points to an entry.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn HeapWalk(heap: HANDLE, entry: *mut PROCESS_HEAP_ENTRY) -> BOOL {
    let Some(heap) = handle::heap(heap) else { return FALSE };
    // SAFETY: null, or an entry that nobody else uses during the call.
    let Some(entry) = (unsafe { entry.as_mut() }) else {
        last_error::set(ERROR_INVALID_PARAMETER);
        return FALSE;
    };
    match heap.walk(cursor(entry)) {
        Ok(Some(element)) => {
            // SAFETY: plain memory, whose bytes may all be 0: two walks compare equal, too, where
            // the structure has gaps.
            unsafe { (&raw mut *entry).write_bytes(0, 1) };
            fill(entry, &element);
            if let ElementKind::Busy { marks, word } = element.kind
                && marks.has_word
                && heap.is_process()
            {
                name_object(entry, word);
            }
            TRUE
        }
        Ok(None) => {
            last_error::set(ERROR_NO_MORE_ITEMS);
            FALSE
        }
        Err(_) => {
            last_error::set(ERROR_INVALID_PARAMETER);
            FALSE
        }
    }
}

/// The element that an entry names.
fn cursor(entry: &PROCESS_HEAP_ENTRY) -> Option<Cursor> {
    if entry.lpData.is_null() {
        return None;
    }
    let kind = if entry.wFlags & PROCESS_HEAP_REGION != 0 {
        CursorKind::Region
    } else if entry.wFlags & PROCESS_HEAP_UNCOMMITTED_RANGE != 0 {
        CursorKind::Uncommitted
    } else {
        CursorKind::Block
    };
    Some(Cursor { address: entry.lpData.addr(), kind, region: entry.iRegionIndex })
}

/// Describes the element in an entry of zeros.
fn fill(entry: &mut PROCESS_HEAP_ENTRY, element: &Element) {
    entry.lpData = pointer(element.address);
    entry.cbData = saturated(element.size);
    entry.cbOverhead = u8::try_from(element.overhead).unwrap_or(u8::MAX);
    entry.iRegionIndex = element.region;
    match element.kind {
        ElementKind::Region { committed, uncommitted, first_block, last_block } => {
            entry.wFlags = PROCESS_HEAP_REGION;
            entry.Anonymous.Region = PROCESS_HEAP_ENTRY_0_1 {
                dwCommittedSize: saturated(committed),
                dwUnCommittedSize: saturated(uncommitted),
                lpFirstBlock: pointer(first_block),
                lpLastBlock: pointer(last_block),
            };
        }
        ElementKind::Busy { .. } => entry.wFlags = PROCESS_HEAP_ENTRY_BUSY,
        ElementKind::Free | ElementKind::Slack => {}
        ElementKind::Uncommitted => entry.wFlags = PROCESS_HEAP_UNCOMMITTED_RANGE,
    }
}

/// Names the moveable object that the process heap's block belongs to, if the block's word is the
/// handle of one. Any program can give its blocks words, so the object has to agree.
fn name_object(entry: &mut PROCESS_HEAP_ENTRY, word: usize) {
    if let Some(owner) = moveable::owner_of(word, entry.lpData.addr()) {
        entry.wFlags |= PROCESS_HEAP_ENTRY_MOVEABLE;
        if owner.is_shared {
            entry.wFlags |= PROCESS_HEAP_ENTRY_DDESHARE;
        }
        entry.Anonymous.Block = PROCESS_HEAP_ENTRY_0_0 { hMem: pointer(word), dwReserved: [0; 3] };
    }
}

fn saturated(bytes: usize) -> DWORD {
    DWORD::try_from(bytes).unwrap_or(DWORD::MAX)
}

fn pointer(address: usize) -> LPVOID {
    with_exposed_provenance_mut(address)
}
