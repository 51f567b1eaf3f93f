//! Following a program until its end: its figures again and again, its samples before they are
//! overwritten, and both once more when it is about to end.

use std::fs;
use std::time::{Duration, Instant, SystemTime};

use heapmin_inspect::exit::{Happening, Watch};
use heapmin_inspect::{Error, Target};
use heapmin_pages::report::{End, Report};
use heapmin_profile::{Profile, Recorder};

use super::child::Child;
use super::findings::Findings;
use super::pace::Pace;
use super::signals;
use crate::cmd::report::Report as Options;

/// Samples are taken so often: before they are overwritten.
const TAKE_SAMPLES: Duration = Duration::from_millis(40);
/// Most time between two looks at whether the process has a heap already.
const LONGEST_SEARCH: Duration = Duration::from_millis(100);
/// As [`LONGEST_SEARCH`], at first.
const FIRST_SEARCH: Duration = Duration::from_millis(1);
/// Between two looks at whether the end was asked for.
const LONGEST_WAIT: Duration = Duration::from_millis(100);

/// What is followed.
pub enum Subject {
    /// A program that was just started.
    Child(Child),
    /// A process that ran already.
    Running(Target),
}

/// See the module.
pub struct Follower<'a> {
    options: &'a Options,
    pid: i32,
    begun: Instant,
    started_ms: u64,
    child: Option<Child>,
    watch: Option<Watch>,
    target: Option<Target>,
    recorder: Option<Recorder>,
    findings: Findings,
    /// Why there is no target yet.
    refused: Option<Error>,
    next_search: Instant,
    search: Duration,
    next_reading: Instant,
    pace: Pace,
    next_samples: Instant,
}

impl<'a> Follower<'a> {
    /// Nothing was read yet.
    pub fn new(
        subject: Subject,
        begun: Instant,
        mut findings: Findings,
        options: &'a Options,
        watch: Result<Watch, Error>,
    ) -> Self {
        let watch = watch
            .inspect_err(|error| {
                findings.note(format!(
                    "The process could not be watched at its end, so the last figures are of some \
                     time before it: {error}."
                ));
            })
            .ok();
        let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        let started_ms = since.saturating_sub(begun.elapsed()).as_millis() as u64;
        let now = Instant::now();
        let (child, target) = match subject {
            Subject::Child(child) => (Some(child), None),
            Subject::Running(target) => (None, Some(target)),
        };
        let pid = match (&child, &target) {
            (Some(child), _) => child.pid(),
            (_, Some(target)) => target.process().pid,
            _ => 0,
        };
        let mut follower = Self {
            options,
            pid,
            begun,
            started_ms,
            child,
            watch,
            target: None,
            recorder: None,
            findings,
            refused: None,
            next_search: now,
            search: FIRST_SEARCH,
            next_reading: now,
            pace: Pace::new(options.interval.map(|ms| Duration::from_millis(ms.into()))),
            next_samples: now,
        };
        if let Some(target) = target {
            follower.found(target);
        }
        follower
    }

    /// Follows until the end; what was found, and the wait status of a child.
    pub fn follow(mut self) -> (Report, Option<i32>) {
        let (end, status) = loop {
            match self.wait() {
                Some(Happening::Ending(..)) => {
                    self.last_look();
                    self.let_go();
                }
                Some(Happening::Moved(_)) => {
                    self.read();
                    self.findings.moves(self.at_ms());
                    self.let_go();
                }
                Some(Happening::Replaced) => self.begin_anew(),
                Some(Happening::Gone(status)) => {
                    let status = status.or_else(|| self.child.as_ref()?.wait());
                    break (end_of(status), status);
                }
                None if self.is_enough() => {
                    self.last_look();
                    break (End::WentOn, None);
                }
                None => self.look(),
            }
        };
        let at_ms = self.at_ms();
        // Who samples from outside makes a thread of the process call, and so may the watch not hold
        // it.
        self.watch = None;
        let profile = self.profile();
        if end == End::WentOn
            && self.options.stacks.is_some()
            && let Some(Err(error)) = self.target.as_ref().map(|target| target.sample(None))
        {
            self.findings.note(format!("Sampling goes on for a few seconds: {error}."));
        }
        if self.findings.is_empty() {
            self.findings.note(match &self.refused {
                Some(error) => format!("There are no figures: {error}."),
                None => "There are no figures: the program ended before it had a heap.".to_owned(),
            });
        }
        let report = self.findings.finish(self.started_ms, at_ms, end, profile);
        (report, status)
    }

