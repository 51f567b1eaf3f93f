//! What a pointer from the program is.

use super::block::Block;
use super::text::Text;
use super::{list, report};
use crate::errno;
use crate::side::Side;
use core::ffi::c_void;
use heapmin_engine::RefusalKind;
use heapmin_engine::exact::ExactHeap;
use heapmin_engine::os::fatal::Sentence;

/// A pointer that was looked up.
pub enum Pointer {
    /// The start of the caller's bytes of a block of the debug heap.
    Debug(Block),
    /// A live block of the process heap without a header: of a part of the program that isn't
    /// compiled for the debug heap, or of the host's C library.
    Plain,
    /// Neither.
    Bad(RefusalKind),
}

/// Looks a pointer up; what it points to is touched only if it is the debug heap's.
pub fn recognise(user: *const c_void) -> Pointer {
    let block = Block::of_user(user);
    if let Some(block) = block
        && list::contains(block)
    {
        return Pointer::Debug(block);
    }
    match refusal(user) {
        None | Some(RefusalKind::Damaged) => Pointer::Plain,
        // Of the debug heap, as long as it was live?
        Some(RefusalKind::InteriorPointer)
            if block.and_then(|block| refusal(block.0.cast()))
                == Some(RefusalKind::AlreadyFree) =>
        {
            Pointer::Bad(RefusalKind::AlreadyFree)
        }
        Some(kind) => Pointer::Bad(kind),
    }
}

/// Why the pointer isn't the start of a live block of the heap; `None`: it is.
fn refusal(start: *const c_void) -> Option<RefusalKind> {
    match ExactHeap::process().map(|heap| heap.check(start.cast())) {
        Some(Ok(())) => None,
        Some(Err(refusal)) => Some(refusal.kind()),
        None => Some(RefusalKind::ForeignPointer),
    }
}

/// Reports that a function was given a pointer that it can't work on, which is left alone.
#[cold]
pub fn refuse(function: &str, user: *const c_void, kind: RefusalKind) {
    let why = match kind {
        RefusalKind::AlreadyFree => "it was freed already",
        RefusalKind::InteriorPointer => "no block that is in use starts there",
        RefusalKind::Misaligned => "it is misaligned",
        RefusalKind::OtherHeap => "it is a block of another heap",
        RefusalKind::ForeignPointer | RefusalKind::Damaged => "it isn't a block of the heap",
    };
    let mut text = Text::new();
    text.text(function).text("(").full_address(user).text("): invalid pointer: ").text(why);
    text.text("; nothing was done\n");
    report::send(report::Kind::Error, &mut text);
}

/// As [`refuse`], with `EINVAL` besides.
#[cold]
pub fn refuse_with_errno(function: &str, user: *const c_void, kind: RefusalKind) {
    refuse(function, user, kind);
    errno::set(Side::Program, errno::EINVAL);
}
