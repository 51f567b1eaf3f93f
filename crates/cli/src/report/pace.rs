//! How often the figures are read: as often as a chart can show, as long as it takes little time.

use std::time::{Duration, Instant};

/// Of so much time, reading may take one part.
const PARTS: u32 = 50;
/// So much it may take beyond that: a program that runs for a moment is read more often.
const CREDIT: Duration = Duration::from_millis(20);
/// No more often than this.
const SHORTEST: Duration = Duration::from_millis(2);
/// At least so often, if it takes little.
const LONGEST: Duration = Duration::from_millis(250);

/// See the module.
#[derive(Debug)]
pub struct Pace {
    asked: Option<Duration>,
    begun: Instant,
    /// All readings together.
    taken: Duration,
    /// The last one.
    last: Duration,
}

impl Pace {
    /// `asked`: the time from one reading to the next, if somebody wants it so.
    pub fn new(asked: Option<Duration>) -> Self {
        Self { asked, begun: Instant::now(), taken: Duration::ZERO, last: Duration::ZERO }
    }

    /// A reading took so long.
    pub fn took(&mut self, time: Duration) {
        self.taken += time;
        self.last = time;
    }

    /// When to read again; a slot of the chart is so long.
    pub fn next(&self, slot: Duration) -> Instant {
        let now = Instant::now();
        now + self.pause(slot, now.saturating_duration_since(self.begun))
    }

    fn pause(&self, slot: Duration, since: Duration) -> Duration {
        if let Some(asked) = self.asked {
            return asked;
        }
        let with_next = (self.taken + self.last).saturating_sub(CREDIT);
        let allowed = (with_next * PARTS).saturating_sub(since);
        slot.clamp(SHORTEST, LONGEST).max(allowed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn ms(count: u64) -> Duration {
        Duration::from_millis(count)
    }

    #[test]
    fn reading_takes_two_percent_after_a_quick_beginning() {
        let mut pace = Pace::new(None);
        assert_eq!(pace.pause(ms(0), ms(0)), ms(2));
        for _ in 0..9 {
            pace.took(ms(2));
        }
        assert_eq!(pace.pause(ms(0), ms(20)), ms(2), "20 ms with the next one");
        pace.took(ms(2));
        assert_eq!(pace.pause(ms(0), ms(40)), ms(60), "with the next one 2 ms of 100 ms");
        assert_eq!(pace.pause(ms(0), ms(2000)), ms(2));
        assert_eq!(pace.pause(ms(16), ms(2000)), ms(16));
        assert_eq!(pace.pause(ms(60_000), ms(2000)), ms(250));
    }

    #[test]
    fn what_was_asked_for_is_done() {
        let mut pace = Pace::new(Some(ms(10)));
        pace.took(ms(1000));
        assert_eq!(pace.pause(ms(250), ms(0)), ms(10));
    }
}
