//! The program's hooks: the allocation hook and the dump function for client blocks.

use super::callback::{Callback, Function};
use core::ffi::{c_char, c_int, c_long, c_uchar, c_void};
use core::ptr;

/// `_CRT_ALLOC_HOOK`: operation, block, size, type, request number, file, line; zero refuses. The
/// request number is 32 bits wide, and passed as what the host calls `long`.
pub type AllocHook = unsafe extern "C-unwind" fn(
    c_int,
    *mut c_void,
    usize,
    c_int,
    c_long,
    *const c_uchar,
    c_int,
) -> c_int;

/// `_CRT_DUMP_CLIENT`: block and size.
pub type DumpClient = unsafe extern "C-unwind" fn(*mut c_void, usize);

// SAFETY: function pointers.
unsafe impl Function for AllocHook {}
// SAFETY: function pointers.
unsafe impl Function for DumpClient {}

static ALLOC_HOOK: Callback<AllocHook> = Callback::none();
static DUMP_CLIENT: Callback<DumpClient> = Callback::none();

/// What is about to happen to a block.
pub enum Operation {
    /// `_HOOK_ALLOC`
    Allocate,
    /// `_HOOK_REALLOC`, with the block
    Resize(*mut c_void),
    /// `_HOOK_FREE`, with the block
    Free(*mut c_void),
}

/// What the hook is told besides.
pub struct Details {
    pub size: usize,
    pub block_use: c_int,
    pub request: i32,
    pub file: *const c_char,
    pub line: c_int,
}

/// Asks the hook. `false`: the operation has to fail.
pub fn allow(operation: Operation, details: &Details) -> bool {
    let Some(hook) = ALLOC_HOOK.get() else { return true };
    let (code, user) = match operation {
        Operation::Allocate => (1, ptr::null_mut()),
        Operation::Resize(user) => (2, user),
        Operation::Free(user) => (3, user),
    };
    let Details { size, block_use, request, file, line } = *details;
    // SAFETY: a hook that the program set may be called with what is documented for hooks.
    unsafe { hook(code, user, size, block_use, request.into(), file.cast(), line) != 0 }
}

/// Installs a hook that every allocation, resizing and release asks; NULL removes it. Returns
/// the hook before.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn _CrtSetAllocHook(hook: Option<AllocHook>) -> Option<AllocHook> {
    ALLOC_HOOK.set(hook)
}

/// The hook set by `_CrtSetAllocHook`.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn _CrtGetAllocHook() -> Option<AllocHook> {
    ALLOC_HOOK.get()
}

/// Installs the function that prints client blocks in dumps; NULL removes it. Returns the one
/// before.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn _CrtSetDumpClient(dump: Option<DumpClient>) -> Option<DumpClient> {
    DUMP_CLIENT.set(dump)
}

/// The function set by `_CrtSetDumpClient`.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn _CrtGetDumpClient() -> Option<DumpClient> {
    DUMP_CLIENT.get()
}
