//! The program as a child process, which waits until it may start.
//!
//! It is made by `fork` before this process has changed anything that a program inherits, and before
//! it has threads: what `heapmin run` hands on reaches the program here, too.

use std::io::{self, Write};
use std::os::fd::{AsFd, OwnedFd};

use rustix::io::{FdFlags, fcntl_dupfd_cloexec, fcntl_getfd, read, write};
use rustix::pipe::{PipeFlags, pipe_with};
use rustix::process::{Pid, PidfdFlags, WaitOptions, pidfd_open, waitpid};

use crate::start::Prepared;

/// A child that waits.
pub struct Held {
    pid: Pid,
    /// What it waits for: a byte to start, the end to give up.
    go: Option<OwnedFd>,
    /// From where its exit status comes if there is no program to run.
    failed: OwnedFd,
    is_started: bool,
}

/// The program.
pub struct Child {
    pid: Pid,
    /// Readable when it has ended; none where the system has no such thing.
    pub ended: Option<OwnedFd>,
}

impl Held {
    /// Makes it. The program finds its own number in its environment under the name `names_itself`.
    pub fn fork(prepared: Prepared, names_itself: Option<&str>) -> io::Result<Self> {
        let (may_go, go) = ends()?;
        let (failed, failing) = ends()?;
        // SAFETY: this process has one thread, so the child may do everything that it might.
        let pid = unsafe { libc::fork() };
        if pid == 0 {
            drop((go, failed));
            wait_and_become(prepared, names_itself, &may_go, &failing);
        }
        match Pid::from_raw(pid) {
            Some(pid) if pid.as_raw_nonzero().get() > 0 => {
                drop((may_go, failing));
                open_missing_streams();
                Ok(Self { pid, go: Some(go), failed, is_started: false })
            }
            _ => Err(io::Error::last_os_error()),
        }
    }

    /// Its number.
    pub fn pid(&self) -> i32 {
        self.pid.as_raw_nonzero().get()
    }

    /// Starts the program. An error: the exit status, of what the child has said why.
    pub fn go(&mut self) -> Result<Child, i32> {
        if let Some(go) = self.go.take() {
            // A child that was killed meanwhile is noticed below, or ends as any other.
            let _ = write(&go, &[1]);
        }
        let mut status = [0; 1];
        // The end of the stream: `execve` has closed it.
        if matches!(read(&self.failed, &mut status), Ok(1)) {
            return Err(i32::from(status[0]));
        }
        self.is_started = true;
        Ok(Child { pid: self.pid, ended: pidfd_open(self.pid, PidfdFlags::empty()).ok() })
    }
}

impl Drop for Held {
    /// Gives up: no program was started.
    fn drop(&mut self) {
        if self.is_started {
            return;
        }
        self.go = None;
        // It was never a program, so nobody wants to know.
        let _ = waitpid(Some(self.pid), WaitOptions::empty());
    }
}

impl Child {
    /// Its number.
    pub fn pid(&self) -> i32 {
        self.pid.as_raw_nonzero().get()
    }

    /// Waits for its end; its wait status, if nobody else has asked for it.
    pub fn wait(&self) -> Option<i32> {
        loop {
            match waitpid(Some(self.pid), WaitOptions::empty()) {
                Ok(Some((_, status)))
                    if status.exited() || status.terminating_signal().is_some() =>
                {
                    return Some(status.as_raw());
                }
                Ok(_) | Err(rustix::io::Errno::INTR) => {}
                Err(_) => return None,
            }
        }
    }
}

/// A pipe that no program inherits, away from the standard streams, which may be closed.
fn ends() -> io::Result<(OwnedFd, OwnedFd)> {
    let (reader, writer) = pipe_with(PipeFlags::CLOEXEC)?;
    Ok((fcntl_dupfd_cloexec(reader, 3)?, fcntl_dupfd_cloexec(writer, 3)?))
}

/// The child's part. Doesn't return.
fn wait_and_become(
    mut prepared: Prepared,
    names_itself: Option<&str>,
    may_go: &OwnedFd,
    failing: &OwnedFd,
) -> ! {
    let mut byte = [0; 1];
    let status = loop {
        match read(may_go.as_fd(), &mut byte) {
            Ok(1) => {
                if let Some(name) = names_itself {
                    prepared.set(name, &std::process::id().to_string());
                }
                let failure = prepared.become_it();
                let _ = writeln!(io::stderr(), "heapmin: {failure}");
                break failure.status();
            }
            Err(rustix::io::Errno::INTR) => {}
            // The parent has given up.
            _ => break 0,
        }
    };
    let _ = write(failing, &[status as u8]);
    // SAFETY: ends the process without running what the parent has registered for its own end.
    unsafe { libc::_exit(status) }
}

/// Puts something in the places of closed standard streams, so that no file that is opened from now on
/// takes them.
fn open_missing_streams() {
    for stream in 0..3 {
        // SAFETY: the number is only asked about, and nothing is done with it if it is closed.
        let stream = unsafe { std::os::fd::BorrowedFd::borrow_raw(stream) };
        if let Err(_closed) = fcntl_getfd(stream).map(|_: FdFlags| ()) {
            let null = std::fs::OpenOptions::new().read(true).write(true).open("/dev/null");
            // It stays open, in the lowest free place.
            null.map(std::mem::forget).unwrap_or(());
        }
    }
}
