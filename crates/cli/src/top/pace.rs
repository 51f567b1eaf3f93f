//! How often figures are read: as often as asked for, but never so often that reading and drawing
//! them take more than a twentieth of a processor.

use std::time::{Duration, Instant};

/// A twentieth of a processor is 5 %.
const SHARE: u32 = 20;

/// Intervals that the keys choose from, in milliseconds.
const STEPS: [u64; 11] = [100, 200, 500, 1000, 2000, 5000, 10_000, 20_000, 30_000, 60_000, 300_000];

/// See the module.
#[derive(Clone, Copy, Debug)]
pub struct Pace {
    asked: Duration,
    /// Processor time that the last reading took, with drawing it.
    cost: Duration,
    /// When the last reading began.
    began: Option<Instant>,
}

impl Pace {
    /// As often as this.
    pub fn new(asked: Duration) -> Self {
        Self { asked, cost: Duration::ZERO, began: None }
    }

    /// From the beginning of a reading to that of the next.
    pub fn interval(&self) -> Duration {
        self.asked.max(self.cost.saturating_mul(SHARE))
    }

    /// Whether it is longer than asked for.
    pub fn is_stretched(&self) -> bool {
        self.interval() > self.asked
    }

    /// When the next reading is to begin; nothing: at once.
    pub fn due(&self) -> Option<Instant> {
        self.began.map(|began| began + self.interval())
    }

    /// A reading that began then took so much processor time.
    pub fn read(&mut self, began: Instant, cost: Duration) {
        self.began = Some(began);
        self.cost = cost;
    }

    /// Drawing it took so much more.
    pub fn drawn(&mut self, cost: Duration) {
        self.cost += cost;
    }

    /// The next reading is due at once.
    pub fn hurry(&mut self) {
        self.began = None;
    }

    /// The next longer interval.
    pub fn slower(&mut self) {
        let longer = STEPS.map(Duration::from_millis).into_iter().find(|step| *step > self.asked);
        self.asked = longer.unwrap_or(self.asked);
    }

    /// The next shorter interval.
    pub fn faster(&mut self) {
        let shorter =
            STEPS.map(Duration::from_millis).into_iter().rev().find(|step| *step < self.asked);
        self.asked = shorter.unwrap_or(self.asked);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn cheap_readings_come_as_asked() {
        let mut pace = Pace::new(SECOND);
        assert_eq!(pace.due(), None);
        let now = Instant::now();
        pace.read(now, Duration::from_millis(49));
        assert_eq!(pace.due(), Some(now + SECOND));
        assert!(!pace.is_stretched());
    }

    #[test]
    fn dear_readings_come_less_often_with_drawing_counted() {
        let mut pace = Pace::new(SECOND);
        let now = Instant::now();
        pace.read(now, Duration::from_millis(50));
        pace.drawn(Duration::from_millis(150));
        assert_eq!(pace.due(), Some(now + 4 * SECOND));
        assert!(pace.is_stretched());
        pace.read(now + SECOND, Duration::from_millis(10));
        assert_eq!(pace.interval(), SECOND);
    }

    #[test]
    fn keys_go_through_the_steps_and_stop_at_the_ends() {
        let mut pace = Pace::new(Duration::from_millis(1500));
        pace.slower();
        assert_eq!(pace.interval(), 2 * SECOND);
        pace.faster();
        assert_eq!(pace.interval(), SECOND);
        (0..20).for_each(|_| pace.faster());
        assert_eq!(pace.interval(), Duration::from_millis(100));
        (0..20).for_each(|_| pace.slower());
        assert_eq!(pace.interval(), 300 * SECOND);
        pace.slower();
        assert_eq!(pace.interval(), 300 * SECOND);
    }
}
