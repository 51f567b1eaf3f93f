//! Invalid parameters of the debug heap's functions: an assertion report, and then the handler,
//! which is told what was wrong and where.

use super::report::{self, Kind};
use super::text::Text;
use crate::invalid_parameter::{Details, raise_with};
use crate::side::Side;
use core::panic::Location;
use heapmin_engine::os::fatal::Sentence;
use libc::wchar_t;

/// Room for a wide string, its NUL included: names of functions and files are shorter.
const ROOM: usize = 128;

/// What doesn't hold for the parameters of a function.
#[derive(Clone, Copy)]
pub struct Condition {
    /// The condition as a C expression.
    pub expression: &'static str,
    /// The same as a finding.
    pub finding: &'static str,
}

/// A pointer to a block was NULL.
pub const BLOCK: Condition =
    Condition { expression: "block != NULL", finding: "the block is NULL" };
/// A pointer to a state was NULL.
pub const STATE: Condition =
    Condition { expression: "state != NULL", finding: "the state is NULL" };
/// A function pointer was NULL.
pub const FUNCTION: Condition =
    Condition { expression: "function != NULL", finding: "the function is NULL" };
/// Flags or a mode had unknown bits.
pub const BITS: Condition =
    Condition { expression: "(value & ~known) == 0", finding: "there are unknown bits" };
/// A report type or a mode was none of the known ones.
pub const CHOICE: Condition =
    Condition { expression: "value is known", finding: "the type or mode is unknown" };
/// A size was larger than `_HEAP_MAXREQ`.
pub const LIMIT: Condition =
    Condition { expression: "size <= _HEAP_MAXREQ", finding: "the size is too large" };
/// A size was 0.
pub const SIZE: Condition = Condition { expression: "size > 0", finding: "the size is 0" };
/// An alignment was wrong.
pub const ALIGNMENT: Condition = Condition {
    expression: "IS_POWER_OF_TWO(alignment)",
    finding: "the alignment is not a power of two",
};
/// An offset was wrong.
pub const OFFSET: Condition = Condition {
    expression: "offset == 0 || offset < size",
    finding: "the offset is not less than the size",
};

/// A parameter of `function` is invalid: reports it, sets `errno` to `EINVAL` and calls the handler.
#[cold]
#[track_caller]
pub fn raise(function: &'static str, condition: Condition) {
    let Condition { expression, finding } = condition;
    let mut text = Text::new();
    text.text("Assertion failed: ").text(expression).text(" (").text(function).text(": ");
    text.text(finding).text(")\n");
    report::send(Kind::Assertion, &mut text);

    let place = Location::caller();
    let (expression, name, file) = (wide(expression), wide(function), wide(place.file()));
    let details = Details {
        expression: expression.as_ptr(),
        function: name.as_ptr(),
        file: file.as_ptr(),
        line: place.line(),
    };
    raise_with(Side::Program, &details, function, finding);
}

/// An ASCII text as a wide C string, cut if it is too long.
fn wide(text: &str) -> [wchar_t; ROOM] {
    let mut wide = [0; ROOM];
    for (place, byte) in wide.iter_mut().take(ROOM - 1).zip(text.bytes()) {
        *place = wchar_t::from(byte);
    }
    wide
}
