//! The thread that traces: it hears what the kernel tells, and passes on what matters.

use std::collections::BTreeSet;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, SyncSender};
use std::time::Duration;

use super::Happening;
use super::tracing::{self, Stop};

/// What the first thread is traced with.
const FIRST: i32 = libc::PTRACE_O_TRACEEXIT | libc::PTRACE_O_TRACEEXEC;
/// What the others are traced with once it has ended: threads that they start are traced, too.
const OTHERS: i32 = FIRST | libc::PTRACE_O_TRACECLONE;

/// A process of which nothing was seen for so many milliseconds is gone.
const HANDOVER_MS: u32 = 50;

/// See the module.
pub struct Watcher {
    pid: i32,
    /// The threads that are traced.
    traced: BTreeSet<i32>,
    /// The thread that the process's memory is reached by.
    reached_by: i32,
    /// [`Happening::Ending`] was said.
    ending: bool,
    tell: SyncSender<Happening>,
    released: Receiver<()>,
    over: Arc<AtomicBool>,
}

impl Watcher {
    /// Traces the process; only the calling thread can do so from then on.
    pub fn seize(
        pid: i32,
        tell: SyncSender<Happening>,
        released: Receiver<()>,
        over: Arc<AtomicBool>,
    ) -> io::Result<Self> {
        tracing::seize(pid, FIRST)?;
        let traced = BTreeSet::from([pid]);
        Ok(Self { pid, traced, reached_by: pid, ending: false, tell, released, over })
    }

    /// Watches until the process is gone, or nobody wants to know any more.
    pub fn run(mut self) {
        while !self.over.load(Ordering::SeqCst) {
            match tracing::wait() {
                Ok(None) => {}
                Ok(Some((thread, Stop::Gone(status)))) => {
                    self.traced.remove(&thread);
                    if thread == self.pid {
                        self.say(Happening::Gone(Some(status)));
                        return;
                    }
                }
                Ok(Some((thread, stop))) => self.serve(thread, stop),
                // Nothing is traced any more.
                Err(_) => {
                    if !self.seize_again() {
                        self.say(Happening::Gone(None));
                        return;
                    }
                }
            }
        }
        self.leave();
    }

    fn serve(&mut self, thread: i32, stop: Stop) {
        let result = match stop {
            Stop::Signal(signal) => tracing::go_on(thread, signal),
            Stop::Event(libc::PTRACE_EVENT_EXIT, _) => {
                self.exits(thread);
                // It stops no more.
                self.traced.remove(&thread);
                tracing::go_on(thread, 0)
            }
            Stop::Event(libc::PTRACE_EVENT_EXEC, _) => {
                // The thread has the process's number now, whichever it was.
                self.begins_anew();
                tracing::go_on(thread, 0)
            }
            Stop::Event(libc::PTRACE_EVENT_STOP, signal) if signal != libc::SIGTRAP => {
                tracing::listen(thread)
            }
            Stop::Event(libc::PTRACE_EVENT_STOP, _) if !self.traced.contains(&thread) => {
                self.started(thread)
            }
            Stop::Event(..) => tracing::go_on(thread, 0),
            Stop::Gone(_) => Ok(()),
        };
        // A thread that was killed meanwhile needs nothing more.
        drop(result);
    }

    /// A thread is about to end, and perhaps the process.
    fn exits(&mut self, thread: i32) {
        if self.ending {
            return;
        }
        if tracing::ends_alone(self.pid, thread) {
            if thread == self.pid {
                self.seize_others();
            }
            if thread != self.reached_by {
                return;
            }
            let others = tracing::threads(self.pid);
            if let Some(other) = others
                .into_iter()
                .find(|other| *other != thread && !tracing::ends_alone(self.pid, *other))
            {
                self.reached_by = other;
                self.ask(Happening::Moved(other));
                return;
            }
        }
        self.ending = true;
        let status = tracing::message(thread).map_or(0, |status| status as i32);
        self.ask(Happening::Ending(thread, status));
    }

    /// Traces all threads, as the first one is about to end.
    fn seize_others(&mut self) {
        loop {
            let found = tracing::threads(self.pid);
            let new = found.into_iter().filter(|thread| !self.traced.contains(thread));
            let seized: Vec<i32> =
                new.filter(|thread| tracing::seize(*thread, OTHERS).is_ok()).collect();
            if seized.is_empty() {
                return;
            }
            self.traced.extend(seized);
        }
    }

    /// A thread is traced because one that is traced has started it. It may be another process's,
    /// if it was started in an unusual way.
    fn started(&mut self, thread: i32) -> io::Result<()> {
        if tracing::is_running(self.pid, thread) {
            self.traced.insert(thread);
            tracing::go_on(thread, 0)
        } else {
            tracing::detach(thread, 0)
        }
    }

    fn begins_anew(&mut self) {
        self.traced = BTreeSet::from([self.pid]);
        self.reached_by = self.pid;
        self.ending = false;
        self.say(Happening::Replaced);
    }

    /// Nothing is traced: the process is gone, or a thread that was not has become the process by
    /// `exec`, or is about to.
    fn seize_again(&mut self) -> bool {
        // While the one thread takes the number of the other, neither may be listed.
        let mut unseen = 0;
        while unseen < HANDOVER_MS && !self.over.load(Ordering::SeqCst) {
            if tracing::is_running(self.pid, self.pid) && tracing::seize(self.pid, FIRST).is_ok() {
                self.begins_anew();
                return true;
            }
            unseen = if tracing::threads(self.pid).is_empty() { unseen + 1 } else { 0 };
            std::thread::sleep(Duration::from_millis(1));
        }
        false
    }

    fn say(&self, happening: Happening) {
        // Who doesn't listen any more sets `over`.
        let _ = self.tell.send(happening);
    }

    /// Says it, and waits until what there was to do was done.
    fn ask(&self, happening: Happening) {
        while self.released.try_recv().is_ok() {}
        if self.tell.send(happening).is_ok() && !self.over.load(Ordering::SeqCst) {
            // An error: nobody is there who would do something.
            let _ = self.released.recv();
        }
    }

    /// Stops each thread for a moment, as only then it can be left alone.
    fn leave(mut self) {
        for thread in self.traced.clone() {
            if tracing::interrupt(thread).is_err() {
                self.traced.remove(&thread);
            }
        }
        while !self.traced.is_empty() {
            match tracing::wait() {
                Ok(None) => {}
                Err(_) => return,
                Ok(Some((thread, stop))) => {
                    self.traced.remove(&thread);
                    let signal = if let Stop::Signal(signal) = stop { signal } else { 0 };
                    // It may have been killed meanwhile.
                    let _ = tracing::detach(thread, signal);
                }
            }
        }
    }
}
