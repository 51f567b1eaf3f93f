//! Freeing and measuring: `_free_dbg`, `_msize_dbg`.

use super::block::{Block, FREED, Facts, OVERHEAD, Type};
use super::flags;
use super::heap::{self, Room, measure};
use super::hooks::{self, Details, Operation};
use super::recognise::{Pointer, recognise, refuse, refuse_with_errno};
use super::report::{self, Kind};
use super::text::Text;
use super::{check, invalid, list};
use core::ffi::{c_int, c_void};
use core::ptr;
use heapmin_engine::RefusalKind;
use heapmin_engine::exact::ExactHeap;
use heapmin_engine::os::fatal::Sentence;

/// Checks a block that a caller wants to change: that it is in use, of the type that the caller
/// names, and undamaged. Everything else is reported; `None`: there is nothing to change.
pub fn claim(function: &str, block: Block, block_use: c_int) -> Option<Facts> {
    // SAFETY: a listed block, which is the caller's.
    let facts = unsafe { block.facts() };
    if facts.kind() == Some(Type::Free) {
        refuse(function, block.user().cast(), RefusalKind::AlreadyFree);
        return None;
    }
    check::check_one(block);
    if let (Some(kind), Some(named)) = (facts.kind(), Type::of(block_use)) {
        let suits = kind == named
            || kind == Type::Ignore
            || named == Type::Ignore
            || (kind == Type::Crt && named == Type::Normal);
        if !suits {
            report_mismatch(function, &facts, kind, named);
        }
    }
    Some(facts)
}

/// Reports a block that was taken for one of another type.
#[cold]
fn report_mismatch(function: &str, facts: &Facts, kind: Type, named: Type) {
    let mut text = Text::new();
    text.place(facts.file, facts.line).text(function).text("(");
    text.full_address(facts.block.user()).text("): the block is a ").text(kind.word());
    text.text(" block {").integer(facts.request).text("}, but was taken for a ");
    text.text(named.word()).text(" block\n");
    report::send(Kind::Error, &mut text);
}

/// Takes a block out of use: kept and filled if frees are delayed, else given back to the heap.
/// `false`: it isn't on the list, so somebody else has freed it meanwhile.
pub fn retire(block: Block) -> bool {
    let Some(room) = measure(block.0) else { return false };
    // SAFETY: a live block.
    let size = unsafe { (*block.0).size };
    let fill = match room {
        Room::Exact(room) if size.checked_add(OVERHEAD) == Some(room) => size,
        // The size was overwritten: this much is there for sure.
        Room::Exact(room) => room.saturating_sub(OVERHEAD),
        Room::Overrun => 0,
    };
    if flags::has(flags::DELAY_FREE_MEM) {
        // SAFETY: `with` runs it for a listed block only; it has `fill` bytes.
        let done = list::with(block, |list| unsafe {
            list.set_use(block, Type::Free.number());
            block.user().write_bytes(FREED, fill);
        });
        return done.is_some();
    }
    if !list::remove(block) {
        return false;
    }
    let header_and_guard = if fill == 0 { 0 } else { OVERHEAD };
    // SAFETY: a live block with `fill` bytes besides header and guard, now on no list, so that
    // the caller is the only one who knows it.
    unsafe {
        block.0.cast::<u8>().write_bytes(FREED, fill + header_and_guard);
        heap::free(block);
    }
    true
}

/// `free`: NULL is ignored, damage and wrong pointers are reported.
///
/// # Safety
/// The caller doesn't use the block any more.
pub unsafe fn release(function: &'static str, user: *mut c_void, block_use: c_int) {
    if user.is_null() {
        return;
    }
    check::count_call();
    match recognise(user) {
        // SAFETY: the caller's; a live block.
        Pointer::Plain => unsafe { crate::release::release(function, user) },
        Pointer::Bad(kind) => refuse(function, user, kind),
        Pointer::Debug(block) => release_block(function, block, block_use),
    }
}

/// Frees a block that was recognised.
pub fn release_block(function: &str, block: Block, block_use: c_int) {
    let user = block.user().cast();
    let Some(facts) = claim(function, block, block_use) else { return };
    let details =
        Details { size: 0, block_use: facts.block_use, request: 0, file: ptr::null(), line: 0 };
    if hooks::allow(Operation::Free(user), &details) && !retire(block) {
        refuse(function, user, RefusalKind::AlreadyFree);
    }
}

/// `_msize`: the bytes that the caller asked for.
pub fn size_of_block(function: &'static str, user: *mut c_void) -> usize {
    if user.is_null() {
        invalid::raise(function, invalid::BLOCK);
        return usize::MAX;
    }
    check::count_call();
    let kind = match recognise(user) {
        Pointer::Debug(block) => {
            // SAFETY: a listed block, which is the caller's.
            let facts = unsafe { block.facts() };
            if facts.kind() != Some(Type::Free) {
                return facts.size;
            }
            RefusalKind::AlreadyFree
        }
        Pointer::Plain => {
            match ExactHeap::process().map(|heap| heap.size(user.cast_const().cast())) {
                Some(Ok(size)) => return size,
                Some(Err(refusal)) => refusal.kind(),
                None => RefusalKind::ForeignPointer,
            }
        }
        Pointer::Bad(kind) => kind,
    };
    refuse_with_errno(function, user, kind);
    usize::MAX
}

/// Frees a block of the type. NULL is ignored. Damage around the block is reported. With
/// `_CRTDBG_DELAY_FREE_MEM_DF` it stays on the list, filled with 0xDD.
///
/// # Safety
/// The caller doesn't use the block any more.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn _free_dbg(user: *mut c_void, block_use: c_int) {
    // SAFETY: the caller's.
    unsafe { release("_free_dbg", user, block_use) }
}

/// The size of a block: the bytes that were asked for. NULL is an invalid parameter, and the
/// result `SIZE_MAX`.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn _msize_dbg(user: *mut c_void, _block_use: c_int) -> usize {
    size_of_block("_msize_dbg", user)
}
