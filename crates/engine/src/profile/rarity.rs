//! How many bytes samples are apart: as many as was asked for, or more where a program allocates so
//! fast that sampling would slow it down. Each sample says what it stands for, so sums stay right.

use super::{STATE, draw};
use crate::base::atomic::Ordering;
use core::sync::atomic::{AtomicU32, AtomicU64};

/// How long samples are counted before their distance is looked at, in nanoseconds. Short: a program
/// that takes memory as fast as it can from its first moment on pays for the first samples too.
const WINDOW: u64 = 50_000_000;
/// Samples in that time which are too many, at the usual rate: each takes about 5 µs, so these take
/// 0.6 % of one processor. Who asks for samples that are closer gets more.
const TOO_MANY: u64 = 64;
/// How many times as many who asks for closer ones gets at most: more, and the ring would be overrun.
const MOST_MORE: u64 = 8;
/// The rate for which that holds, in bytes.
const USUAL_RATE: u64 = 512 << 10;
/// Most doublings of the distance.
const RAREST: u32 = 20;

/// Doublings of the distance at the moment.
static DOUBLINGS: AtomicU32 = AtomicU32::new(0);
/// Since when samples are counted, and how many there were.
static SINCE: AtomicU64 = AtomicU64::new(0);
static COUNT: AtomicU64 = AtomicU64::new(0);

/// The distance at some time, as doublings of what was asked for. Zero bytes are valid.
#[derive(Clone, Copy, Debug, Default)]
#[repr(transparent)]
pub struct Rarity(u8);

impl Rarity {
    /// That of this moment.
    pub fn now() -> Self {
        Self(DOUBLINGS.load(Ordering::Relaxed) as u8)
    }

    fn rate(self) -> f64 {
        let rate = STATE.rate.load(Ordering::Relaxed).max(1);
        (rate << self.0.min(RAREST as u8)) as f64
    }

    /// Which of the next allocations of `size` bytes is a sample: at least 1, the next.
    pub fn allocations_until_sample(self, size: usize) -> u32 {
        draw::allocations_until_sample(size, self.rate())
    }

    /// Whether an allocation of `size` bytes, of which each is decided about by itself, is a sample.
    pub fn chooses(self, size: usize) -> bool {
        draw::is_chosen(size, self.rate())
    }

    /// Bytes that a sample of this size stands for.
    pub fn weight(self, size: usize) -> u64 {
        draw::weight(size, self.rate())
    }
}

/// Begins with the distance that was asked for.
pub fn begin(now: u64) {
    DOUBLINGS.store(0, Ordering::Relaxed);
    COUNT.store(0, Ordering::Relaxed);
    SINCE.store(now, Ordering::Relaxed);
}

/// Counts a sample, and makes the next ones rarer or closer if there are too many or few.
pub fn adapt(now: u64) {
    let rate = STATE.rate.load(Ordering::Relaxed).clamp(1, USUAL_RATE);
    let closer = USUAL_RATE.checked_div(rate).unwrap_or(1).min(MOST_MORE);
    let count = COUNT.fetch_add(1, Ordering::Relaxed) + 1;
    let passed = now.wrapping_sub(SINCE.load(Ordering::Relaxed));
    let doublings = DOUBLINGS.load(Ordering::Relaxed);
    if let Some(next) = next(doublings, count, TOO_MANY * closer, passed) {
        DOUBLINGS.store(next, Ordering::Relaxed);
        COUNT.store(0, Ordering::Relaxed);
        SINCE.store(now, Ordering::Relaxed);
    }
}

/// The doublings after `count` samples in `passed` nanoseconds, where `most` may be in [`WINDOW`].
/// `None`: it is not yet known.
fn next(doublings: u32, count: u64, most: u64, passed: u64) -> Option<u32> {
    if count > most {
        // So many times as fast as they may be, or a little more.
        let times = WINDOW.checked_div(passed).unwrap_or(WINDOW);
        return Some((doublings + 1 + times.checked_ilog2().unwrap_or(0)).min(RAREST));
    }
    if passed < WINDOW {
        return None;
    }
    // To a quarter of what may be; from an eighth to all of it the distance stays.
    let times = (passed / WINDOW).saturating_mul(most).checked_div(count).unwrap_or(0);
    let fewer = times.checked_ilog2().unwrap_or(0).saturating_sub(2);
    Some(doublings.saturating_sub(fewer))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_is_answered_at_once() {
        assert_eq!(next(0, 64, 64, WINDOW / 20), None);
        assert_eq!(next(0, 65, 64, WINDOW - 1), Some(1));
        assert_eq!(next(0, 65, 64, WINDOW / 16), Some(5));
        assert_eq!(next(3, 65, 64, WINDOW / 16), Some(8));
        assert_eq!(next(19, 65, 64, 0), Some(RAREST));
    }

    #[test]
    fn many_but_not_too_many_stay_as_they_are() {
        for count in [9, 30, 64] {
            assert_eq!(next(5, count, 64, WINDOW), Some(5));
        }
    }

    #[test]
    fn after_a_burst_the_distance_is_what_it_was() {
        assert_eq!(next(5, 8, 64, WINDOW), Some(4));
        assert_eq!(next(9, 1, 64, WINDOW), Some(5));
        assert_eq!(next(9, 1, 64, 100 * WINDOW), Some(0));
        assert_eq!(next(0, 1, 64, u64::MAX), Some(0));
    }
}
