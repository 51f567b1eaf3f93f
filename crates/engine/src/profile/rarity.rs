//! How many bytes samples are apart: as many as was asked for, or more where a program allocates so
//! fast that sampling would slow it down. Each sample says what it stands for, so sums stay right.

use super::{STATE, draw};
use crate::base::atomic::Ordering;
use core::sync::atomic::{AtomicU32, AtomicU64};

/// How often a process looks whether samples are too many, in nanoseconds.
const WINDOW: u64 = 100_000_000;
/// Samples in that time which are too many, at the usual rate: each takes about 3 µs, so these take
/// 0.8 % of one processor. Who asks for samples that are closer gets more.
const TOO_MANY: u64 = 256;
/// How many times as many who asks for closer ones gets at most: more, and the ring would be overrun.
const MOST_MORE: u64 = 4;
/// Samples in that time that are few.
const FEW: u64 = TOO_MANY / 8;
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
pub fn begin() {
    DOUBLINGS.store(0, Ordering::Relaxed);
    COUNT.store(0, Ordering::Relaxed);
    SINCE.store(0, Ordering::Relaxed);
}

/// Counts a sample, and makes the next ones rarer if there are too many.
pub fn adapt(now: u64) {
    let rate = STATE.rate.load(Ordering::Relaxed).clamp(1, USUAL_RATE);
    let closer = USUAL_RATE.checked_div(rate).unwrap_or(1).min(MOST_MORE);
    let count = COUNT.fetch_add(1, Ordering::Relaxed) + 1;
    let doublings = DOUBLINGS.load(Ordering::Relaxed);
    let is_over = now.wrapping_sub(SINCE.load(Ordering::Relaxed)) >= WINDOW;
    let next = match (is_over, count > TOO_MANY * closer) {
        (false, false) => return,
        (_, true) => doublings.saturating_add(1).min(RAREST),
        (true, false) if count < FEW * closer => doublings.saturating_sub(1),
        (true, false) => doublings,
    };
    DOUBLINGS.store(next, Ordering::Relaxed);
    COUNT.store(0, Ordering::Relaxed);
    SINCE.store(now, Ordering::Relaxed);
}
