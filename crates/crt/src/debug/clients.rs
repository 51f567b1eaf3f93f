//! `_CrtDoForAllClientObjects`.

use super::block::Type;
use super::flags;
use super::invalid;
use super::walk::Walk;
use core::ffi::c_void;

/// Calls a function with each client block and the context, newest block first. Without
/// `_CRTDBG_ALLOC_MEM_DF` it does nothing. No function is an invalid parameter.
///
/// # Safety
/// The function may be called with client blocks and the context.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn _CrtDoForAllClientObjects(
    visit: Option<unsafe extern "C-unwind" fn(*mut c_void, *mut c_void)>,
    context: *mut c_void,
) {
    let Some(visit) = visit else {
        return invalid::raise("_CrtDoForAllClientObjects", invalid::FUNCTION);
    };
    if !flags::has(flags::ALLOC_MEM) {
        return;
    }
    let mut walk = Walk::begin();
    // SAFETY: a walk shows listed blocks, with the list locked.
    while let Some(facts) = walk.next(|block, _| unsafe { block.facts() }) {
        if facts.kind() == Some(Type::Client) {
            // SAFETY: the caller's.
            unsafe { visit(facts.block.user().cast(), context) };
        }
    }
    walk.end();
}
