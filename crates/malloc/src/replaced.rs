//! What the program may have replaced.
//!
//! Some functions are defined by the C and C++ standards in terms of others: `operator new[]`
//! calls `operator new`, `reallocarray` calls `realloc`. A program that replaces only the latter
//! counts on the former to follow, and would otherwise free with its own function what came from
//! ours. So the former call the latter by the name that the dynamic linker resolved.
//!
//! The dynamic linker fills in this table before any code of the process runs.

use crate::{allocate, cxx_delete, cxx_new, release};
use core::ffi::c_void;
use core::ptr;
use core::sync::atomic::{AtomicU8, Ordering};

type Realloc = unsafe extern "C-unwind" fn(*mut c_void, usize) -> *mut c_void;
type Free = unsafe extern "C-unwind" fn(*mut c_void);
type New = extern "C-unwind" fn(usize) -> *mut c_void;
type AlignedNew = extern "C-unwind" fn(usize, usize) -> *mut c_void;
type AlignedDelete = unsafe extern "C-unwind" fn(*mut c_void, usize);

/// The functions that others are defined by, as the program sees them.
///
/// The definitions in this crate are exported, so each initialiser is a relocation against the
/// symbol's name, and the program's definition, if any, wins. The compiler knows nothing of
/// that: entries are read with [`resolved`] only.
pub struct Replaceable {
    pub realloc: Realloc,
    pub free: Free,
    pub new: New,
    pub new_array: New,
    pub aligned_new: AlignedNew,
    pub aligned_new_array: AlignedNew,
    pub delete: Free,
    pub delete_array: Free,
    pub aligned_delete: AlignedDelete,
    pub aligned_delete_array: AlignedDelete,
}

/// The one table.
pub static TABLE: Replaceable = Replaceable {
    realloc: allocate::realloc,
    free: release::free,
    new: cxx_new::_Znwm,
    new_array: cxx_new::_Znam,
    aligned_new: cxx_new::_ZnwmSt11align_val_t,
    aligned_new_array: cxx_new::_ZnamSt11align_val_t,
    delete: cxx_delete::_ZdlPv,
    delete_array: cxx_delete::_ZdaPv,
    aligned_delete: cxx_delete::_ZdlPvSt11align_val_t,
    aligned_delete_array: cxx_delete::_ZdaPvSt11align_val_t,
};

/// An entry of [`TABLE`] as the dynamic linker left it.
#[inline(always)]
pub fn resolved<T: Copy>(entry: &'static T) -> T {
    // SAFETY: a valid reference; volatile, because the value is not the one in the source.
    unsafe { ptr::from_ref(entry).read_volatile() }
}

const UNKNOWN: u8 = 0;
const OURS: u8 = 1;
const REPLACED: u8 = 2;

/// What is known of `operator new`.
static NEW: AtomicU8 = AtomicU8::new(UNKNOWN);

/// Whether every form of `operator new` in the table is known to be this library's: a quick
/// answer, which is `false` until [`new_is_ours`] was asked.
#[inline(always)]
pub fn new_is_known_to_be_ours() -> bool {
    NEW.load(Ordering::Relaxed) == OURS
}

/// Whether every form of `operator new` in the table is this library's.
pub fn new_is_ours() -> bool {
    if NEW.load(Ordering::Relaxed) == UNKNOWN {
        let state = if every_new_is_inside() { OURS } else { REPLACED };
        NEW.store(state, Ordering::Relaxed);
    }
    new_is_known_to_be_ours()
}

fn every_new_is_inside() -> bool {
    let library = extent();
    let inside = |function: *const c_void| library.contains(&function.addr());
    inside(resolved(&TABLE.new) as *const c_void)
        && inside(resolved(&TABLE.new_array) as *const c_void)
        && inside(resolved(&TABLE.aligned_new) as *const c_void)
        && inside(resolved(&TABLE.aligned_new_array) as *const c_void)
}

/// Where this library lies in memory, from its own ELF header: unlike `dladdr`, that takes no
/// lock of the dynamic linker.
fn extent() -> core::ops::Range<usize> {
    unsafe extern "C" {
        /// The library's ELF header; the linker defines it, hidden, in each object.
        #[link_name = "__ehdr_start"]
        static HEADER: libc::Elf64_Ehdr;
    }
    let header = &raw const HEADER;
    // SAFETY: the header is mapped, as part of the first segment, for the life of the process.
    let (table, count) = unsafe { ((*header).e_phoff as usize, usize::from((*header).e_phnum)) };
    let headers = header.wrapping_byte_add(table).cast::<libc::Elf64_Phdr>();
    let mut end = 0;
    for index in 0..count {
        // SAFETY: the program headers follow the ELF header in the same segment.
        let segment = unsafe { &*headers.wrapping_add(index) };
        if segment.p_type == libc::PT_LOAD {
            end = end.max((segment.p_vaddr + segment.p_memsz) as usize);
        }
    }
    header.addr()..header.addr().wrapping_add(end)
}
