//! What the program may have replaced.
//!
//! Some functions are defined by the C and C++ standards in terms of others: `operator new[]`
//! calls `operator new`, `reallocarray` calls `realloc`. A program that replaces only the latter
//! counts on the former to follow, and would otherwise free with its own function what came from
//! ours. So the former call the latter by the name that the dynamic linker resolved.
//!
//! The dynamic linker fills in the table of these functions before any code of the process runs.

use core::arch::global_asm;
use core::ffi::c_void;
use core::sync::atomic::{AtomicU8, Ordering};

/// The functions that others are defined by, as the program sees them.
#[repr(C)]
pub struct Replaceable {
    pub realloc: unsafe extern "C-unwind" fn(*mut c_void, usize) -> *mut c_void,
    pub free: unsafe extern "C-unwind" fn(*mut c_void),
    pub new: extern "C-unwind" fn(usize) -> *mut c_void,
    pub new_array: extern "C-unwind" fn(usize) -> *mut c_void,
    pub aligned_new: extern "C-unwind" fn(usize, usize) -> *mut c_void,
    pub aligned_new_array: extern "C-unwind" fn(usize, usize) -> *mut c_void,
    pub delete: unsafe extern "C-unwind" fn(*mut c_void),
    pub delete_array: unsafe extern "C-unwind" fn(*mut c_void),
    pub aligned_delete: unsafe extern "C-unwind" fn(*mut c_void, usize),
    pub aligned_delete_array: unsafe extern "C-unwind" fn(*mut c_void, usize),
}

// In assembly, because what counts is the name: the compiler knows that some functions have the
// same code as others (`free` and `__libc_free`) and takes one address for the other.
global_asm!(
    ".pushsection .data.rel.ro.heapmin_replaceable,\"aw\",%progbits",
    ".p2align 3",
    ".globl heapmin_replaceable",
    ".hidden heapmin_replaceable",
    ".type heapmin_replaceable,%object",
    "heapmin_replaceable:",
    ".quad realloc",
    ".quad free",
    ".quad _Znwm",
    ".quad _Znam",
    ".quad _ZnwmSt11align_val_t",
    ".quad _ZnamSt11align_val_t",
    ".quad _ZdlPv",
    ".quad _ZdaPv",
    ".quad _ZdlPvSt11align_val_t",
    ".quad _ZdaPvSt11align_val_t",
    ".size heapmin_replaceable, 80",
    ".popsection",
);

const _: () = assert!(size_of::<Replaceable>() == 80, "the size written in the assembly");

/// The table as the dynamic linker filled it in.
#[inline(always)]
pub fn by_name() -> &'static Replaceable {
    unsafe extern "C" {
        #[link_name = "heapmin_replaceable"]
        static TABLE: Replaceable;
    }
    // SAFETY: defined above with one address per field, each of a function of the field's type
    // or of the program's replacement for it. Nobody writes to it after relocation.
    unsafe { &TABLE }
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
    let table = by_name();
    let plain = [table.new, table.new_array].map(|function| (function as *const c_void).addr());
    let aligned = [table.aligned_new, table.aligned_new_array]
        .map(|function| (function as *const c_void).addr());
    plain.iter().chain(&aligned).all(|address| library.contains(address))
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
