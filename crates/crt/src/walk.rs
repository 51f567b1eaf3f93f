//! `_heapwalk`: the blocks of the heap, used and free, one per call.
//!
//! The heap's regions, address space without memory, and the rests of slabs and pages that fit no
//! block have no form in `_HEAPINFO` and are left out.

use crate::administration::{HEAPBADNODE, HEAPBADPTR, HEAPEMPTY, HEAPEND, HEAPOK, code_of};
use crate::invalid_parameter;
use crate::side::Side;
use core::ffi::c_int;
use core::ptr;
use heapmin_engine::RefusalKind;
use heapmin_engine::exact::{Cursor, CursorKind, DamageKind, Element, ElementKind, ExactHeap};

/// `_HEAPINFO`.
#[repr(C)]
pub struct HeapInfo {
    /// The block; null starts a walk.
    pentry: *mut c_int,
    /// Its size: of a used block the bytes that were asked for.
    size: usize,
    /// `_USEDENTRY` or `_FREEENTRY`.
    useflag: c_int,
}

const _: () = assert!(size_of::<HeapInfo>() == 24, "the documented layout");

const FREEENTRY: c_int = 0;
const USEDENTRY: c_int = 1;

/// Where a walk goes on after an element.
fn cursor_after(element: &Element) -> Cursor {
    let kind = match element.kind {
        ElementKind::Region { .. } => CursorKind::Region,
        ElementKind::Uncommitted => CursorKind::Uncommitted,
        ElementKind::Busy { .. } | ElementKind::Free | ElementKind::Slack => CursorKind::Block,
    };
    Cursor { address: element.address, kind, region: element.region }
}

/// The next block after a cursor, whether it is used, or the code that ends the walk.
fn next_block(heap: ExactHeap, mut after: Option<Cursor>) -> Result<(Element, c_int), c_int> {
    loop {
        let Ok(step) = heap.walk(after) else { return Err(HEAPBADPTR) };
        let Some(element) = step else { return Err(HEAPEND) };
        match element.kind {
            ElementKind::Busy { .. } => return Ok((element, USEDENTRY)),
            ElementKind::Free => return Ok((element, FREEENTRY)),
            ElementKind::Region { .. } | ElementKind::Uncommitted | ElementKind::Slack => {
                after = Some(cursor_after(&element));
            }
        }
    }
}

/// What keeps a walk from starting. An overrun block doesn't: the walk shows which one it is.
fn damage_at_start(heap: ExactHeap) -> Option<c_int> {
    let kind = heap.validate()?.kind;
    (kind != DamageKind::Tail).then(|| code_of(kind))
}

/// Whether a block, used or free, starts there. A block that was freed since the walk came to it is
/// still an entry; the walk itself finds out what is no more.
fn is_entry(heap: ExactHeap, pentry: *mut c_int) -> bool {
    match heap.check(pentry.cast()) {
        Ok(()) => true,
        Err(refusal) => matches!(refusal.kind(), RefusalKind::AlreadyFree | RefusalKind::Damaged),
    }
}

/// Fills in `info` and gives the code.
fn step(heap: ExactHeap, info: &mut HeapInfo) -> c_int {
    let after = if info.pentry.is_null() {
        if let Some(code) = damage_at_start(heap) {
            return code;
        }
        None
    } else if is_entry(heap, info.pentry) {
        Some(Cursor { address: info.pentry.addr(), kind: CursorKind::Block, region: 0 })
    } else {
        return HEAPBADPTR;
    };
    let (element, useflag) = match next_block(heap, after) {
        Ok(found) => found,
        Err(code) => return code,
    };
    info.pentry = ptr::with_exposed_provenance_mut(element.address);
    info.size = element.size;
    info.useflag = useflag;
    match heap.check(ptr::without_provenance(element.address)) {
        Err(refusal) if useflag == USEDENTRY && refusal.kind() == RefusalKind::Damaged => {
            HEAPBADNODE
        }
        _ => HEAPOK,
    }
}

/// Goes to the block after `info->_pentry`, or to the first one from null: `_HEAPOK`, `_HEAPEND`
/// after the last one, `_HEAPBADPTR` if `_pentry` is no block of the heap, `_HEAPBADNODE` if the
/// block that was reached is damaged (the walk may go on from there), `_HEAPBADBEGIN` or
/// `_HEAPBADNODE` if the heap is so damaged that there is no walking it.
///
/// # Safety
/// `info` is null or valid for reading and writing.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn _heapwalk(info: *mut HeapInfo) -> c_int {
    // SAFETY: the contract of this function.
    let Some(info) = (unsafe { info.as_mut() }) else {
        invalid_parameter::raise(Side::Program, "_heapwalk", "the entry is NULL");
        return HEAPBADPTR;
    };
    ExactHeap::process().map_or(HEAPEMPTY, |heap| step(heap, info))
}
