//! Finding damage, and naming it.

use crate::heaps;
use crate::sentence::Buffer;
use core::ffi::{c_char, c_int, c_void};
use core::ptr;
use heapmin_engine::exact::{Damage, DamageKind, IfLocked};
use heapmin_engine::os::fatal::Sentence;
use heapmin_win32::handle;

/// `HEAPMIN_NO_HEAP`: the handle is no heap's.
const NO_HEAP: c_int = -1;
/// `HEAPMIN_INTACT`
const INTACT: c_int = 0;
/// `HEAPMIN_OVERRUN`: bytes after a block were overwritten.
const OVERRUN: c_int = 1;
/// `HEAPMIN_METADATA`: the heap's bookkeeping contradicts itself.
const METADATA: c_int = 2;
/// `HEAPMIN_HEADER`: the heap's own record was overwritten.
const HEADER: c_int = 3;
/// `HEAPMIN_DOUBLE_LISTED`: a block is free twice over.
const DOUBLE_LISTED: c_int = 4;

/// `struct heapmin_damage`: the first damage that was found.
#[derive(Clone, Copy)]
#[repr(C)]
#[allow(non_camel_case_types, reason = "its name in C")]
pub struct heapmin_damage {
    /// The damaged heap's handle.
    pub heap: *mut c_void,
    /// The block, or the place in the bookkeeping.
    pub address: *mut c_void,
    /// The block's bytes.
    pub size: usize,
    /// `enum heapmin_damage_kind`
    pub kind: c_int,
}

const NONE: heapmin_damage =
    heapmin_damage { heap: ptr::null_mut(), address: ptr::null_mut(), size: 0, kind: INTACT };

/// Checks a heap, or all of them (NULL), and describes the first damage found, unless `damage` is
/// NULL. Returns its kind: `HEAPMIN_INTACT`, which is 0, for none, and `HEAPMIN_NO_HEAP` if no heap
/// has the handle.
///
/// # Safety
/// `damage` is null or valid for writing. The heap isn't destroyed meanwhile.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn heapmin_validate(
    heap: *mut c_void,
    damage: *mut heapmin_damage,
) -> c_int {
    let mut first = NONE;
    let found = heaps::each(heap, |heap, unserialized| {
        if first.kind != INTACT {
            return;
        }
        if let Some(found) =
            heap.validate_if(if unserialized { IfLocked::Skip } else { IfLocked::Wait })
        {
            first = heapmin_damage {
                heap: handle::of(heap),
                address: ptr::without_provenance_mut(found.address),
                size: found.size,
                kind: to_c(found.kind),
            };
        }
    });
    if !found {
        first.kind = NO_HEAP;
    }
    if !damage.is_null() {
        // SAFETY: not null, so valid for writing by the contract of this function.
        unsafe { damage.write(first) };
    }
    first.kind
}

/// Writes a damage as a sentence into `text`, `size` bytes long: cut if need be, and ended by a
/// zero byte if there is room for one. Returns the length of the whole sentence, as `snprintf`
/// does; with a size of 0 `text` may be NULL.
///
/// # Safety
/// `damage` is null or valid for reading, `text` for writing `size` bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn heapmin_damage_text(
    damage: *const heapmin_damage,
    text: *mut c_char,
    size: usize,
) -> usize {
    // SAFETY: by the contract of this function.
    let damage = unsafe { damage.as_ref() }.unwrap_or(&NONE);
    // SAFETY: by the contract of this function.
    let mut out = unsafe { Buffer::new(text, size) };
    match from_c(damage.kind) {
        Some(kind) => {
            out.text("heap ").address(damage.heap.addr()).text(": ");
            let (address, size) = (damage.address.addr(), damage.size);
            Damage { kind, address, size }.describe(&mut out);
        }
        None if damage.kind == INTACT => {
            out.text("no damage was found");
        }
        None if damage.kind == NO_HEAP => {
            out.text("no heap has this handle; pass one of HeapCreate, not destroyed yet, ");
            out.text("or that of GetProcessHeap");
        }
        None => {
            out.text("no kind of damage that heapmin_validate reports");
        }
    }
    out.end()
}

fn to_c(kind: DamageKind) -> c_int {
    match kind {
        DamageKind::Tail => OVERRUN,
        DamageKind::Metadata => METADATA,
        DamageKind::Header => HEADER,
        DamageKind::DoubleListed => DOUBLE_LISTED,
    }
}

fn from_c(kind: c_int) -> Option<DamageKind> {
    match kind {
        OVERRUN => Some(DamageKind::Tail),
        METADATA => Some(DamageKind::Metadata),
        HEADER => Some(DamageKind::Header),
        DOUBLE_LISTED => Some(DamageKind::DoubleListed),
        _ => None,
    }
}
