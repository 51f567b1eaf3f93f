//! Fuzzing of the C API: programs of calls, made from bytes, that compare the library with a model.
//!
//! ```text
//!   bytes -> program (calls, in one thread)     -> model -> panic with what differs
//!         -> threads (three, on shared heaps)
//! ```
//! | module | |
//! |---|---|
//! | `abi` | the C API, declared |
//! | `input` | sizes and choices from bytes |
//! | `model` | what a program expects of its heaps |
//! | `told` | last error, errno, handlers |
//! | `pattern` | the contents of blocks |
//! | `memory` | memory that is lent to a heap |
//! | `calls` | each call, with what it has to do |
//! | `program` | calls in one thread |
//! | `threads` | calls in several |

use arbitrary::{Arbitrary, Unstructured};
use std::sync::{Mutex, PoisonError};

extern crate heapmin_crt as _;
extern crate heapmin_native as _;
extern crate heapmin_win32 as _;

mod abi;
mod calls;
mod input;
mod memory;
mod model;
mod pattern;
mod program;
pub mod random;
mod told;

/// The process heap is one for all programs: they run one after the other.
static TURN: Mutex<()> = Mutex::new(());

/// Runs the program that the bytes make.
///
/// # Panics
/// The library did something else than the model expects.
pub fn run(bytes: &[u8]) {
    run_telling(bytes, |_, _| ());
}

/// [`run`], telling each call and its number before it is made.
///
/// # Panics
/// As for [`run`].
pub fn run_telling(bytes: &[u8], mut tell: impl FnMut(usize, &dyn std::fmt::Debug)) {
    // Another program's panic leaves nothing behind that this one looks at.
    let _turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    let Ok(program) = program::Program::arbitrary(&mut Unstructured::new(bytes)) else { return };
    program.run(|index, call| tell(index, call));
}
