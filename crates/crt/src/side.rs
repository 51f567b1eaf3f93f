//! The two copies of the run-time's state: the program's, and that of the system's components,
//! which reach theirs through the `_o_` functions. The heap itself is one.

use core::cell::Cell;
use heapmin_engine::thread;

/// Whose errno, handlers and new mode a call uses.
#[derive(Clone, Copy)]
pub enum Side {
    /// The program.
    Program,
    /// Components that call the `_o_` functions.
    System,
}

/// One side's state of the calling thread; all zero in a new thread.
pub struct ThreadState {
    /// `errno` in the low half, `_doserrno` in the high half.
    pub errors: &'static Cell<usize>,
    /// The thread's invalid-parameter handler, 0 if it has none.
    pub invalid_parameter: &'static Cell<usize>,
}

impl Side {
    /// This side's one of two process-wide values.
    pub fn of<T>(self, both: &[T; 2]) -> &T {
        match self {
            Self::Program => &both[0],
            Self::System => &both[1],
        }
    }

    /// This side's state of the calling thread.
    #[inline]
    pub fn thread(self) -> ThreadState {
        let words = thread::face_words();
        match self {
            Self::Program => ThreadState { errors: &words[1], invalid_parameter: &words[2] },
            Self::System => ThreadState { errors: &words[4], invalid_parameter: &words[5] },
        }
    }
}
