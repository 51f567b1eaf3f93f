//! Changing sizes: `_realloc_dbg`, `_recalloc_dbg`, `_expand_dbg`.

use super::allocate::{
    ALIGNMENT, Caller, Contents, MOST, allocate, allocate_zeroed, checked_product, make,
};
use super::block::{Block, FRESH, Facts, Origin, Type};
use super::heap;
use super::hooks::Operation;
use super::recognise::{Pointer, recognise, refuse_with_errno};
use super::release::{claim, release, retire};
use super::{check, invalid, list};
use crate::errno;
use crate::limits::HEAP_MAXREQ;
use crate::reallocate;
use crate::side::Side;
use core::ffi::{c_char, c_int, c_void};
use core::ptr;

/// Tries to change a block's size where it is. The block becomes the newest, with a new origin.
pub fn resize_in_place(facts: &Facts, size: usize, contents: Contents, origin: Origin) -> bool {
    let block = facts.block;
    // SAFETY: `with` runs it for a listed block only.
    let marked = list::with(block, |list| unsafe { list.set_busy(block, true) });
    if marked.is_none() {
        return false;
    }
    // SAFETY: the block is the caller's. It stays on the list, but nobody looks at a busy one.
    if !unsafe { heap::resize_in_place(block, size) } {
        // SAFETY: as above.
        list::with(block, |list| unsafe { list.set_busy(block, false) });
        return false;
    }
    // SAFETY: the block has room for `size` bytes and the guard now.
    unsafe {
        fill(block, facts.size, size, contents);
        block.guard_end(size);
    }
    // SAFETY: as above; taken off the list, it is put back.
    let done = list::with(block, |list| unsafe {
        list.unlink(block);
        block.prepare(size, origin);
        list.link(block);
        list.counters.allocated = list.counters.allocated.saturating_add(size);
    });
    done.is_some()
}

/// Fills what a block gained.
///
/// # Safety
/// The block has `new` bytes and belongs to the caller.
unsafe fn fill(block: Block, old: usize, new: usize, contents: Contents) {
    let byte = if contents == Contents::Zero { 0 } else { FRESH };
    // SAFETY: within the block, as `old` is at most `new` where there is anything to fill.
    unsafe { block.user().wrapping_add(old.min(new)).write_bytes(byte, new.saturating_sub(old)) };
}

/// Changes a block's size, moving it if there is no other way. Null and `ENOMEM`: there is no
/// memory, and the block is as it was.
fn resize(facts: &Facts, size: usize, contents: Contents, origin: Origin) -> *mut c_void {
    let old = facts.block;
    if resize_in_place(facts, size, contents, origin) {
        return old.user().cast();
    }
    let new = make(size, ALIGNMENT, contents, origin);
    if new.is_null() {
        return new;
    }
    // SAFETY: both blocks are the caller's and have this many bytes.
    unsafe { new.cast::<u8>().copy_from_nonoverlapping(old.user(), facts.size.min(size)) };
    retire(old);
    new
}

/// Recognises the block to resize and asks the hook. Plain blocks are for `plain`.
fn resize_checked(
    function: &'static str,
    user: *mut c_void,
    size: usize,
    caller: Caller,
    plain: impl FnOnce() -> *mut c_void,
    debug: impl FnOnce(&Facts, Origin) -> *mut c_void,
) -> *mut c_void {
    let block = match recognise(user) {
        Pointer::Debug(block) => block,
        Pointer::Plain => return plain(),
        Pointer::Bad(kind) => {
            refuse_with_errno(function, user, kind);
            return ptr::null_mut();
        }
    };
    let Some(facts) = claim(function, block, caller.block_use) else {
        errno::set(Side::Program, errno::EINVAL);
        return ptr::null_mut();
    };
    let facts = believable(&facts);
    match caller.announce(Operation::Resize(user), size) {
        Some(mut origin) => {
            if facts.kind() == Some(Type::Ignore) {
                origin.block_use = Type::Ignore.number();
            }
            debug(&facts, origin)
        }
        None => errno::no_memory(Side::Program),
    }
}

/// The facts of a block with a size that it does have, in case its header was overwritten.
fn believable(facts: &Facts) -> Facts {
    let most = match heap::measure(facts.block.0) {
        Some(heap::Room::Exact(room)) => room.saturating_sub(super::block::OVERHEAD),
        _ => facts.size,
    };
    Facts { size: facts.size.min(most), ..*facts }
}

