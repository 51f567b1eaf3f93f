//! Time that tasks lose for want of memory, as the kernel counts it (PSI): of a control group or of
//! the whole machine.
//!
//! A line written to the file asks the kernel to announce when more than so much time was lost
//! within a window. The first announcement can be false, since the kernel may compare with the time
//! lost since it was started; so each one is checked against the file's own count.

use super::Verdict;
use super::milliseconds;
use super::text::{lines, number, words};
use crate::os::descriptor::{Descriptor, Found};

/// 200 ms within 2 s. Users without rights may only ask for windows of whole multiples of 2 s.
pub const USUAL: &[u8] = b"some 200000 2000000\0";

/// What was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Trigger {
    /// Whether it is about time that all tasks lose at once.
    pub full: bool,
    /// Lost time, in microseconds.
    pub stall: u64,
    /// Length of the window, in milliseconds.
    pub window: u64,
}

impl Trigger {
    /// What [`USUAL`] says.
    pub const fn usual() -> Self {
        Self { full: false, stall: 200_000, window: 2000 }
    }

    /// Understands the line that is written to the file: kind, time and window in microseconds.
    pub fn parse(line: &[u8]) -> Option<Self> {
        let mut words = words(line);
        let full = words.next()? == b"full";
        let stall = number(words.next()?)?;
        // The kernel knows windows of half a second to ten seconds.
        let window = number(words.next()?)?.clamp(500_000, 10_000_000) / 1000;
        Some(Self { full, stall, window })
    }
}

/// A file that announces lost time, or changes of another kind that mean the same.
pub struct Stalls {
    file: Descriptor,
    trigger: Trigger,
    /// Lost time at the last look, in microseconds; files of another kind have no such count.
    lost: Option<u64>,
    /// When announcements can be believed, in milliseconds.
    settled: u64,
}

impl Stalls {
    /// Starts to watch a file, after `line`, if any, was written to it. `None`: not possible.
    pub fn watch(file: Descriptor, line: Option<&[u8]>) -> Option<Self> {
        let trigger = line.and_then(Trigger::parse).unwrap_or(Trigger::usual());
        // Reading also makes changes until now old news.
        let lost = read_lost(&file, trigger)?;
        if line.is_some_and(|line| !file.write(line)) {
            return None;
        }
        let settled = milliseconds().saturating_add(2 * trigger.window);
        Some(Self { file, trigger, lost, settled })
    }

    /// What to wait at.
    pub fn descriptor(&self) -> &Descriptor {
        &self.file
    }

    /// Length of the window, in milliseconds.
    pub fn window(&self) -> u64 {
        self.trigger.window
    }

    /// Judges what was found there.
    pub fn judge(&mut self, found: Found, now: u64) -> Verdict {
        let Some(lost) = read_lost(&self.file, self.trigger).filter(|_| !found.over) else {
            return Verdict::Gone;
        };
        let (Some(before), Some(lost)) = (self.lost, lost) else {
            // No count: all depends on the announcement.
            let believed = found.news && now >= self.settled;
            return if believed { Verdict::Pressure } else { Verdict::Nothing };
        };
        if found.error {
            // The kernel has dropped the trigger, or there never was one.
            return Verdict::Gone;
        }
        // Half of it, as part of the window may have been before the last look.
        if now < self.settled || lost.saturating_sub(before) < self.trigger.stall / 2 {
            return Verdict::Nothing;
        }
        self.lost = Some(lost);
        Verdict::Pressure
    }
}

/// Lost time in microseconds, or that the file has no such count. `None`: it can't be read.
fn read_lost(file: &Descriptor, trigger: Trigger) -> Option<Option<u64>> {
    let mut text = [0u8; 256];
    Some(lost(file.read_anew(&mut text)?, trigger))
}

/// Finds the count in lines such as `some avg10=0.00 avg60=0.00 avg300=0.00 total=0`.
fn lost(text: &[u8], trigger: Trigger) -> Option<u64> {
    let kind: &[u8] = if trigger.full { b"full" } else { b"some" };
    lines(text).find_map(|line| {
        let mut words = words(line);
        if words.next() != Some(kind) {
            return None;
        }
        words.find_map(|word| number(word.strip_prefix(b"total=")?))
    })
}
