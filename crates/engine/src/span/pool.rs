//! The pool of free spans, one for the process, behind one lock.
//!
//! Free spans are of two kinds that are never merged with each other: *dirty* ones may hold old
//! data in resident pages, *clean* ones read as zero and take no memory. So what is known about
//! zero bytes is exact, and dirty memory is used again before clean memory is touched.
//!
//! P1  the units below `frontier` are each in exactly one span, in use or free
//! P2  `map` says `FreeClean` at both ends of every clean span and `FreeDirty` for each unit of every
//!     dirty one, and nowhere else
use super::bins::{Bins, LONGEST};
use super::map::{self, Use};
use super::window::WINDOW;
use crate::base::epoch::Epoch;
use crate::base::units::{UNIT, UnitIndex, Units, round_up_length};
use crate::os;
use crate::os::lock::Lock;
use core::mem::offset_of;

/// First step of committing: more than a small program needs, and untouched pages cost nothing.
const SMALLEST_STEP: u32 = (4 << 20) / UNIT as u32;
/// Largest step: under strict overcommit a committed step counts, used or not.
const LARGEST_STEP: u32 = (64 << 20) / UNIT as u32;
/// Shortest spans that dirty and clean ones are joined for: short dirty ones are never scarce.
const JOINED_FROM: u32 = 4;
/// Spans tried for that, the longest first.
const JOINS_TRIED: u32 = 8;

/// The process's pool.
pub static POOL: Lock<Pool> = Lock::new(Pool::new());

/// Free spans and the frontier.
pub struct Pool {
    dirty: Bins,
    clean: Bins,
    /// Units from here on were never used; 0 while the window isn't open.
    frontier: u32,
    /// Bytes given back to the OS so far.
    returned_bytes: u64,
}

/// A span taken from the pool.
#[derive(Clone, Copy)]
pub struct Taken {
    /// Its first unit.
    pub unit: UnitIndex,
    /// Whether it reads as zero.
    pub zero: bool,
}

// SAFETY: the pool holds only numbers; the headers it reaches belong to whoever holds its lock.
unsafe impl Send for Pool {}

impl Pool {
    /// Where in it readers find the count of bytes given back.
    pub const RETURNED_BYTES: usize = offset_of!(Self, returned_bytes);
    /// Where in it readers find the frontier.
    pub const FRONTIER: usize = offset_of!(Self, frontier);

    const fn new() -> Self {
        Self { dirty: Bins::new(), clean: Bins::new(), frontier: 0, returned_bytes: 0 }
    }

    /// Bytes given back to the OS so far.
    pub fn returned_bytes(&self) -> u64 {
        self.returned_bytes
    }

    /// Adds to the count of bytes given back.
    pub fn count_returned(&mut self, bytes: usize) {
        self.returned_bytes += bytes as u64;
    }

    /// Units below the frontier: used at least once.
    pub fn ever_used(&self) -> Units {
        Units(self.frontier)
    }

    /// Bytes of free dirty spans.
    pub fn dirty_bytes(&self) -> usize {
        self.dirty.units() as usize * UNIT
    }

    /// Units in free spans, dirty and clean.
    pub fn free_units(&self) -> (u64, u64) {
        (self.dirty.units(), self.clean.units())
    }

    /// Takes a span of `length` units whose address is a multiple of `align` bytes (a power of
    /// two). The caller sets the map. `None`: out of memory.
    pub fn take(&mut self, length: Units, align: usize) -> Option<Taken> {
        if length > LONGEST {
            return None;
        }
        if align <= UNIT {
            return self.take_anywhere(length).or_else(|| self.take_after_purge(length));
        }
        let slack = Units::covering(align)?;
        let padded = Units(length.0.checked_add(slack.0).filter(|&sum| sum <= LONGEST.0)?);
        let taken = self.take_anywhere(padded).or_else(|| self.take_after_purge(padded))?;
        let address = WINDOW.address(taken.unit);
        let before = (round_up_length(address, align) - address) / UNIT;
        let before = Units(before as u32);
        let unit = taken.unit.after(before);
        let after = Units(slack.0 - before.0);
        self.give(taken.unit, before, taken.zero);
        self.give(unit.after(length), after, taken.zero);
        Some(Taken { unit, zero: taken.zero })
    }

