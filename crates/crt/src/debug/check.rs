//! Checking blocks: `_CrtCheckMemory`, and how often it runs by itself.

use super::block::{Block, Damage, Facts};
use super::flags;
use super::heap::measure;
use super::report::{self, Kind};
use super::text::Text;
use super::walk::Walk;
use core::ffi::c_int;
use core::sync::atomic::{AtomicU32, Ordering};
use heapmin_engine::exact::ExactHeap;
use heapmin_engine::os::fatal::Sentence;

/// Calls since the last check.
static CALLS: AtomicU32 = AtomicU32::new(0);

/// Counts a call of the allocation functions, and checks the heap if its turn has come.
pub fn count_call() {
    let flags = flags::all();
    let every = flags.cast_unsigned() >> 16;
    let is_due = flags & flags::CHECK_ALWAYS != 0
        || (every != 0 && {
            let calls = CALLS.fetch_add(1, Ordering::Relaxed).wrapping_add(1);
            calls >= every
        });
    if is_due {
        CALLS.store(0, Ordering::Relaxed);
        check_all();
    }
}

/// Checks every block of the debug heap, and the heap below it; reports what is damaged. Returns 1
/// if nothing is. Without `_CRTDBG_ALLOC_MEM_DF` it checks nothing and returns 1.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn _CrtCheckMemory() -> c_int {
    c_int::from(check_all())
}

fn check_all() -> bool {
    if !flags::has(flags::ALLOC_MEM) {
        return true;
    }
    let mut is_sound = true;
    let mut walk = Walk::begin();
    while let Some((facts, damage)) = walk.next(|block, room| {
        // SAFETY: a walk shows listed blocks, with the list locked.
        unsafe { (block.facts(), block.damage(room)) }
    }) {
        if damage.is_any() {
            is_sound = false;
            describe(Kind::Warning, &facts, damage);
        }
    }
    if walk.end() {
        is_sound = false;
        let mut text = Text::new();
        text.text("memory damage: links between blocks of the debug heap were overwritten\n");
        report::send(Kind::Warning, &mut text);
    }
    if let Some(damage) = ExactHeap::process().and_then(ExactHeap::validate) {
        is_sound = false;
        let mut text = Text::new();
        text.text("memory damage: ");
        damage.describe(&mut text);
        text.byte(b'\n');
        report::send(Kind::Warning, &mut text);
    }
    is_sound
}

/// Checks one block that belongs to the caller, and reports what is damaged.
pub fn check_one(block: Block) {
    let Some(room) = measure(block.0) else { return };
    // SAFETY: the block is the caller's, and live.
    let (facts, damage) = unsafe { (block.facts(), block.damage(room)) };
    if damage.is_any() {
        describe(Kind::Error, &facts, damage);
    }
}

/// Reports damage of a block.
#[cold]
fn describe(kind: Kind, facts: &Facts, damage: Damage) {
    let mut text = Text::new();
    if !damage.header && !damage.before {
        // What lies before the guard can be believed.
        text.place(facts.file, facts.line);
    }
    text.text("memory damage: ").kind(facts.kind()).text(" block {").integer(facts.request);
    text.text("} at ").full_address(facts.block.user());
    if !damage.header {
        text.text(", ").number(facts.size).text(" bytes long");
    }
    text.text(":");
    let findings = [
        (damage.header, " its header was overwritten"),
        (damage.before, " bytes before it were overwritten"),
        (damage.after, " bytes after it were overwritten"),
        (damage.freed, " it was written to after it was freed"),
    ];
    let mut separator = "";
    for (_, finding) in findings.iter().filter(|finding| finding.0) {
        text.text(separator).text(finding);
        separator = ",";
    }
    text.byte(b'\n');
    report::send(kind, &mut text);
}