    /// The process waits for it.
    fn let_go(&self) {
        if let Some(watch) = &self.watch {
            watch.let_go();
        }
    }

    fn at_ms(&self) -> f64 {
        self.begun.elapsed().as_secs_f64() * 1000.0
    }

    /// Waits until something happens, or there is something to read.
    fn wait(&mut self) -> Option<Happening> {
        let mut next = match &self.target {
            Some(_) => self.next_reading,
            None => self.next_search,
        };
        if self.recorder.is_some() {
            next = next.min(self.next_samples);
        }
        let pause = next.saturating_duration_since(Instant::now()).min(LONGEST_WAIT);
        if let Some(watch) = &self.watch {
            return watch.next(pause);
        }
        match self.child.as_ref().and_then(|child| child.ended.as_ref()) {
            Some(ended) => {
                let mut asked = [rustix::event::PollFd::new(ended, rustix::event::PollFlags::IN)];
                let pause = rustix::event::Timespec::try_from(pause).ok();
                let count = rustix::event::poll(&mut asked, pause.as_ref());
                count.is_ok_and(|count| count > 0).then_some(Happening::Gone(None))
            }
            None => {
                std::thread::sleep(pause);
                (!is_there(self.pid)).then_some(Happening::Gone(None))
            }
        }
    }

    /// Whether it was looked at for long enough.
    fn is_enough(&self) -> bool {
        self.child.is_none()
            && (signals::interrupted()
                || self.options.seconds.is_some_and(|seconds| self.begun.elapsed() >= seconds))
    }

    /// Reads what it is time for.
    fn look(&mut self) {
        let now = Instant::now();
        if self.target.is_none() && now >= self.next_search {
            self.search();
        }
        if self.recorder.is_some() && now >= self.next_samples {
            self.take_samples();
            self.next_samples = Instant::now() + TAKE_SAMPLES;
        }
        if self.target.is_some() && now >= self.next_reading {
            self.read();
            let slot = Duration::from_secs_f64(self.findings.slot_ms() / 1000.0);
            self.next_reading = self.pace.next(slot);
        }
    }

    /// Looks whether the process has a heap.
    fn search(&mut self) {
        match Target::open(self.pid) {
            Ok(target) => self.found(target),
            Err(error) => self.refused = Some(error),
        }
        self.next_search = Instant::now() + self.search;
        self.search = (self.search * 2).min(LONGEST_SEARCH);
    }

    fn found(&mut self, target: Target) {
        self.findings.is(target.process());
        if self.options.stacks.is_some() {
            match Recorder::new(&target) {
                Ok(recorder) => self.recorder = Some(recorder),
                // It was found too early, and will be again.
                Err(Error::Replaced(_) | Error::Ended(_)) => return,
                Err(error) => {
                    self.findings.note(format!("Call stacks could not be sampled: {error}."));
                }
            }
        }
        self.target = Some(target);
    }

    /// Reads the figures.
    fn read(&mut self) {
        let Some(target) = &self.target else {
            return;
        };
        let (at_ms, begun) = (self.at_ms(), processor_time());
        let snapshot = target.snapshot();
        let took = processor_time().saturating_sub(begun);
        self.pace.took(took);
        match snapshot {
            Ok(snapshot) => {
                self.findings.add(at_ms, took.as_secs_f64() * 1000.0, snapshot);
                self.read_highest();
            }
            // It was found while it was being loaded, before its heap's tables had their final form.
            Err(Error::Replaced(_) | Error::Ended(_)) if self.findings.is_empty() => {
                self.target = None;
                self.recorder = None;
            }
            // Without the watch, nobody else says so.
            Err(Error::Replaced(_)) if self.watch.is_none() => self.begin_anew(),
            // The end, or a moment that can't be read: there will be another one.
            Err(error) => self.refused = Some(error),
        }
    }

