//! How often the figures are read: as often as a chart can show, as long as it takes little time.

use std::time::Duration;

/// Of so much time, reading takes one part.
const PARTS: u32 = 50;
/// No more often than this.
const SHORTEST: Duration = Duration::from_millis(2);
/// At least so often, if it takes little.
const LONGEST: Duration = Duration::from_millis(250);

/// How long to wait from one reading to the next, by how long the last one took and how long a slot of
/// the chart is; as was asked for, if it was.
pub fn pause(asked: Option<Duration>, took: Duration, slot: Duration) -> Duration {
    asked.unwrap_or_else(|| slot.clamp(SHORTEST, LONGEST).max(took * PARTS))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reading_takes_two_percent_at_most() {
        let ms = Duration::from_millis;
        assert_eq!(pause(None, Duration::ZERO, ms(0)), ms(2));
        assert_eq!(pause(None, ms(1), ms(16)), ms(50));
        assert_eq!(pause(None, Duration::from_micros(10), ms(16)), ms(16));
        assert_eq!(pause(None, ms(100), ms(1)), ms(5000));
        assert_eq!(pause(None, Duration::ZERO, ms(60_000)), ms(250));
        assert_eq!(pause(Some(ms(10)), ms(100), ms(1)), ms(10));
    }
}
