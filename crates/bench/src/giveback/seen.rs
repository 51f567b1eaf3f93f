//! What was seen of one process, and the figures that come of it.

use serde::{Deserialize, Serialize};

use super::memory::Memory;
use crate::statistics::median;

/// What was seen of a process.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Seen {
    /// Live bytes, as they were asked for.
    pub live: u64,
    /// Live bytes that the program may use.
    pub usable: u64,
    /// Live blocks.
    pub blocks: u64,
    /// Freed bytes.
    pub freed: u64,
    /// Before the first block.
    pub start: Memory,
    /// With all blocks.
    pub peak: Memory,
    /// When the frees were over.
    pub before: Memory,
    /// After the call.
    pub after: Memory,
    /// Whether there was something to call.
    pub called: bool,
    /// How long the call took.
    pub seconds: f64,
    /// While the process slept: seconds since the frees, and PSS.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub asleep: Vec<(f64, u64)>,
    /// How another thread was held up.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pause: Option<Pause>,
    /// How fast blocks were replaced.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rates: Option<Rates>,
    /// Memory over time.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub course: Option<Course>,
}

/// The longest times, in seconds, in which a thread that allocates made no progress.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Pause {
    /// During the call.
    pub during: f64,
    /// The same without those in which others got its processor.
    pub during_own: f64,
    /// In as long a time before the call.
    pub before: f64,
    /// The same without those in which others got its processor.
    pub before_own: f64,
}

/// Replacements per second, before the call and after it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Rates {
    /// Before.
    pub before: Rate,
    /// After.
    pub after: Rate,
}

/// Replacements per second.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Rate {
    /// Of wall time, a quarter of a second each.
    pub pieces: Vec<f64>,
    /// Of processor time.
    pub processor: f64,
}

/// Memory over time: seconds, and bytes.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Course {
    /// Resident (PSS).
    pub resident: Vec<(f64, u64)>,
    /// Live, as asked for.
    pub live: Vec<(f64, u64)>,
}

impl Seen {
    /// Resident over live bytes, of the whole process.
    pub fn ratio(&self, memory: &Memory, live: u64) -> Option<f64> {
        (live > 0).then(|| memory.pss as f64 / live as f64)
    }

    /// The share of the memory of freed blocks that is back at the system, when `pss` is resident.
    /// Freed blocks had as much of the memory that came with all blocks as of the bytes.
    pub fn share(&self, pss: u64) -> Option<f64> {
        let all = self.freed + self.live;
        let came = self.peak.pss.saturating_sub(self.start.pss) as f64;
        let freed = came * self.freed as f64 / all as f64;
        (all > 0 && freed > 0.0).then(|| self.peak.pss.saturating_sub(pss) as f64 / freed)
    }

    /// What was resident when the process had slept for this long.
    pub fn asleep_at(&self, seconds: f64) -> Option<u64> {
        self.asleep.iter().rev().find(|(at, _)| *at <= seconds).map(|&(_, pss)| pss)
    }
}

impl Rates {
    /// After the call over before it, by wall time.
    pub fn wall(&self) -> Option<f64> {
        Some(median(&self.after.pieces)? / median(&self.before.pieces)?)
    }

    /// The first second after the call over the time before it.
    pub fn first_second(&self) -> Option<f64> {
        let first = self.after.pieces.iter().take(4);
        let count = first.len() as f64;
        Some(first.sum::<f64>() / count / median(&self.before.pieces)?)
    }

    /// After the call over before it, by processor time.
    pub fn processor(&self) -> Option<f64> {
        (self.before.processor > 0.0).then(|| self.after.processor / self.before.processor)
    }
}

impl Course {
    /// The mean of what was resident, over the mean of what was live.
    pub fn mean_ratio(&self) -> Option<f64> {
        let (resident, live) = (mean(&self.resident)?, mean(&self.live)?);
        (live > 0.0).then(|| resident / live)
    }
}

/// The mean over time of points that are joined by straight lines.
fn mean(points: &[(f64, u64)]) -> Option<f64> {
    let (first, last) = (points.first()?.0, points.last()?.0);
    let area: f64 = points
        .windows(2)
        .map(|pair| (pair[1].0 - pair[0].0) * (pair[0].1 + pair[1].1) as f64 / 2.0)
        .sum();
    (last > first).then(|| area / (last - first))
}

#[cfg(test)]
pub mod tests {
    use super::*;

    const MIB: u64 = 1 << 20;

    /// So much of everything.
    pub fn memory(mebibytes: u64) -> Memory {
        let bytes = mebibytes * MIB;
        Memory { pss: bytes, rss: bytes, anonymous: bytes, own: 0 }
    }

    /// A process with half of its blocks freed, and so much resident after the call.
    pub fn seen(after: u64) -> Seen {
        Seen {
            live: 50 * MIB,
            usable: 55 * MIB,
            blocks: 1000,
            freed: 50 * MIB,
            start: memory(2),
            peak: memory(112),
            before: memory(110),
            after: memory(after),
            called: true,
            seconds: 0.025,
            asleep: vec![(0.0, 110 * MIB), (1.0, 100 * MIB), (10.0, 62 * MIB)],
            pause: Some(Pause {
                during: 0.004,
                during_own: 0.0007,
                before: 0.005,
                before_own: 1e-5,
            }),
            rates: Some(Rates {
                before: Rate { pieces: vec![100.0, 110.0, 90.0, 100.0, 100.0], processor: 50.0 },
                after: Rate { pieces: vec![50.0, 90.0, 100.0, 100.0, 100.0], processor: 49.0 },
            }),
            course: Some(Course {
                resident: vec![(0.0, 0), (1.0, 100 * MIB), (3.0, 100 * MIB)],
                live: vec![(0.0, 0), (2.0, 100 * MIB), (2.0, 50 * MIB), (3.0, 50 * MIB)],
            }),
        }
    }

    #[test]
    fn ratios_are_to_what_was_asked_for() {
        let seen = seen(60);
        assert_eq!(seen.ratio(&seen.after, seen.live), Some(1.2));
        assert_eq!(Seen::default().ratio(&Memory::default(), 0), None);
    }

    #[test]
    fn the_share_is_of_the_memory_that_freed_blocks_had() {
        // 110 MiB came with 100 MiB of blocks, half of which were freed: 55 MiB.
        let seen = seen(60);
        assert_eq!(seen.share(112 * MIB), Some(0.0));
        assert_eq!(seen.share(57 * MIB), Some(1.0));
        assert_eq!(seen.share(seen.asleep_at(5.0).expect("seen")), Some(12.0 / 55.0));
        assert_eq!(seen.asleep_at(10.0), Some(62 * MIB));
        assert_eq!(Seen::default().share(0), None);
    }

    #[test]
    fn rates_are_compared_as_a_whole_and_in_the_first_second() {
        let rates = seen(60).rates.expect("rates");
        assert_eq!(rates.wall(), Some(1.0));
        assert_eq!(rates.first_second(), Some(0.85));
        assert_eq!(rates.processor(), Some(0.98));
    }

    #[test]
    fn the_mean_over_time_weighs_by_time() {
        assert_eq!(mean(&[(0.0, 0), (1.0, 100), (3.0, 100)]), Some(250.0 / 3.0));
        assert_eq!(mean(&[(1.0, 5)]), None);
    }
}
