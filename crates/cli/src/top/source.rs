//! Reading processes in a thread of its own, so that keys are answered while a big heap is read.
//!
//! The thread does one thing after the other, as it is asked ([`Request`]), and answers each
//! ([`Answer`]). It asks nothing by itself: how often figures are read is for the view to decide.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use heapmin_inspect::model::outcome::{Checked, Trimmed};
use heapmin_inspect::model::snapshot::{Listed, Process, Snapshot};
use heapmin_inspect::{Error, Target};
use rustix::time::{ClockId, clock_gettime};

/// Where processes are found.
pub trait Source: Send {
    /// Those that run on heapmin.
    fn list(&mut self) -> Result<Vec<Listed>, Error>;
    /// Opens one.
    fn open(&mut self, pid: i32) -> Result<Box<dyn Opened>, Error>;
}

/// A process that can be looked into.
pub trait Opened: Send {
    /// What is known of it.
    fn process(&self) -> Process;
    /// Its figures now.
    fn snapshot(&self) -> Result<Snapshot, Error>;
    /// Has it trim its heaps.
    fn trim(&self) -> Result<Trimmed, Error>;
    /// Checks its heaps; `progress` may stop it with `false`.
    fn check(&self, progress: &mut dyn FnMut(u64, u64) -> bool) -> Result<Checked, Error>;
}

/// The processes of this system.
#[derive(Debug)]
pub struct System;

impl Source for System {
    fn list(&mut self) -> Result<Vec<Listed>, Error> {
        Target::list()
    }

    fn open(&mut self, pid: i32) -> Result<Box<dyn Opened>, Error> {
        Ok(Box::new(Target::open(pid)?))
    }
}

impl Opened for Target {
    fn process(&self) -> Process {
        Target::process(self).clone()
    }

    fn snapshot(&self) -> Result<Snapshot, Error> {
        Target::snapshot(self)
    }

    fn trim(&self) -> Result<Trimmed, Error> {
        Target::trim(self)
    }

    fn check(&self, progress: &mut dyn FnMut(u64, u64) -> bool) -> Result<Checked, Error> {
        Target::check(self, progress)
    }
}

/// What the thread is asked for. All but the first two are about the process opened last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Request {
    /// The processes on heapmin.
    List,
    /// To open this one.
    Open(i32),
    /// Figures.
    Read,
    /// A trim.
    Trim,
    /// A check.
    Check,
}

/// What the thread answers.
#[derive(Debug)]
pub enum Answer {
    /// To [`Request::List`].
    Listed(Result<Vec<Listed>, Error>),
    /// To [`Request::Open`].
    Opened(i32, Result<Process, Error>),
    /// To [`Request::Read`].
    Read(Result<Box<Snapshot>, Error>),
    /// To [`Request::Trim`].
    Trimmed(Result<Trimmed, Error>),
    /// So much of a check is done, of so much.
    Progress(u64, u64),
    /// To [`Request::Check`]; nothing: it was stopped.
    Checked(Result<Option<Checked>, Error>),
    /// The thread panicked.
    Failed,
}

/// An answer, with what it took.
#[derive(Debug)]
pub struct Timed {
    /// The answer.
    pub answer: Answer,
    /// When it was begun.
    pub began: Instant,
    /// Processor time of the thread.
    pub cost: Duration,
}

/// The thread, as others see it. When this is dropped a check is stopped, and a trim waited for: a
/// process must not be left in the middle of one.
#[derive(Debug)]
pub struct Reader {
    requests: Sender<Request>,
    control: Arc<Control>,
}

/// How others get in the thread's way.
#[derive(Debug, Default)]
pub struct Control {
    stop_check: AtomicBool,
    /// Held during a trim; `true`: no more of them.
    closed: Mutex<bool>,
}

impl Control {
    /// Waits for a trim to end, and lets no other begin.
    pub fn close(&self) {
        self.stop_check();
        *self.closed.lock().unwrap_or_else(PoisonError::into_inner) = true;
    }

