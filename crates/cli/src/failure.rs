//! Why heapmin gave up, and the exit status that says so.

use std::fmt;

use crate::library::LibraryError;
use crate::program::Refusal;

/// The exit status of `env`, `nohup` and `timeout` when they fail themselves.
const OWN_FAILURE: i32 = 125;

/// What kept a command from doing its job.
#[derive(Debug)]
pub enum Failure {
    /// The program can't be run on the heap.
    Program(Refusal),
    /// There is no library to preload.
    Library(LibraryError),
}

impl Failure {
    /// The exit status of heapmin.
    pub fn status(&self) -> i32 {
        match self {
            Self::Program(refusal) => refusal.status(),
            Self::Library(_) => OWN_FAILURE,
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Program(refusal) => refusal.fmt(f),
            Self::Library(error) => error.fmt(f),
        }
    }
}

impl From<Refusal> for Failure {
    fn from(refusal: Refusal) -> Self {
        Self::Program(refusal)
    }
}

impl From<LibraryError> for Failure {
    fn from(error: LibraryError) -> Self {
        Self::Library(error)
    }
}
