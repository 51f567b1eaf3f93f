//! One scenario under one allocator, once.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use heapmin_bench::driver::{Task, Work};

use super::scenarios::{Kind, Scenario};
use super::seen::{Course, Seen};
use super::subject::{Line, Subject};
use super::{helper, redis};
use crate::allocators::Allocator;
use crate::{process, programs};

const PYTHON: &str = "/usr/bin/python3";
const RECORDS: &str = include_str!("../../giveback/records.py");
/// How often memory is looked at while it changes.
const EVERY: Duration = Duration::from_millis(50);
/// How often a sleeping process is looked at.
const SLEEPING: Duration = Duration::from_millis(250);

/// What all measurements have in common.
pub struct Measurer {
    workload_program: PathBuf,
    helper: PathBuf,
    limit: Duration,
    /// Live bytes of the python program for a number of records: the same under all allocators.
    python_live: Option<(u64, u64)>,
    /// What the last process said that it calls.
    call: Option<String>,
}

/// Why a scenario can't be measured here, and what to do.
pub fn missing(scenario: &Scenario) -> Option<String> {
    match scenario.kind {
        Kind::Task(_) | Kind::Asleep(..) => None,
        Kind::Redis(_) => crate::redis::missing(),
        Kind::Python(_) => programs::missing(PYTHON, "python3"),
    }
}

/// What a process is made to do between its stops.
#[derive(Clone, Copy, Default)]
struct Watching {
    /// Memory is sampled all the time.
    course: bool,
    /// It sleeps before the call.
    asleep: Option<Duration>,
}

impl Measurer {
    /// One that starts these programs.
    pub fn new(workload_program: PathBuf, helper: PathBuf, limit: Duration) -> Self {
        Self { workload_program, helper, limit, python_live: None, call: None }
    }

    /// Runs the scenario in a fresh process.
    pub fn measure(&mut self, scenario: &Scenario, allocator: &Allocator) -> Result<Seen> {
        self.call = None;
        match scenario.kind {
            Kind::Task(task) => {
                let course = matches!(task.work, Work::Phases { .. });
                self.task(&task, allocator, Watching { course, asleep: None })
            }
            Kind::Asleep(task, time) => {
                self.task(&task, allocator, Watching { course: false, asleep: Some(time) })
            }
            Kind::Python(records) => self.python(records, allocator),
            Kind::Redis(keys) => redis::measure(keys, allocator, &self.helper, self.limit),
        }
    }

    /// What the process that was just measured called, in words, if it told.
    pub fn call(&mut self) -> Option<String> {
        self.call.take()
    }

    fn task(&mut self, task: &Task, allocator: &Allocator, watching: Watching) -> Result<Seen> {
        let mut command = process::command(&self.workload_program, None);
        command.arg("giveback").args(task.arguments());
        helper::preload(&mut command, allocator.library(), &self.helper);
        self.observe(command, watching)
    }

    /// Every object is a block of malloc; python's own small-object heap would hide them.
    fn python(&mut self, count: u64, allocator: &Allocator) -> Result<Seen> {
        let live = match self.python_live {
            Some((same, live)) if same == count => live,
            _ => {
                let counted = self.observe(records(COUNTING, count), Watching::default());
                counted.context("counting python's live bytes")?.live
            }
        };
        self.python_live = Some((count, live));
        let mut command = records(&[], count);
        helper::preload(&mut command, allocator.library(), &self.helper);
        let seen = self.observe(command, Watching::default())?;
        Ok(Seen { live, ..seen })
    }

    /// Follows a process from stop to stop.
    fn observe(&mut self, command: Command, watching: Watching) -> Result<Seen> {
        let mut subject = Subject::start(command, self.limit)?;
        let mut seen = Seen::default();
        let mut course = Course::default();
        let mut started = Instant::now();
        let mut counts = false;
        loop {
            let line = if watching.course && counts {
                subject.next_watching(EVERY, |subject| {
                    let at = started.elapsed().as_secs_f64();
                    course.resident.push((at, subject.memory()?.pss));
                    Ok(())
                })?
            } else {
                subject.next()?
            };
            let Some(stop) = line.stop.as_deref() else {
                course.live.push((started.elapsed().as_secs_f64(), line.live));
                continue;
            };
            match stop {
                "start" => {
                    seen.start = subject.memory()?;
                    self.call = line.call;
                    course.resident.push((0.0, seen.start.pss));
                    started = Instant::now();
                    counts = true;
                }
                "peak" => seen.peak = subject.memory()?,
                "before" => {
                    counts = false;
                    let Line { live, usable, blocks, freed, .. } = line;
                    seen = Seen { live, usable, blocks, freed, ..seen };
                    seen.before = subject.memory()?;
                    seen.asleep = watch_sleep(&subject, watching.asleep)?;
                }
                "after" => {
                    seen.after = subject.memory()?;
                    (seen.called, seen.seconds) = (line.called, line.seconds);
                    seen.pause = line.pause;
                }
                "end" => {
                    seen.rates = line.rates;
                    let is_checked = line.checked == seen.blocks || seen.blocks == 0;
                    if !is_checked && seen.rates.is_none() {
                        bail!("{} of {} live blocks were found", line.checked, seen.blocks);
                    }
                    subject.go()?;
                    break;
                }
                other => bail!("the process stands at an unknown stop, {other}"),
            }
            subject.go()?;
        }
        subject.finish()?;
        if watching.course {
            seen.course = Some(course);
        }
        Ok(seen)
    }
}

fn watch_sleep(subject: &Subject, time: Option<Duration>) -> Result<Vec<(f64, u64)>> {
    let mut samples = Vec::new();
    let Some(time) = time else { return Ok(samples) };
    let start = Instant::now();
    loop {
        let at = start.elapsed();
        samples.push((at.as_secs_f64(), subject.memory()?.pss));
        if at >= time {
            return Ok(samples);
        }
        std::thread::sleep(SLEEPING.min(time - at));
    }
}

/// The program, with options of python itself.
fn records(options: &[&str], records: u64) -> Command {
    let mut command = process::command(Path::new(PYTHON), None);
    command.env("PYTHONHASHSEED", "0").env("PYTHONMALLOC", "malloc");
    command.args(options).args(["-c", RECORDS]).arg(records.to_string());
    command
}

/// python itself can count what is asked for; it then takes longer, and more memory.
const COUNTING: &[&str] = &["-X", "tracemalloc"];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn python_tells_its_live_bytes_and_stops_where_it_should() {
        if programs::missing(PYTHON, "python3").is_some() {
            eprintln!("python3 is not installed; nothing to look at");
            return;
        }
        let limit = Duration::from_secs(60);
        let mut measurer = Measurer::new(PathBuf::new(), PathBuf::new(), limit);
        let seen = measurer.observe(records(COUNTING, 2000), Watching::default());
        let seen = seen.expect("it runs");
        assert!(seen.live > 100_000, "{} bytes live", seen.live);
        assert!(seen.peak.pss > seen.start.pss && !seen.called, "{seen:?}");
    }

    #[test]
    fn a_sleeping_process_is_looked_at_until_its_time_is_over() {
        let mut command = process::command(Path::new("/bin/sh"), None);
        command.args(["-c", "read line"]);
        let subject = Subject::start(command, Duration::from_secs(20)).expect("it starts");
        let samples = watch_sleep(&subject, Some(Duration::from_millis(600))).expect("seen");
        assert!(samples.len() >= 3 && samples.last().is_some_and(|(at, _)| *at >= 0.6));
        assert!(watch_sleep(&subject, None).expect("nothing").is_empty());
    }
}