/// `realloc` and `_recalloc` for a size that was checked and isn't 0.
///
/// # Safety
/// The block is the caller's, who uses only the result from then on.
unsafe fn reallocate_block(
    function: &'static str,
    user: *mut c_void,
    size: usize,
    contents: Contents,
    caller: Caller,
) -> *mut c_void {
    check::count_call();
    let zero = contents == Contents::Zero;
    // SAFETY: the caller's; a live block without a header.
    let plain = || unsafe { reallocate::reallocate(Side::Program, function, user, size, zero) };
    resize_checked(function, user, size, caller, plain, |facts, origin| {
        resize(facts, size, contents, origin)
    })
}

/// `realloc`.
///
/// # Safety
/// The block is the caller's, who uses only the result from then on.
pub unsafe fn reallocate(
    function: &'static str,
    user: *mut c_void,
    size: usize,
    caller: Caller,
) -> *mut c_void {
    if user.is_null() {
        return allocate(size, ALIGNMENT, Contents::Fresh, caller);
    }
    if size == 0 {
        // SAFETY: the caller's.
        unsafe { release(function, user, caller.block_use) };
        return ptr::null_mut();
    }
    if size > MOST {
        return errno::no_memory(Side::Program);
    }
    // SAFETY: the caller's.
    unsafe { reallocate_block(function, user, size, Contents::Fresh, caller) }
}

/// `_recalloc`; `code` is the error number for requests over the limit.
///
/// # Safety
/// As for [`reallocate`].
pub unsafe fn reallocate_zeroed(
    function: &'static str,
    user: *mut c_void,
    (number, size): (usize, usize),
    code: c_int,
    caller: Caller,
) -> *mut c_void {
    if user.is_null() {
        return allocate_zeroed(number, size, code, caller);
    }
    let Some(total) = checked_product(number, size, code) else { return ptr::null_mut() };
    if total == 0 {
        // SAFETY: the caller's.
        unsafe { release(function, user, caller.block_use) };
        return ptr::null_mut();
    }
    // SAFETY: the caller's.
    unsafe { reallocate_block(function, user, total, Contents::Zero, caller) }
}

/// `_expand`, for a block that isn't NULL and a size up to the limit.
///
/// # Safety
/// As for [`reallocate`].
pub unsafe fn expand(
    function: &'static str,
    user: *mut c_void,
    size: usize,
    caller: Caller,
) -> *mut c_void {
    check::count_call();
    if size > MOST {
        return errno::no_memory(Side::Program);
    }
    // SAFETY: the caller's; a live block without a header.
    let plain = || unsafe { reallocate::expand(Side::Program, function, user, size) };
    resize_checked(function, user, size, caller, plain, |facts, origin| {
        match resize_in_place(facts, size, Contents::Fresh, origin) {
            true => user,
            false => errno::no_memory(Side::Program),
        }
    })
}

/// Changes a block's size, perhaps moving it; bytes that it gains are 0xCD. A NULL block is
/// `_malloc_dbg`; size 0 frees. NULL and `ENOMEM`: no memory or too large, and the block is as it
/// was.
///
/// # Safety
/// The block is the caller's, who uses only the result from then on.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn _realloc_dbg(
    user: *mut c_void,
    size: usize,
    block_use: c_int,
    file: *const c_char,
    line: c_int,
) -> *mut c_void {
    // SAFETY: the caller's.
    unsafe { reallocate("_realloc_dbg", user, size, Caller { block_use, file, line }) }
}

/// As `_realloc_dbg`, for `number * size` bytes; bytes that the block gains are 0. Too large is
/// `EINVAL`.
///
/// # Safety
/// The block is the caller's, who uses only the result from then on.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn _recalloc_dbg(
    user: *mut c_void,
    number: usize,
    size: usize,
    block_use: c_int,
    file: *const c_char,
    line: c_int,
) -> *mut c_void {
    let caller = Caller { block_use, file, line };
    // SAFETY: the caller's.
    unsafe { reallocate_zeroed("_recalloc_dbg", user, (number, size), errno::EINVAL, caller) }
}

/// Changes a block's size where it is; NULL and `ENOMEM`: that's not possible. A NULL block or a
/// size over the limit is an invalid parameter.
///
/// # Safety
/// The block is the caller's.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn _expand_dbg(
    user: *mut c_void,
    size: usize,
    block_use: c_int,
    file: *const c_char,
    line: c_int,
) -> *mut c_void {
    const NAME: &str = "_expand_dbg";
    if user.is_null() || size > HEAP_MAXREQ {
        invalid::raise(NAME, if user.is_null() { invalid::BLOCK } else { invalid::LIMIT });
        return ptr::null_mut();
    }
    // SAFETY: the caller's.
    unsafe { expand(NAME, user, size, Caller { block_use, file, line }) }
}