    fn take_anywhere(&mut self, length: Units) -> Option<Taken> {
        if let Some(span) = self.dirty.find(length) {
            return Some(self.split(span, length, false));
        }
        if let Some(span) = self.join_dirty(length) {
            return Some(self.split(span, length, false));
        }
        if let Some(span) = self.clean.find(length) {
            return Some(self.split(span, length, true));
        }
        self.advance(length).map(|unit| Taken { unit, zero: true })
    }

    /// A dirty span that is long enough together with the clean one, or the never used units,
    /// after it: joined, it counts as dirty. So resident memory is used before other is touched.
    fn join_dirty(&mut self, length: Units) -> Option<UnitIndex> {
        if length.0 < JOINED_FROM {
            return None;
        }
        let mut span = self.dirty.longest()?;
        for _ in 0..JOINS_TRIED {
            let own = WINDOW.header(span).units.get();
            let end = span.after(own);
            let more = Units(length.0.saturating_sub(own.0));
            if let Some(joined) = self.extend_into_clean(end, more) {
                self.insert(end, joined, false);
                return Some(span);
            }
            span = WINDOW.header(span).next.get();
            if span.is_none() {
                break;
            }
        }
        None
    }

    /// Takes `more` units at `next` if they are clean and free or never used. Returns how many
    /// were taken: the whole clean span, or just what is asked for at the frontier.
    fn extend_into_clean(&mut self, next: UnitIndex, more: Units) -> Option<Units> {
        if next.0 == self.frontier {
            return self.advance(more).map(|_| more);
        }
        if map::entry(next).usage() != Use::FreeClean || WINDOW.header(next).units.get() < more {
            return None;
        }
        let whole = WINDOW.header(next).units.get();
        self.split(next, whole, true);
        Some(whole)
    }

    /// Takes the first `length` units of a free span. The rest stays as it is, in the map too, so
    /// that a piece of a long span costs no more than one of a short.
    pub(super) fn split(&mut self, span: UnitIndex, length: Units, zero: bool) -> Taken {
        let due = WINDOW.header(span).epoch.get();
        let bins = if zero { &mut self.clean } else { &mut self.dirty };
        let whole = bins.remove(span);
        let rest = Units(whole.0 - length.0);
        let after = span.after(length);
        if rest.0 > 0 {
            WINDOW.header(after).epoch.set(due);
            bins.insert(after, rest);
        }
        if zero {
            map::set(span, Use::Unused);
            map::set(after.before(), Use::Unused);
            if rest.0 > 0 {
                map::set(after, Use::FreeClean);
            }
        } else {
            map::set_all(span, length, Use::Unused);
        }
        Taken { unit: span, zero }
    }

    /// When nothing is long enough: dirty neighbours of clean spans may be, once they are clean.
    #[cold]
    fn take_after_purge(&mut self, length: Units) -> Option<Taken> {
        if self.dirty.units() == 0 {
            return None;
        }
        self.purge_at_once();
        self.take_anywhere(length)
    }

    /// Opens the window, if that wasn't done before, and commits its first units. `None`: there is
    /// no address space for it.
    pub fn open(&mut self) -> Option<()> {
        if WINDOW.committed().0 == 0 {
            let unit = self.take(Units(1), UNIT)?.unit;
            self.give(unit, Units(1), true);
        }
        Some(())
    }

