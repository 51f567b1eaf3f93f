//! Reports: hooks of the program's see them first, then they go where the modes say.
//!
//! There is no debugger's console and no message window on the systems that heapmin runs on.
//! So `_CRTDBG_MODE_DEBUG` and `_CRTDBG_MODE_WNDW` write to standard error, with `debug: ` before
//! each report; a report that a window would have asked about is treated as ignored.

mod formatted;
mod hooks;
mod targets;

use super::requests;
use super::text::Text;
use core::ffi::c_int;

/// Report types there are: `_CRT_ERRCNT`.
const KINDS: usize = 3;

/// The type of a report.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// `_CRT_WARN`
    Warning,
    /// `_CRT_ERROR`
    Error,
    /// `_CRT_ASSERT`
    Assertion,
}

impl Kind {
    /// The type with this number.
    fn of(number: c_int) -> Option<Kind> {
        match number {
            0 => Some(Kind::Warning),
            1 => Some(Kind::Error),
            2 => Some(Kind::Assertion),
            _ => None,
        }
    }

    /// Its number.
    fn number(self) -> c_int {
        match self {
            Kind::Warning => 0,
            Kind::Error => 1,
            Kind::Assertion => 2,
        }
    }
}

/// Sends a report of the debug heap's own, and breaks into the debugger if a hook wants it.
pub fn send(kind: Kind, text: &mut Text) {
    if deliver(kind, text) == 1 {
        requests::break_into_debugger();
    }
}

/// Sends a report. 1: the caller should break into the debugger; 0: go on.
fn deliver(kind: Kind, text: &mut Text) -> c_int {
    if let Some(result) = hooks::offer(kind, text) {
        return result;
    }
    targets::write(kind, text);
    0
}
