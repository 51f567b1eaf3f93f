//! The engine's clock for ages: coarse ticks that pass only while somebody looks after old memory.
//!
//! Slow paths note the epoch in the spans they touch, which costs a load and a store. The thread
//! that gives old memory back (`background`) lets the ticks pass. While there is no such thread
//! nothing ages, and nothing waits to be given back either, or it would have been started.

use core::sync::atomic::{AtomicUsize, Ordering};

/// log2 of the nanoseconds in a tick: 33.6 ms, a small part of the shortest useful decay time.
const TICK_SHIFT: u32 = 25;
/// Longer than any program waits, and far from where the order of epochs turns over.
const LONGEST: u32 = 1 << 30;

/// Ticks that have passed.
static PASSED: AtomicUsize = AtomicUsize::new(0);

/// A moment, or an age, in ticks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(transparent)]
pub struct Epoch(pub u32);

impl Epoch {
    /// This moment.
    #[inline(always)]
    pub fn now() -> Self {
        // 0 stays free for those who need a moment that wasn't.
        Self((PASSED.load(Ordering::Relaxed) as u32).wrapping_add(1))
    }

    /// The moment so many ticks later.
    pub const fn after(self, ticks: u32) -> Self {
        Self(self.0.wrapping_add(if ticks > LONGEST { LONGEST } else { ticks }))
    }

    /// A moment that doesn't come.
    pub const fn never(self) -> Self {
        self.after(LONGEST)
    }

    /// Whether this moment doesn't come.
    pub fn is_never(self) -> bool {
        let wait = self.0.wrapping_sub(Self::now().0);
        wait > LONGEST / 2 && wait <= LONGEST
    }

    /// Whether this moment has come.
    pub fn has_come(self) -> bool {
        Self::now().0.wrapping_sub(self.0) <= LONGEST
    }
}

/// The ticks in so many milliseconds, at least 1.
pub const fn ticks(milliseconds: u32) -> u32 {
    let ticks = (milliseconds as u64 * 1_000_000) >> TICK_SHIFT;
    if ticks == 0 { 1 } else { ticks as u32 }
}

/// Lets the ticks in so many nanoseconds pass. Returns the nanoseconds that are left over.
pub fn advance(nanoseconds: u64) -> u64 {
    let ticks = (nanoseconds >> TICK_SHIFT) as usize;
    PASSED.fetch_add(ticks, Ordering::Relaxed);
    nanoseconds & ((1 << TICK_SHIFT) - 1)
}