    /// The system knows the most that was in memory, also between two readings.
    fn read_highest(&mut self) {
        if self.child.is_none() {
            return;
        }
        let status = fs::read_to_string(format!("/proc/{}/status", self.pid)).unwrap_or_default();
        let highest = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let kib = highest.and_then(|line| line.trim().strip_suffix(" kB")?.parse::<u64>().ok());
        if let Some(kib) = kib {
            self.findings.process_had(kib << 10);
        }
    }

    fn take_samples(&mut self) {
        if let (Some(recorder), Some(target)) = (&mut self.recorder, &self.target) {
            // The recording so far stays, whatever happened.
            let _ = recorder.poll(target);
        }
    }

    /// Where frees were lost, the heap itself says which samples are live.
    fn put_live_samples_right(&mut self) {
        let begun = Instant::now();
        if let (Some(recorder), Some(target)) = (&mut self.recorder, &self.target)
            && recorder.lost_frees()
            && let Ok(ids) = target.live_samples()
        {
            recorder.set_live(&ids, begun);
        }
    }

    /// The process holds still, and will never be read again.
    fn last_look(&mut self) {
        if self.target.is_none() {
            self.search();
        }
        self.refused = None;
        self.take_samples();
        self.put_live_samples_right();
        self.read();
        if self.target.is_none() {
            // What was found was the program before, or one that was still being loaded.
            self.search();
            self.read();
        }
        if self.refused.is_none() && !self.findings.is_empty() {
            self.findings.ends();
        }
        if self.child.is_some() {
            self.note_children();
        }
    }

    /// The process is another program now.
    fn begin_anew(&mut self) {
        self.target = None;
        self.recorder = None;
        self.refused = None;
        self.findings.is_replaced(self.at_ms());
        self.search = FIRST_SEARCH;
        self.next_search = Instant::now();
        self.next_reading = self.next_search;
    }

    /// Those go on that the process had started: they are not in the report.
    fn note_children(&mut self) {
        let children = fs::read_dir(format!("/proc/{}/task", self.pid)).into_iter().flatten();
        let children = children
            .flatten()
            .filter_map(|task| fs::read_to_string(task.path().join("children")).ok());
        let numbers: Vec<String> = children
            .flat_map(|list| list.split(' ').map(str::to_owned).collect::<Vec<_>>())
            .collect();
        let numbers: Vec<&str> = numbers
            .iter()
            .map(|number| number.trim())
            .filter(|number| !number.is_empty())
            .collect();
        let running = numbers.iter().filter(|number| number.parse().is_ok_and(is_there));
        let running: Vec<&str> = running.take(8).copied().collect();
        if !running.is_empty() {
            self.findings.note(format!(
                "Processes that it had started still ran at its end: {}. 'heapmin report --attach PID' \
                 looks at them.",
                running.join(", ")
            ));
        }
    }

    fn profile(&mut self) -> Option<Profile> {
        self.options.stacks?;
        self.recorder.take().map(Recorder::finish)
    }
}

/// What this thread has had of a processor: others may run meanwhile, and what is counted is what it
/// takes from them.
fn processor_time() -> Duration {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    Duration::try_from(time).unwrap_or_default()
}

/// Whether a process is there and not only waited for.
fn is_there(pid: i32) -> bool {
    let stat = fs::read(format!("/proc/{pid}/stat")).unwrap_or_default();
    let state = stat.iter().rposition(|byte| *byte == b')').and_then(|end| stat.get(end + 2));
    state.is_some_and(|state| !b"ZXx".contains(state))
}

fn end_of(status: Option<i32>) -> End {
    match status {
        Some(status) if libc::WIFEXITED(status) => {
            End::Exited { status: libc::WEXITSTATUS(status) }
        }
        Some(status) if libc::WIFSIGNALED(status) => End::Killed { signal: libc::WTERMSIG(status) },
        _ => End::Gone,
    }
}
