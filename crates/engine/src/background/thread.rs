//! The thread: it is started when much was freed, does rounds, and ends when nothing is left to do.
//!
//! | `STATE` | meaning |
//! |---|---|
//! | `NONE` | there is no thread, or it is about to be gone (`ALIVE` says which) |
//! | `SOME` | it does rounds, or is about to |
//!
//! Who makes `SOME` of `NONE` starts the thread; only the thread makes `NONE` of `SOME`.

use super::pressure::{Event, Sources};
use super::{rounds, settings};
use crate::base::atomic::{AtomicU32, Ordering};
use crate::base::epoch;
use crate::base::units::{UNIT, UnitIndex};
use crate::heap::decay::Decay;
use crate::heap::demand;
use crate::heap::registry::{self, PROCESS};
use crate::os;
use crate::span::WINDOW;
use crate::trim;
use core::ffi::c_void;
use core::sync::atomic::{AtomicU64, fence};

const NONE: u32 = 0;
const SOME: u32 = 1;

static STATE: AtomicU32 = AtomicU32::new(NONE);
/// Not 0 as long as the thread uses its memory; the system clears it.
static ALIVE: AtomicU32 = AtomicU32::new(0);
/// The unit with the thread's stack, kept for the next thread; 0: none yet.
static MEMORY: AtomicU32 = AtomicU32::new(0);
/// The thread sleeps on it between rounds; who changes it wakes the thread.
static ASLEEP: AtomicU32 = AtomicU32::new(0);
/// 1 while pressure is to be watched, which keeps the thread.
static PRESSURE: AtomicU32 = AtomicU32::new(0);
/// What became of watching: the outcome that `set_pressure` waits for.
static WATCHING: AtomicU32 = AtomicU32::new(UNDECIDED);
const UNDECIDED: u32 = 0;
const WATCHES: u32 = 1;
const NOTHING_TO_WATCH: u32 = 2;

/// When the ticks last passed, and when others did the thread's work, in nanoseconds.
static LAST: AtomicU64 = AtomicU64::new(0);
/// Held by whoever does the work in place of a thread that can't be made.
static IN_PLACE: AtomicU32 = AtomicU32::new(0);

/// A round's processor time is at most this part of the time until the next.
const SHARE: u64 = 50;
/// The longest time until the next round in any case, in milliseconds.
const LONGEST_PERIOD: u32 = 5_000;
/// Milliseconds between rounds while there is only pressure to watch.
const WATCHING_ONLY: u32 = 2000;

/// Looks at a thread that is on its way out, 50 µs apart, before the next free may look again.
const PATIENCE: u32 = 20;

/// Puts the hooks in place.
pub fn install() {
    demand::register(attend, forked);
}

/// Much was freed: sees to it that somebody looks.
extern "C" fn attend() {
    if STATE.load(Ordering::Relaxed) == SOME {
        return;
    }
    let mut all_stays = true;
    registry::each_heap(|heap| all_stays &= heap.decay.get() == Decay::Never);
    if all_stays {
        demand::take();
        return;
    }
    for _ in 0..PATIENCE {
        match start() {
            Start::There => return,
            Start::Impossible => return work_in_place(),
            Start::NotYet => os::wait_briefly(&ALIVE, 1),
        }
    }
    demand::want();
}

/// In a forked child, which has no thread but the one that forked.
extern "C" fn forked() {
    let had = STATE.swap(NONE, Ordering::Relaxed) == SOME;
    ALIVE.store(0, Ordering::Relaxed);
    IN_PLACE.store(0, Ordering::Relaxed);
    if had {
        demand::want();
    }
}

/// What became of [`start`].
enum Start {
    /// There is a thread, or somebody else sees to it.
    There,
    /// The one before is still on its way out.
    NotYet,
    /// None can be made.
    Impossible,
}

/// Starts the thread unless there is one.
fn start() -> Start {
    if STATE.compare_exchange(NONE, SOME, Ordering::AcqRel, Ordering::Relaxed).is_err() {
        return Start::There;
    }
    let start = if ALIVE.load(Ordering::Acquire) != 0 {
        Start::NotYet
    } else if memory().is_some_and(|memory| os::start_bare_thread(memory, &ALIVE, run)) {
        return Start::There;
    } else {
        Start::Impossible
    };
    STATE.store(NONE, Ordering::Release);
    start
}

fn memory() -> Option<usize> {
    let unit = match MEMORY.load(Ordering::Relaxed) {
        0 => {
            let unit = PROCESS.take_engine_unit()?;
            MEMORY.store(unit.0, Ordering::Relaxed);
            unit
        }
        unit => {
            let unit = UnitIndex(unit);
            // SAFETY: the last thread is gone, and the unit is for the next alone.
            unsafe { os::clear(WINDOW.address(unit), UNIT) };
            unit
        }
    };
    Some(WINDOW.address(unit))
}

