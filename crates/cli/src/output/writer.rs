//! Standard output. A reader that has seen enough closes it (`heapmin walk 17 | head`): from then on
//! what is written goes nowhere, and the command ends as it would have otherwise.

use std::io::{self, BufWriter, ErrorKind, StdoutLock, Write};

use crate::failure::Failure;

/// Standard output with a buffer. `finish` has to be called at the end.
#[derive(Debug)]
pub struct Out {
    stream: BufWriter<StdoutLock<'static>>,
    open: bool,
}

impl Out {
    /// Takes standard output; nothing else writes to it until this is dropped.
    pub fn new() -> Self {
        // The standard library's own buffer passes whole lines on; this one fills up first.
        Self { stream: BufWriter::with_capacity(64 << 10, io::stdout().lock()), open: true }
    }

    /// Whether somebody still reads. A command with much to write stops when not.
    pub fn is_open(&self) -> bool {
        self.open
    }

    /// Writes what is left in the buffer.
    pub fn finish(mut self) -> Result<(), Failure> {
        Ok(self.flush()?)
    }

    /// Notes that nobody reads any more, which is no error.
    fn settle<T>(&mut self, result: io::Result<T>, nowhere: T) -> io::Result<T> {
        match result {
            Err(error) if error.kind() == ErrorKind::BrokenPipe => {
                self.open = false;
                Ok(nowhere)
            }
            result => result,
        }
    }
}

impl Write for Out {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if !self.open {
            return Ok(bytes.len());
        }
        let result = self.stream.write(bytes);
        self.settle(result, bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        if !self.open {
            return Ok(());
        }
        let result = self.stream.flush();
        self.settle(result, ())
    }
}

/// Lets writing to a closed pipe fail, which [`Out`] and sockets see to, instead of ending heapmin by
/// a signal. Not before a program is started, which would inherit it.
pub fn outlive_closed_pipes() {
    // SAFETY: SIG_IGN is a valid disposition for SIGPIPE, and no other thread runs yet that could
    // have set another one.
    unsafe { libc::signal(libc::SIGPIPE, libc::SIG_IGN) };
}
