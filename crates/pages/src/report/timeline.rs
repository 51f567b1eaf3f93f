//! Figures over time: as many as a chart can show, however long the program runs, with every peak.
//!
//! Time is divided into equal slots. A slot keeps the moment with the most live bytes and the one with
//! the most resident bytes. When there are too many slots, they become twice as long.

use heapmin_inspect::model::snapshot::Totals;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Most slots; each keeps up to two moments.
const MOST_SLOTS: usize = 1000;
/// How long a slot is at first, in milliseconds.
const FIRST_SLOT_MS: f64 = 0.5;

/// See the module.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Timeline {
    /// The moments that are kept, in order.
    pub moments: Vec<Moment>,
    /// How often the figures were read.
    pub readings: u64,
    /// How long reading took in all, in milliseconds.
    pub reading_ms: f64,
    /// Most live bytes, of all moments.
    pub peak_live_bytes: u64,
    /// When that was, in milliseconds from the beginning.
    pub peak_live_ms: f64,
    /// Most resident bytes of the heaps, of all moments.
    pub peak_resident_bytes: u64,
    /// Most resident bytes of the process, of all moments.
    pub peak_process_bytes: u64,
    /// How long a slot is, in milliseconds.
    pub slot_ms: f64,
}

/// The figures at one time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Moment {
    /// When, in milliseconds from the beginning.
    pub at_ms: f64,
    /// Bytes in live blocks.
    pub live: u64,
    /// Live blocks.
    pub blocks: u64,
    /// Bytes of the heaps in memory.
    pub resident: u64,
    /// Bytes that heaps have taken from the window.
    pub committed: u64,
    /// Bytes of the whole process in memory.
    pub process: u64,
    /// Bytes given back so far.
    pub returned: u64,
    /// Allocations so far.
    pub allocations: u64,
}

/// Something that happened.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Event {
    /// When, in milliseconds from the beginning.
    pub at_ms: f64,
    /// What kind it is.
    pub kind: EventKind,
    /// A few words.
    pub text: String,
}

/// Kinds of events.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum EventKind {
    /// The most live bytes.
    Peak,
    /// Much memory went back to the system.
    Returned,
    /// The first thread ended.
    FirstThreadEnded,
}

impl Moment {
    fn of(at_ms: f64, totals: &Totals) -> Self {
        Self {
            at_ms,
            live: totals.live_bytes,
            blocks: totals.live_blocks,
            resident: totals.resident_bytes,
            committed: totals.committed_bytes,
            process: totals.process_resident_bytes,
            returned: totals.returned_bytes,
            allocations: totals.allocations,
        }
    }
}

impl Timeline {
    /// Adds what was read at a time, which took so long. Times go up.
    pub fn add(&mut self, at_ms: f64, took_ms: f64, totals: &Totals) {
        let moment = Moment::of(at_ms, totals);
        if self.readings == 0 {
            self.slot_ms = FIRST_SLOT_MS;
        }
        if self.readings == 0 || moment.live > self.peak_live_bytes {
            (self.peak_live_bytes, self.peak_live_ms) = (moment.live, at_ms);
        }
        self.peak_resident_bytes = self.peak_resident_bytes.max(moment.resident);
        self.peak_process_bytes = self.peak_process_bytes.max(moment.process);
        self.readings += 1;
        self.reading_ms += took_ms;
        self.moments.push(moment);
        if self.moments.len() >= 4 * MOST_SLOTS {
            self.shrink();
        }
    }

    /// Thinned for good, with the very last moment as the last.
    pub fn finish(&mut self) {
        let last = self.moments.last().copied();
        self.shrink();
        if let Some(last) = last
            && self.moments.last().is_some_and(|kept| kept.at_ms < last.at_ms)
        {
            self.moments.push(last);
        }
    }

    /// The number of the slot that a moment is in.
    fn slot(&self, moment: &Moment) -> u64 {
        (moment.at_ms / self.slot_ms) as u64
    }

    /// Thins until there are no more than a chart shows.
    fn shrink(&mut self) {
        self.thin();
        while self.moments.len() > 2 * MOST_SLOTS {
            self.slot_ms *= 2.0;
            self.thin();
        }
    }

    /// Leaves at most two moments in each slot.
    fn thin(&mut self) {
        let mut kept: Vec<Moment> = Vec::with_capacity(self.moments.len());
        let mut rest = self.moments.as_slice();
        while let Some(first) = rest.first() {
            let slot = self.slot(first);
            let length = rest.iter().take_while(|moment| self.slot(moment) == slot).count();
            let (here, behind) = rest.split_at(length);
            rest = behind;
            // Of equal ones the first: when it was reached.
            let largest = |of: fn(&Moment) -> u64| {
                (0..here.len()).rev().max_by_key(|&index| of(&here[index])).unwrap_or(0)
            };
            let (live, process) = (largest(|moment| moment.live), largest(|moment| moment.process));
            kept.push(here[live.min(process)]);
            if live != process {
                kept.push(here[live.max(process)]);
            }
        }
        self.moments = kept;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn totals(live: u64, process: u64) -> Totals {
        Totals { live_bytes: live, process_resident_bytes: process, ..Totals::default() }
    }

    #[test]
    fn a_short_run_is_kept_as_it_is_read() {
        let mut timeline = Timeline::default();
        for at in 0..100_u64 {
            timeline.add(at as f64, 0.1, &totals(at, 100 - at));
        }
        timeline.finish();
        assert_eq!(timeline.moments.len(), 100);
        assert_eq!((timeline.peak_live_bytes, timeline.peak_live_ms), (99, 99.0));
        assert_eq!((timeline.readings, timeline.peak_process_bytes), (100, 100));
    }

    #[test]
    fn a_long_run_keeps_its_peaks_and_not_more_than_a_chart_shows() {
        let mut timeline = Timeline::default();
        let (live_peak, process_peak) = (33_333, 77_777);
        for at in 0..100_000_u64 {
            let live = if at == live_peak { 5_000_000 } else { at % 1000 };
            let process = if at == process_peak { 9_000_000 } else { 1000 - at % 1000 };
            timeline.add(at as f64, 0.1, &totals(live, process));
        }
        timeline.finish();
        let moments = &timeline.moments;
        assert!((500..=2001).contains(&moments.len()), "{}", moments.len());
        assert!(moments.is_sorted_by(|a, b| a.at_ms < b.at_ms));
        assert!(moments.iter().any(|moment| moment.live == 5_000_000 && moment.at_ms == 33_333.0));
        assert!(moments.iter().any(|moment| moment.process == 9_000_000));
        assert_eq!(moments.last().unwrap().at_ms, 99_999.0);
    }
}