extern "C" fn run(_: *mut c_void) -> i32 {
    os::introduce_bare_thread();
    let mut sources = None;
    let mut last = os::nanoseconds();
    let mut period = rounds::period();
    loop {
        watch(&mut sources);
        if rest(&mut sources, period) {
            trim::trim_all();
        }
        let now = os::nanoseconds();
        let left_over = epoch::advance(now.wrapping_sub(last));
        last = now.wrapping_sub(left_over);
        let worked = os::thread_nanoseconds();
        let found = rounds::round();
        let took = os::thread_nanoseconds().wrapping_sub(worked);
        let is_done = !found.young && !found.gave;
        period = rounds::period().max(if is_done { WATCHING_ONLY } else { 0 });
        // As long as the work itself is little of it.
        period = period.max((took / (1_000_000 / SHARE)) as u32).min(LONGEST_PERIOD);
        if is_done && PRESSURE.load(Ordering::Acquire) == 0 {
            // With the thread its descriptors go.
            WATCHING.store(UNDECIDED, Ordering::Release);
            STATE.store(NONE, Ordering::SeqCst);
            // Who freed much in between found a thread. If somebody has started another one by
            // now, or tries to, this one has to go.
            let again = demand::is_much() || PRESSURE.load(Ordering::SeqCst) != 0;
            let resumed = again
                && STATE.compare_exchange(NONE, SOME, Ordering::AcqRel, Ordering::Relaxed).is_ok();
            if !resumed {
                return 0;
            }
        }
    }
}

/// Opens or closes what is watched, as was asked.
fn watch(sources: &mut Option<Sources>) {
    if PRESSURE.load(Ordering::Acquire) == 0 {
        *sources = None;
        WATCHING.store(UNDECIDED, Ordering::Release);
        return;
    }
    if sources.is_none() {
        *sources = Sources::open(settings::kept);
    }
    if sources.is_none() {
        PRESSURE.store(0, Ordering::Release);
    }
    let outcome = if sources.is_some() { WATCHES } else { NOTHING_TO_WATCH };
    if WATCHING.swap(outcome, Ordering::AcqRel) == UNDECIDED {
        os::wake_all(&WATCHING);
    }
}

/// Sleeps until the next round. `true`: memory is scarce.
fn rest(sources: &mut Option<Sources>, milliseconds: u32) -> bool {
    let Some(open) = sources else {
        os::wait_at_most(&ASLEEP, ASLEEP.load(Ordering::Acquire), milliseconds);
        return false;
    };
    match open.wait(Some(milliseconds)) {
        Event::Pressure => true,
        Event::Timeout => false,
        Event::Gone => {
            // The process may have moved to another group: they are opened anew.
            *sources = None;
            false
        }
    }
}

/// Asks that pressure is watched from now on. `false`: there is no thread to do it.
pub fn ask_for_pressure() -> bool {
    PRESSURE.store(1, Ordering::SeqCst);
    // Pairs with that of the thread that ends: it sees this, or is seen to be gone.
    fence(Ordering::SeqCst);
    // What it came to before may have changed.
    let (before, now) = (NOTHING_TO_WATCH, UNDECIDED);
    let _ = WATCHING.compare_exchange(before, now, Ordering::AcqRel, Ordering::Relaxed);
    loop {
        match start() {
            Start::There => break,
            Start::Impossible => {
                PRESSURE.store(0, Ordering::Release);
                return false;
            }
            Start::NotYet => os::wait_briefly(&ALIVE, 1),
        }
    }
    // It may be asleep until its next round.
    ASLEEP.fetch_add(1, Ordering::Release);
    os::wake_all(&ASLEEP);
    true
}

/// Begins to give memory back whenever the system runs short of it, or ends that. `false`: there
/// is nothing to watch on this system, or no thread to do it.
pub fn set_pressure(on: bool) -> bool {
    if !on {
        PRESSURE.store(0, Ordering::Release);
        return true;
    }
    if !ask_for_pressure() {
        return false;
    }
    loop {
        match WATCHING.load(Ordering::Acquire) {
            // Who ends it, or finds nothing to watch, takes the wish back: nothing more comes of it.
            UNDECIDED if PRESSURE.load(Ordering::Acquire) != 0 => {
                os::wait_at_most(&WATCHING, UNDECIDED, 100);
            }
            outcome => return outcome == WATCHES,
        }
    }
}

/// Without a thread: a round by the thread that freed, if the last was long enough ago.
fn work_in_place() {
    let now = os::nanoseconds();
    let last = LAST.load(Ordering::Relaxed);
    if now.wrapping_sub(last) < u64::from(rounds::period()) * 1_000_000
        || IN_PLACE.swap(1, Ordering::Acquire) != 0
    {
        return;
    }
    let passed = if last == 0 { 0 } else { now.wrapping_sub(last) };
    let left_over = epoch::advance(passed);
    LAST.store(now.wrapping_sub(left_over), Ordering::Relaxed);
    if rounds::round().young {
        // There will be something to do at a later free.
        demand::want();
    }
    IN_PLACE.store(0, Ordering::Release);
}
