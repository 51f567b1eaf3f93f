//! The last moment of a process: when it ends, or becomes another program, it is held until its
//! memory was read for the last time.
//!
//! A thread of ours traces the process's first thread (`PTRACE_SEIZE`, which doesn't stop it), passes
//! on all signals, and is told by the kernel when the process is about to end. What a debugger
//! could notice stays as it was: stopped processes stay stopped, and threads that are not the first
//! one are left alone as long as that is there.
//!
//! ```text
//!  end of                          who stops              what is said
//!  the process, any thread calls   the first thread       Ending
//!  the first thread, others go on  the first thread       Moved: the others are traced from now on
//!  … and the last of these         it                     Ending
//!  the program, by exec            the thread             Replaced
//! ```

mod tracing;
mod watcher;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::thread::JoinHandle;
use std::time::Duration;

use crate::error::Error;
use watcher::Watcher;

/// What happens to a process that is watched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Happening {
    /// It is about to end, or a thread of it is about to replace it, and waits until
    /// [`Watch::let_go`]. This thread's number can be read by. With that a wait status, as
    /// `waitpid` gives it.
    Ending(i32, i32),
    /// Its first thread is about to end while others go on, and waits until [`Watch::let_go`]. From
    /// then on its memory is reached by the number of this other thread.
    Moved(i32),
    /// It became another program. May be said twice of the same.
    Replaced,
    /// It is gone; its wait status if the watcher was told, and nobody else will be if it is a child
    /// of ours.
    Gone(Option<i32>),
}

/// Watches a process until it is gone, or until dropped.
#[derive(Debug)]
pub struct Watch {
    pid: i32,
    happenings: Receiver<Happening>,
    released: SyncSender<()>,
    over: Arc<AtomicBool>,
    watcher: Option<JoinHandle<()>>,
}

impl Watch {
    /// Begins to watch a process. An error if it can't be traced: not ours, or traced by another.
    pub fn start(pid: i32) -> Result<Self, Error> {
        tracing::make_waits_end()
            .map_err(|error| Error::System(pid, "preparing to watch it", error))?;
        let (tell, happenings) = sync_channel(16);
        let (released, wait) = sync_channel(16);
        let (answer, begun) = sync_channel(1);
        let over = Arc::new(AtomicBool::new(false));
        let flag = Arc::clone(&over);
        let watcher = std::thread::Builder::new()
            .name("watch".to_owned())
            .spawn(move || match Watcher::seize(pid, tell, wait, flag) {
                Ok(watcher) => {
                    if answer.send(Ok(())).is_ok() {
                        watcher.run();
                    }
                }
                // Whoever asked is there: it waits for the answer.
                Err(error) => drop(answer.send(Err(error))),
            })
            .map_err(|error| Error::System(pid, "starting a thread to watch it", error))?;
        match begun.recv() {
            Ok(Ok(())) => {}
            Ok(Err(error)) => return Err(tracing::explain(pid, error)),
            Err(_) => return Err(Error::Ended(pid)),
        }
        Ok(Self { pid, happenings, released, over, watcher: Some(watcher) })
    }

    /// What happens next, within this time.
    pub fn next(&self, timeout: Duration) -> Option<Happening> {
        match self.happenings.recv_timeout(timeout) {
            Ok(happening) => Some(happening),
            Err(RecvTimeoutError::Timeout) => None,
            Err(RecvTimeoutError::Disconnected) => Some(Happening::Gone(None)),
        }
    }

    /// Lets go on what waits after [`Happening::Ending`] or [`Happening::Moved`].
    pub fn let_go(&self) {
        // A watcher that is gone holds nothing.
        let _ = self.released.try_send(());
    }

    /// The process.
    pub fn pid(&self) -> i32 {
        self.pid
    }
}

impl Drop for Watch {
    /// Lets the process go on alone, in whatever state it is.
    fn drop(&mut self) {
        self.over.store(true, Ordering::SeqCst);
        self.let_go();
        let Some(watcher) = self.watcher.take() else {
            return;
        };
        while !watcher.is_finished() {
            // The watcher may be just before a wait, which the signal wouldn't end.
            tracing::end_wait(&watcher);
            // Nor may it wait for room in the channel.
            let _ = self.happenings.recv_timeout(Duration::from_millis(2));
        }
        // A watcher that panicked has said so.
        let _ = watcher.join();
    }
}

#[cfg(test)]
mod tests;
