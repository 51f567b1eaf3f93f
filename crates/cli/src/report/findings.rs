//! What was read of a program so far.

use heapmin_inspect::model::snapshot::{Process, Snapshot};
use heapmin_pages::report::timeline::{Event, EventKind, Timeline};
use heapmin_pages::report::{Earlier, End, Program, Report, SCHEMA};
use heapmin_profile::Profile;

/// Less that goes back between two readings is no event.
const NOTABLE_RETURN: u64 = 1 << 20;
/// Most events of this kind that are kept: the largest.
const MOST_RETURNS: usize = 12;

/// See the module. Times are in milliseconds from the beginning.
#[derive(Debug)]
pub struct Findings {
    program: Program,
    /// When the present program began, after an `exec` later than the process.
    began: f64,
    timeline: Timeline,
    /// What went back, and when.
    returns: Vec<(u64, f64)>,
    moved: Option<f64>,
    peak: Option<Snapshot>,
    last: Option<Snapshot>,
    last_is_the_end: bool,
    earlier: Vec<Earlier>,
    notes: Vec<String>,
}

impl Findings {
    /// Nothing yet about a process that was started with, or has, this command line.
    pub fn new(pid: i32, command: String, attached: bool) -> Self {
        Self {
            program: Program { pid, command, user: None, engine: None, attached },
            began: 0.0,
            timeline: Timeline::default(),
            returns: Vec::new(),
            moved: None,
            peak: None,
            last: None,
            last_is_the_end: false,
            earlier: Vec::new(),
            notes: Vec::new(),
        }
    }

    /// The process was found on heapmin.
    pub fn is(&mut self, process: &Process) {
        self.program.command.clone_from(&process.command);
        self.program.user = Some(process.user.clone());
        self.program.engine = Some(process.engine.clone());
    }

    /// Adds what was read, which took so long.
    pub fn add(&mut self, at_ms: f64, took_ms: f64, snapshot: Snapshot) {
        let totals = &snapshot.totals;
        if let Some(before) = &self.last {
            let back = totals.returned_bytes.saturating_sub(before.totals.returned_bytes);
            if back >= NOTABLE_RETURN {
                self.returned(back, at_ms - self.began);
            }
        }
        self.timeline.add(at_ms - self.began, took_ms, totals);
        if self.peak.as_ref().is_none_or(|peak| peak.totals.live_bytes < totals.live_bytes) {
            self.peak = Some(snapshot.clone());
        }
        self.last = Some(snapshot);
    }

    /// Keeps the largest ones.
    fn returned(&mut self, bytes: u64, at_ms: f64) {
        self.returns.push((bytes, at_ms));
        if self.returns.len() > MOST_RETURNS {
            let smallest = (0..self.returns.len()).min_by_key(|&index| self.returns[index].0);
            smallest.map(|index| self.returns.remove(index));
        }
    }

    /// So much of the process was in memory at some time.
    pub fn process_had(&mut self, bytes: u64) {
        self.timeline.peak_process_bytes = self.timeline.peak_process_bytes.max(bytes);
    }

    /// How long a slot of the chart is.
    pub fn slot_ms(&self) -> f64 {
        self.timeline.slot_ms
    }

    /// What was read last is of the end.
    pub fn ends(&mut self) {
        self.last_is_the_end = true;
    }

    /// The first thread has ended.
    pub fn moves(&mut self, at_ms: f64) {
        self.moved = Some(at_ms - self.began);
    }

    /// The process became another program: what was read until now is about an earlier one.
    pub fn is_replaced(&mut self, at_ms: f64) {
        if self.timeline.readings > 0 {
            self.earlier.push(Earlier {
                command: self.program.command.clone(),
                duration_ms: at_ms - self.began,
                peak_live_bytes: self.timeline.peak_live_bytes,
            });
        }
        *self = Self {
            began: at_ms,
            program: Program { user: None, engine: None, ..self.program.clone() },
            earlier: std::mem::take(&mut self.earlier),
            notes: std::mem::take(&mut self.notes),
            ..Self::new(self.program.pid, String::new(), false)
        };
    }

    /// Something that the reader should know; once.
    pub fn note(&mut self, note: String) {
        if !self.notes.contains(&note) {
            self.notes.push(note);
        }
    }

    /// Whether anything was read.
    pub fn is_empty(&self) -> bool {
        self.last.is_none()
    }

    /// All of it.
    pub fn finish(
        mut self,
        started_ms: u64,
        at_ms: f64,
        end: End,
        profile: Option<Profile>,
    ) -> Report {
        self.timeline.finish();
        if let Some(note) = profile.as_ref().and_then(lost_samples) {
            self.note(note);
        }
        let event = |at_ms, kind, text| Event { at_ms, kind, text };
        let mut events = Vec::new();
        if self.timeline.readings > 0 {
            let text = "most live bytes".to_owned();
            events.push(event(self.timeline.peak_live_ms, EventKind::Peak, text));
        }
        events.extend(self.returns.iter().map(|&(bytes, at_ms)| {
            let text = format!("{} went back to the system", crate::output::bytes::bytes(bytes));
            event(at_ms, EventKind::Returned, text)
        }));
        events.extend(self.moved.map(|at_ms| {
            let text = "the first thread ended, others went on".to_owned();
            event(at_ms, EventKind::FirstThreadEnded, text)
        }));
        events.sort_by(|a, b| a.at_ms.total_cmp(&b.at_ms));
        Report {
            schema: SCHEMA,
            heapmin: env!("CARGO_PKG_VERSION").to_owned(),
            program: self.program,
            started_ms: started_ms + self.began as u64,
            duration_ms: at_ms - self.began,
            end,
            timeline: self.timeline,
            events,
            peak: self.peak,
            last: self.last,
            last_is_the_end: self.last_is_the_end,
            earlier: self.earlier,
            profile,
            notes: self.notes,
        }
    }
}

/// That samples were lost, if any were.
fn lost_samples(profile: &Profile) -> Option<String> {
    let lost = profile.lost_samples;
    let all = profile.samples.saturating_add(lost);
    // By number: those that come too fast are before the distance has grown, and stand for less.
    let percent = match 100.0 * lost as f64 / all as f64 {
        part if part < 0.1 => "0.1 %".to_owned(),
        part if part < 10.0 => format!("about {part:.1} %"),
        part => format!("about {part:.0} %"),
    };
    (lost > 0).then(|| {
        format!(
            "{lost} of {all} samples were overwritten before they were read: amounts by call stack are \
             too low by up to {percent}; a larger distance, --stacks=BYTES, loses none."
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lost_samples_are_told() {
        let notes = |samples, lost_samples| {
            let profile = Profile { samples, lost_samples, ..Profile::default() };
            let findings = Findings::new(1, String::new(), false);
            findings.finish(0, 0.0, End::Gone, Some(profile)).notes
        };
        assert_eq!(notes(900, 0), [""; 0]);
        let expected = "100 of 1000 samples were overwritten before they were read: amounts by call \
                        stack are too low by up to about 10 %; a larger distance, --stacks=BYTES, \
                        loses none.";
        assert_eq!(notes(900, 100), [expected]);
        assert!(notes(97, 3)[0].contains("by up to about 3.0 %"));
        assert!(notes(1_000_000, 3)[0].contains("by up to 0.1 %"));
    }
}
