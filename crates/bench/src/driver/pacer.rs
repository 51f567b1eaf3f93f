//! A thread that allocates and frees all the time and looks at the clock after each pair: a gap
//! between two looks is how long it was held up.
//!
//! On a machine that others use too, most long gaps come from the scheduler. The kernel counts how
//! often a thread was made to wait for a processor though it could run; a gap in which that count
//! rose is kept apart. Waiting for a lock or for the memory map does not count there.

use std::mem::MaybeUninit;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::workload::block::{Block, free_slot};
use crate::workload::random::Random;
use crate::workload::table::{Table, Zeroed};
use crate::workload::threads::Work;

use super::sizes::Sizes;

/// Shorter gaps are not kept, in nanoseconds.
const SHORTEST: u64 = 5_000;
/// Live blocks of the thread.
const BLOCKS: usize = 64;
/// Gaps that are kept at most; a thread that is held up more often than that stops early.
const MOST: usize = 1 << 20;

/// A time in which the thread made no progress, in nanoseconds.
#[derive(Clone, Copy, Debug)]
pub struct Gap {
    start: u64,
    length: u64,
    /// Not zero: others got the processor in that time.
    interrupted: u64,
}

// SAFETY: three numbers.
unsafe impl Zeroed for Gap {}

/// The thread.
pub struct Pacer {
    over: &'static AtomicBool,
    slots: &'static mut [Option<Block>],
    gaps: Table<Gap>,
    count: usize,
}

/// The longest gaps in a time, in seconds.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Longest {
    /// Of all.
    pub any: f64,
    /// Of those in which no other got the processor.
    pub own: f64,
}

impl Pacer {
    /// A thread that runs until `over`.
    pub fn new(over: &'static AtomicBool) -> Self {
        Self { over, slots: Table::apart(BLOCKS).leak(), gaps: Table::apart(MOST), count: 0 }
    }

    /// The longest gaps that overlap with a time.
    pub fn longest(&self, from: u64, to: u64) -> Longest {
        longest(self.gaps.iter().take(self.count), from, to)
    }
}

fn longest<'a>(gaps: impl Iterator<Item = &'a Gap>, from: u64, to: u64) -> Longest {
    let mut longest = Longest::default();
    for gap in gaps.filter(|gap| gap.start < to && gap.start + gap.length > from) {
        let seconds = gap.length as f64 / 1e9;
        longest.any = longest.any.max(seconds);
        if gap.interrupted == 0 {
            longest.own = longest.own.max(seconds);
        }
    }
    longest
}

impl Work for Pacer {
    fn run(&'static mut self) {
        let mut random = Random::new(11);
        let mut interruptions = times_interrupted();
        let mut mark = 0u32;
        let mut last = now();
        while !self.over.load(Ordering::Relaxed) && self.count < MOST {
            let slot = &mut self.slots[random.below(BLOCKS as u32) as usize];
            free_slot(slot);
            *slot = Some(Block::new(Sizes::Mixed.draw(&mut random, 0, 0), mark));
            mark = mark.wrapping_add(1);
            let this = now();
            if this - last >= SHORTEST {
                let count = times_interrupted();
                self.gaps[self.count] =
                    Gap { start: last, length: this - last, interrupted: count - interruptions };
                self.count += 1;
                interruptions = count;
                last = now();
            } else {
                last = this;
            }
        }
        self.slots.iter_mut().for_each(free_slot);
    }
}

/// Nanoseconds on a clock that never goes back.
pub fn now() -> u64 {
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: `time` is live for the call, and the clock exists.
    unsafe { libc::clock_gettime(libc::CLOCK_MONOTONIC, &mut time) };
    time.tv_sec as u64 * 1_000_000_000 + time.tv_nsec as u64
}

/// How often this thread had to give up its processor though it could run.
fn times_interrupted() -> u64 {
    let mut usage = MaybeUninit::<libc::rusage>::zeroed();
    // SAFETY: `usage` is live for the call; zero is valid for its plain numbers.
    unsafe {
        libc::getrusage(libc::RUSAGE_THREAD, usage.as_mut_ptr());
        usage.assume_init().ru_nivcsw as u64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_gap_of_a_time_is_found_with_and_without_the_scheduler() {
        let gap = |start, length, interrupted| Gap { start, length, interrupted };
        let gaps = [gap(0, 900, 0), gap(1_000, 50, 0), gap(2_000, 300, 1), gap(2_900, 200, 0)];
        let found = longest(gaps.iter(), 1_000, 3_000);
        assert_eq!(found, Longest { any: 300e-9, own: 200e-9 });
        assert_eq!(longest(gaps.iter(), 10_000, 20_000), Longest::default());
    }

    #[test]
    fn the_clock_goes_on() {
        let first = now();
        std::thread::sleep(std::time::Duration::from_millis(2));
        assert!(now() - first >= 2_000_000);
    }
}
