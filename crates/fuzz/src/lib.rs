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
use std::fmt::Debug;
use std::sync::Mutex;

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
mod threads;
mod told;

/// The process heap is one for all programs: they run one after the other.
static TURN: Mutex<()> = Mutex::new(());

/// Sees each call, or each round of threads, with its number before it is made.
pub type Teller<'a> = &'a mut dyn FnMut(usize, &dyn Debug);

/// What bytes are made into.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Target {
    /// Calls of the whole C API in one thread.
    Program,
    /// Calls in several threads that share heaps.
    Threads,
}

impl Target {
    /// Runs what the bytes make.
    ///
    /// # Panics
    /// The library did something else than the model expects.
    pub fn run(self, bytes: &[u8]) {
        self.run_telling(bytes, &mut |_, _| ());
    }

    /// [`Target::run`], telling what it does.
    ///
    /// # Panics
    /// As for [`Target::run`].
    pub fn run_telling(self, bytes: &[u8], tell: Teller<'_>) {
        let _turn =
            TURN.lock().expect("an input before this one failed, and left its heaps behind");
        let mut input = Unstructured::new(bytes);
        match self {
            Self::Program => {
                if let Ok(program) = program::Program::arbitrary(&mut input) {
                    program.run(|index, call| tell(index, call));
                }
            }
            Self::Threads => {
                if let Ok(program) = threads::Program::arbitrary(&mut input) {
                    program.run(|index, round| tell(index, round));
                }
            }
        }
    }
}
