//! `_CrtMemDumpAllObjectsSince`: what is allocated.

use super::block::{Facts, Header, SHOWN, Type};
use super::checkpoint::State;
use super::flags;
use super::hooks;
use super::report::{self, Kind};
use super::text::Text;
use super::walk::Walk;
use core::ptr;
use heapmin_engine::os::fatal::Sentence;

/// A block as it was when it was looked at.
struct Shown {
    facts: Facts,
    bytes: [u8; SHOWN],
    length: usize,
}

/// Reports blocks newer than `until`, newest first; all if that isn't on the list any more.
pub fn dump_until(until: *mut Header) {
    report::send(Kind::Warning, Text::new().text("Dumping objects ->\n"));
    let mut walk = Walk::begin();
    while let Some(shown) = walk.next(|block, room| {
        // SAFETY: a walk shows listed blocks, with the list locked.
        let (facts, (bytes, length)) = unsafe { (block.facts(), block.first_bytes(room)) };
        Shown { facts, bytes, length }
    }) {
        if shown.facts.block.0 == until {
            break;
        }
        dump_block(&shown);
    }
    walk.end();
    report::send(Kind::Warning, Text::new().text("Object dump complete.\n"));
}

fn dump_block(shown: &Shown) {
    let facts = &shown.facts;
    match facts.kind() {
        Some(Type::Free | Type::Ignore) => return,
        Some(Type::Crt) if !flags::has(flags::CHECK_CRT) => return,
        // One whose type was overwritten, too.
        _ => {}
    }
    let user = facts.block.user();
    let mut text = Text::new();
    text.place(facts.file, facts.line).text("{").integer(facts.request).text("} ");
    text.kind(facts.kind()).text(" block at ").full_address(user);
    if facts.kind() == Some(Type::Client) {
        let subtype = facts.block_use.cast_unsigned() >> 16;
        text.text(", subtype ").short_hex(subtype as usize);
    }
    text.text(", ").number(facts.size).text(" bytes long.\n");
    report::send(Kind::Warning, &mut text);
    match hooks::_CrtGetDumpClient() {
        // SAFETY: a dump function that the program set may be called with its client blocks.
        Some(dump) if facts.kind() == Some(Type::Client) => unsafe {
            dump(user.cast(), facts.size);
        },
        _ => dump_bytes(shown),
    }
}

/// Reports the first bytes of a block, as characters and as numbers.
fn dump_bytes(shown: &Shown) {
    let bytes = shown.bytes.get(..shown.length).unwrap_or_default();
    let mut text = Text::new();
    text.text(" Data: <");
    for &byte in bytes {
        text.byte(if byte == b' ' || byte.is_ascii_graphic() { byte } else { b' ' });
    }
    text.text(">");
    for &byte in bytes {
        text.text(" ").hex(usize::from(byte), 2);
    }
    text.text("\n");
    report::send(Kind::Warning, &mut text);
}

/// Reports the blocks that were allocated after a state was taken, newest first, or all blocks for
/// NULL: normal and client blocks, and with `_CRTDBG_CHECK_CRT_DF` those of the run-time library.
/// If the newest block of the state was freed meanwhile, all are reported.
///
/// # Safety
/// The state is NULL or valid.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn _CrtMemDumpAllObjectsSince(state: *const State) {
    // SAFETY: the caller's.
    let until = unsafe { state.as_ref() }.map_or(ptr::null_mut(), |state| state.newest);
    dump_until(until);
}
