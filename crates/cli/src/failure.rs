//! Why heapmin gave up, and the exit status that says so.

use std::fmt;

use crate::library::LibraryError;
use crate::program::Refusal;

/// The exit status of `env`, `nohup` and `timeout` when they fail themselves.
const OWN_FAILURE: i32 = 125;
/// The exit status when a process can't be looked into.
const NO_LOOK: i32 = 3;
/// The exit status when what was found can't be written.
const NO_OUTPUT: i32 = 4;

/// What kept a command from doing its job.
#[derive(Debug)]
pub enum Failure {
    /// The program can't be run on the heap.
    Program(Refusal),
    /// There is no library to preload.
    Library(LibraryError),
    /// A process can't be looked into, or doesn't do what it was asked.
    Look(heapmin_inspect::Error),
    /// There is no process to look into: why, and what to do.
    Nothing(String),
    /// What was found can't be written: to what, and why.
    Output(String, std::io::Error),
    /// Nobody can be served at this address.
    Listen(std::net::SocketAddr, std::io::Error),
    /// The command can't be carried out as it was typed: why, and what to do.
    Usage(String),
}

impl Failure {
    /// The exit status of heapmin.
    pub fn status(&self) -> i32 {
        match self {
            Self::Program(refusal) => refusal.status(),
            Self::Library(_) => OWN_FAILURE,
            Self::Look(_) | Self::Nothing(_) => NO_LOOK,
            Self::Output(..) | Self::Listen(..) => NO_OUTPUT,
            Self::Usage(_) => 2,
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Program(refusal) => refusal.fmt(f),
            Self::Library(error) => error.fmt(f),
            Self::Look(error) => error.fmt(f),
            Self::Output(what, error) => write!(f, "cannot write {what}: {error}"),
            Self::Listen(address, error) => write!(
                f,
                "cannot listen at {address}: {error}; choose another address or port with --listen"
            ),
            Self::Nothing(what) | Self::Usage(what) => f.write_str(what),
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

impl From<heapmin_inspect::Error> for Failure {
    fn from(error: heapmin_inspect::Error) -> Self {
        Self::Look(error)
    }
}

/// Standard output failed: files are named where they are written.
impl From<std::io::Error> for Failure {
    fn from(error: std::io::Error) -> Self {
        Self::Output("to standard output".to_owned(), error)
    }
}