    /// Takes units at the frontier.
    fn advance(&mut self, length: Units) -> Option<UnitIndex> {
        if self.frontier == 0 {
            if !WINDOW.open() {
                return None;
            }
            // Unit 0 stays unused: 0 means "none".
            self.frontier = 1;
        }
        let end = self.frontier.checked_add(length.0)?;
        let capacity = WINDOW.capacity().0;
        let committed = WINDOW.committed().0;
        if end > capacity {
            return None;
        }
        if end > committed {
            let step = (committed / 4).clamp(SMALLEST_STEP, LARGEST_STEP);
            let generous = end.max(committed.saturating_add(step)).min(capacity);
            if !WINDOW.commit_to(Units(generous)) && !WINDOW.commit_to(Units(end)) {
                return None;
            }
        }
        let unit = UnitIndex(self.frontier);
        self.frontier = end;
        Some(unit)
    }

    /// Lengthens the span in use that ends before `next` by `more` units, if those are free.
    /// `Some(zero)`: done, and whether the new part reads as zero.
    pub fn extend(&mut self, next: UnitIndex, more: Units) -> Option<bool> {
        if next.0 == self.frontier {
            return self.advance(more).map(|_| true);
        }
        let zero = match map::entry(next).usage() {
            Use::FreeClean => true,
            Use::FreeDirty => false,
            _ => return None,
        };
        if WINDOW.header(next).units.get() < more {
            return None;
        }
        Some(self.split(next, more, zero).zero)
    }

    /// Gives back a span that the caller's map entries no longer claim; `zero`: it reads as zero.
    pub fn give(&mut self, unit: UnitIndex, length: Units, zero: bool) {
        if length.0 == 0 {
            return;
        }
        self.insert(unit, length, zero);
    }

    /// Gives back a span that may hold old data, which is kept until `due`.
    pub fn give_dirty(&mut self, unit: UnitIndex, length: Units, due: Epoch) {
        self.insert_due(unit, length, false, due);
    }

    /// Says anew when the dirty spans may be given back.
    pub fn set_due(&mut self, due: Epoch) {
        self.dirty.each(|span| WINDOW.header(span).epoch.set(due));
    }

    /// Gives the memory of all dirty spans back, longest first, in one go.
    fn purge_at_once(&mut self) {
        while let Some(span) = self.dirty.longest() {
            let length = WINDOW.header(span).units.get();
            if !os::decommit(WINDOW.address(span), length.bytes()) {
                break;
            }
            self.split(span, length, false);
            self.returned_bytes += length.bytes() as u64;
            self.insert(span, length, true);
        }
    }

    fn insert(&mut self, unit: UnitIndex, length: Units, zero: bool) {
        self.insert_due(unit, length, zero, Epoch::now());
    }

    /// Lists a free span, merged with free neighbours of its kind. Of dirty ones the longer says
    /// until when all of it is kept.
    pub(super) fn insert_due(&mut self, unit: UnitIndex, length: Units, zero: bool, due: Epoch) {
        if length.0 == 0 {
            return;
        }
        let (kind, bins) = if zero {
            (Use::FreeClean, &mut self.clean)
        } else {
            map::set_all(unit, length, Use::FreeDirty);
            (Use::FreeDirty, &mut self.dirty)
        };
        let (mut start, mut total) = (unit, length);
        let (mut longest, mut epoch) = (length, due);
        let next = unit.after(length);
        if next.0 < self.frontier && map::entry(next).usage() == kind {
            let more = bins.remove(next);
            total.0 += more.0;
            if more > longest {
                (longest, epoch) = (more, WINDOW.header(next).epoch.get());
            }
            if zero {
                map::set(next, Use::Unused);
            }
        }
        let before = unit.before();
        if !before.is_none() && map::entry(before).usage() == kind {
            if zero {
                map::set(before, Use::Unused);
            }
            start = WINDOW.header(before).first.get();
            let more = bins.remove(start);
            total.0 += more.0;
            if more > longest {
                epoch = WINDOW.header(start).epoch.get();
            }
        }
        if zero {
            map::set(start, kind);
            map::set(start.after(total).before(), kind);
        }
        WINDOW.header(start).epoch.set(epoch);
        bins.insert(start, total);
    }
}
