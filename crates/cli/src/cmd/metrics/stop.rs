//! SIGTERM and SIGINT as something to wait for.

use std::io;
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::net::UnixStream;

use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::low_level::pipe;

/// Becomes readable when one of them has come. They end nothing by themselves any more.
#[derive(Debug)]
pub struct Stop(UnixStream);

impl Stop {
    /// Takes the signals.
    pub fn new() -> io::Result<Self> {
        let (come, note) = UnixStream::pair()?;
        for signal in [SIGTERM, SIGINT] {
            pipe::register(signal, note.try_clone()?)?;
        }
        Ok(Self(come))
    }
}

impl AsFd for Stop {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }
}
