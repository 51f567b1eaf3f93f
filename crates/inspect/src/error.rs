//! What can go wrong while another process is looked into. Each message says what happened, to which
//! process, and what to do.

use std::fmt;
use std::io;

/// See the module.
#[derive(Debug)]
#[non_exhaustive]
pub enum Error {
    /// There is no process with this number.
    NoSuchProcess(i32),
    /// The process ended while it was looked into.
    Ended(i32),
    /// The process became another program by `exec` while it was looked into.
    Replaced(i32),
    /// The process is another user's, or the system lets nobody look into it.
    Forbidden(i32),
    /// The process doesn't use heapmin.
    NotOnHeapmin(i32),
    /// The process has a heap without a directory that can be used: it is being loaded, or damaged.
    Starting(i32),
    /// Its heap has another version of the directory: that of the process, that of this reader.
    OtherVersion(i32, (u16, u16), (u16, u16)),
    /// There is no heap with this number or handle.
    NoSuchHeap(i32, u64),
    /// What was read contradicts itself, again and again.
    Inconsistent(i32, &'static str),
    /// The process doesn't take requests now: why, and what to do.
    Unavailable(i32, String),
    /// The process didn't answer in time.
    Silent(i32),
    /// The system refused something: what was tried.
    System(i32, &'static str, io::Error),
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoSuchProcess(pid) => {
                write!(f, "there is no process {pid}; 'heapmin ps' lists those that there are")
            }
            Self::Ended(pid) => write!(f, "process {pid} ended while it was looked into"),
            Self::Replaced(pid) => write!(
                f,
                "process {pid} became another program while it was looked into; try again"
            ),
            Self::Forbidden(pid) => write!(
                f,
                "process {pid} can't be looked into: it is another user's, or \
                 /proc/sys/kernel/yama/ptrace_scope forbids it{}",
                if rustix::process::geteuid().is_root() { "" } else { "; try again with sudo" }
            ),
            Self::NotOnHeapmin(pid) => write!(
                f,
                "process {pid} doesn't run on heapmin; start its program with \
                 'heapmin run -- PROGRAM'"
            ),
            Self::Starting(pid) => write!(
                f,
                "the heap of process {pid} can't be found: it is just starting, or is damaged; try \
                 again"
            ),
            Self::OtherVersion(pid, theirs, ours) => write!(
                f,
                "process {pid} has a heap with a directory of version {}.{}, and this heapmin \
                 knows {}.{}; use the heapmin that it was started with",
                theirs.0, theirs.1, ours.0, ours.1
            ),
            Self::NoSuchHeap(pid, heap) => write!(
                f,
                "process {pid} has no heap {heap:#x}; 'heapmin ps --heaps {pid}' lists its heaps"
            ),
            Self::Inconsistent(pid, what) => write!(
                f,
                "what was read of process {pid} contradicts itself ({what}): it is changing too \
                 fast, or is damaged; try again, or 'heapmin check {pid}'"
            ),
            Self::Unavailable(pid, why) => write!(f, "process {pid} takes no requests: {why}"),
            Self::Silent(pid) => write!(
                f,
                "process {pid} didn't answer in time; it may hold a lock of its heap, or be stopped"
            ),
            Self::System(pid, what, error) => {
                write!(f, "process {pid}: {what}: {error}")
            }
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::System(_, _, error) => Some(error),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn root_is_not_told_to_become_root() {
        let is_told = Error::Forbidden(7).to_string().contains("sudo");
        assert_eq!(is_told, !rustix::process::geteuid().is_root());
    }
}
