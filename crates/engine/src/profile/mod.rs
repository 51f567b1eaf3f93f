//! Sampling: which code has taken memory. Layout and use: [`heapmin_directory::profile`].
//!
//! | module | |
//! |---|---|
//! | `draw` | which allocation is the next sample |
//! | `rarity` | how many bytes samples are apart |
//! | `ring` | where samples and frees are kept for a reader |
//! | `stack` | the calling thread's registers and stack |
//!
//! The stack is copied as it is: finding the functions in it takes a hundred times as long, and is
//! the reader's work.

mod draw;
mod rarity;
mod ring;
mod stack;

use crate::os;
use core::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use heapmin_directory::profile::ProfileState;

pub use rarity::Rarity;
pub use stack::set_end_of_stack;

/// What readers look at.
pub static STATE: ProfileState = ProfileState::new();

/// Nanoseconds without a reader after which sampling ends that was asked for from outside.
const FORSAKEN: u64 = 10_000_000_000;

static WAS_ON: AtomicBool = AtomicBool::new(false);
/// Whether sampling ends when there is no reader, and in a forked child.
static WATCHED: AtomicBool = AtomicBool::new(false);
static ENDS_IN_CHILD: AtomicBool = AtomicBool::new(false);
/// The heartbeat that was last seen to be new, and when.
static BEAT: AtomicU64 = AtomicU64::new(0);
static BEAT_TIME: AtomicU64 = AtomicU64::new(0);

/// Smallest rate: each sample takes some microseconds.
pub const SMALLEST_RATE: u64 = 1024;
/// Largest rate: above, nothing would ever be a sample.
pub const LARGEST_RATE: u64 = 1 << 40;

/// Whether allocations are sampled.
#[inline(always)]
pub fn is_on() -> bool {
    STATE.rate.load(Ordering::Relaxed) != 0
}

/// Whether allocations were ever sampled, so that there may be marks.
#[inline(always)]
pub fn was_on() -> bool {
    WAS_ON.load(Ordering::Relaxed)
}

/// How long sampling lasts: what becomes of it in a forked child, and without a reader.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lasting {
    /// A child samples too, whether anybody reads or not.
    Inherited,
    /// A child doesn't.
    Ended,
    /// A child doesn't; and without a reader it ends in the process itself.
    EndedAndForsaken,
}

/// Samples allocations so many bytes apart on average from now on, or not any more with 0. `false`: no
/// memory for the samples.
pub fn set_rate(bytes: u64, lasts: Lasting) -> bool {
    if bytes == 0 {
        STATE.rate.store(0, Ordering::Relaxed);
        return true;
    }
    if !ring::make() {
        return false;
    }
    draw::seed();
    let now = os::nanoseconds();
    rarity::begin(now);
    BEAT.store(STATE.heartbeat.load(Ordering::Relaxed), Ordering::Relaxed);
    BEAT_TIME.store(now, Ordering::Relaxed);
    WATCHED.store(lasts == Lasting::EndedAndForsaken, Ordering::Relaxed);
    ENDS_IN_CHILD.store(lasts != Lasting::Inherited, Ordering::Relaxed);
    WAS_ON.store(true, Ordering::Release);
    STATE.rate.store(bytes.clamp(SMALLEST_RATE, LARGEST_RATE), Ordering::Release);
    true
}

/// In a forked child.
pub fn forked() {
    if ENDS_IN_CHILD.load(Ordering::Relaxed) {
        STATE.rate.store(0, Ordering::Relaxed);
    }
}

/// How rare samples are now, if allocations are sampled.
pub fn rarity() -> Option<Rarity> {
    let rate = STATE.rate.load(Ordering::Relaxed);
    (rate != 0).then(Rarity::now)
}

/// Whether an allocation of `size` bytes, of which each is decided about by itself, is a sample.
pub fn choose(size: usize) -> Option<Rarity> {
    rarity().filter(|rarity| rarity.chooses(size))
}

/// Notes a sample: a block of `size` bytes, which was just allocated. Returns its number; 0: it could
/// not be noted.
pub fn note(heap: u32, address: usize, size: usize, rarity: Rarity) -> u32 {
    if !is_on() {
        return 0;
    }
    let now = os::nanoseconds();
    if is_forsaken(now) {
        STATE.rate.store(0, Ordering::Relaxed);
        return 0;
    }
    rarity::adapt(now);
    ring::add(|sample| {
        sample.time = now;
        sample.address = address as u64;
        sample.size = size as u64;
        sample.weight = rarity.weight(size);
        sample.heap = heap;
        sample.thread = os::thread_id();
    })
}

/// Notes that a sampled block was freed.
pub fn note_free(id: u32) {
    ring::add_free(id, os::nanoseconds());
}

/// Whether nobody reads what was asked for from outside.
fn is_forsaken(now: u64) -> bool {
    if !WATCHED.load(Ordering::Relaxed) {
        return false;
    }
    let beat = STATE.heartbeat.load(Ordering::Relaxed);
    if BEAT.swap(beat, Ordering::Relaxed) != beat {
        BEAT_TIME.store(now, Ordering::Relaxed);
    }
    now.wrapping_sub(BEAT_TIME.load(Ordering::Relaxed)) > FORSAKEN
}