    /// Stops a check.
    pub fn stop_check(&self) {
        // Nothing else is passed on by it.
        self.stop_check.store(true, Ordering::Relaxed);
    }
}

impl Reader {
    /// Starts the thread. `deliver` is called there with each answer.
    pub fn start(
        source: Box<dyn Source>,
        opened: Option<Box<dyn Opened>>,
        deliver: impl Fn(Timed) + Send + 'static,
    ) -> Self {
        let (requests, received) = channel();
        let control = Arc::new(Control::default());
        let worker = Worker { source, opened, control: Arc::clone(&control), deliver };
        thread::spawn(move || worker.work(&received));
        Self { requests, control }
    }

    /// Asks for something.
    pub fn ask(&self, request: Request) {
        if request == Request::Check {
            self.control.stop_check.store(false, Ordering::Relaxed);
        }
        // A thread that has ended has said so by `Answer::Failed`.
        let _ = self.requests.send(request);
    }

    /// See [`Control`].
    pub fn control(&self) -> Arc<Control> {
        Arc::clone(&self.control)
    }
}

impl Drop for Reader {
    fn drop(&mut self) {
        self.control.close();
    }
}

struct Worker<D> {
    source: Box<dyn Source>,
    opened: Option<Box<dyn Opened>>,
    control: Arc<Control>,
    deliver: D,
}

impl<D: Fn(Timed)> Worker<D> {
    fn work(mut self, requests: &Receiver<Request>) {
        while let Ok(request) = requests.recv() {
            let (began, processor) = (Instant::now(), processor_time());
            // What is half done inside is not looked at again after a panic.
            let answer = catch_unwind(AssertUnwindSafe(|| self.answer(request)));
            let failed = answer.is_err();
            let cost = processor_time().saturating_sub(processor);
            if let Some(answer) = answer.unwrap_or(Some(Answer::Failed)) {
                (self.deliver)(Timed { answer, began, cost });
            }
            if failed {
                return;
            }
        }
    }

    fn answer(&mut self, request: Request) -> Option<Answer> {
        match request {
            Request::List => Some(Answer::Listed(self.source.list())),
            Request::Open(pid) => {
                let opened = self.source.open(pid).map(|opened| {
                    let process = opened.process();
                    self.opened = Some(opened);
                    process
                });
                Some(Answer::Opened(pid, opened))
            }
            Request::Read => {
                let snapshot = self.opened.as_ref()?.snapshot();
                Some(Answer::Read(snapshot.map(Box::new)))
            }
            Request::Trim => {
                let closed = self.control.closed.lock().unwrap_or_else(PoisonError::into_inner);
                if *closed {
                    return None;
                }
                Some(Answer::Trimmed(self.opened.as_ref()?.trim()))
            }
            Request::Check => {
                let checked = self.check(self.opened.as_deref()?);
                Some(Answer::Checked(checked))
            }
        }
    }

    fn check(&self, opened: &dyn Opened) -> Result<Option<Checked>, Error> {
        /// A screen shows no more than this.
        const BETWEEN: Duration = Duration::from_millis(100);
        let mut shown = Instant::now();
        let stopped = || self.control.stop_check.load(Ordering::Relaxed);
        let checked = opened.check(&mut |done, of| {
            if shown.elapsed() >= BETWEEN {
                shown = Instant::now();
                let answer = Answer::Progress(done, of);
                (self.deliver)(Timed { answer, began: shown, cost: Duration::ZERO });
            }
            !stopped()
        });
        if stopped() { Ok(None) } else { checked.map(Some) }
    }
}

/// Processor time that this thread has used.
pub fn processor_time() -> Duration {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    // The clock begins at zero and doesn't go back.
    let seconds = u64::try_from(time.tv_sec).unwrap_or(0);
    Duration::from_secs(seconds) + Duration::from_nanos(u64::try_from(time.tv_nsec).unwrap_or(0))
}

#[cfg(test)]
mod tests;
