//! Giving the memory of free spans back, piece by piece, without keeping the pool locked meanwhile.

use super::map::{self, Use};
use super::pool::{POOL, Pool};
use super::window::{REGION, WINDOW};
use crate::base::epoch::Epoch;
use crate::base::units::{UNIT, UnitIndex, Units};
use crate::os;
use crate::os::lock::Lock;

/// Largest piece: giving it back takes the system about half a millisecond, and that long another
/// thread may have to do without it.
const LARGEST_PIECE: Units = Units((8 << 20) / UNIT as u32);
/// Units of the map looked at with the pool locked: some microseconds.
const LOOKED_AT: u32 = 4096;
/// Held while a piece is neither in the pool nor in use. So `fork` waits for its way back.
pub static PURGE: Lock<()> = Lock::new(());

/// Which spans go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Age {
    /// All.
    Any,
    /// Those whose time has come.
    Due,
}

impl Age {
    /// The part of a huge page, as its reciprocal, that has to be free for breaking it up: a quarter
    /// when memory is asked for, a half when it goes by itself, which is to cost nothing.
    pub const fn breaking_share(self) -> usize {
        match self {
            Self::Any => 4,
            Self::Due => 2,
        }
    }
}

/// What a purge did.
#[derive(Clone, Copy, Debug, Default)]
pub struct Purged {
    /// Bytes of memory given back.
    pub bytes: usize,
    /// Spans that were left because their time hasn't come.
    pub young: bool,
}

/// Gives back the memory of free spans; stops when at most `kept` units are left.
pub fn purge(age: Age, kept: u64) -> Purged {
    let mut purged = Purged::default();
    let mut at = UnitIndex(1);
    loop {
        let _purging = PURGE.lock();
        let found = POOL.lock().next_piece(at, age, kept, &mut purged.young);
        let (unit, length, due) = match found {
            Found::Piece { unit, length, due } => (unit, length, due),
            Found::Nothing { next } => {
                at = next;
                continue;
            }
            Found::End => return purged,
        };
        let (start, bytes) = (WINDOW.address(unit), length.bytes());
        let resident = os::resident_bytes(start, bytes);
        if length.0 < REGION {
            WINDOW.keep_small(unit);
        }
        let clean = os::decommit(start, bytes);
        let mut pool = POOL.lock();
        if clean {
            pool.count_returned(resident);
            purged.bytes += resident;
            pool.give(unit, length, true);
        } else {
            pool.give_dirty(unit, length, due);
        }
        at = unit.after(length);
    }
}

enum Found {
    /// Taken out of the pool.
    Piece { unit: UnitIndex, length: Units, due: Epoch },
    /// None up to here.
    Nothing { next: UnitIndex },
    /// None any more.
    End,
}

impl Pool {
    fn next_piece(&mut self, from: UnitIndex, age: Age, kept: u64, young: &mut bool) -> Found {
        let end = self.ever_used().0;
        let mut at = from.0;
        if self.free_units().0 <= kept {
            return Found::End;
        }
        let stop = end.min(at.saturating_add(LOOKED_AT));
        while at < stop {
            let unit = UnitIndex(at);
            if !is_head(unit) {
                at += 1;
                continue;
            }
            let header = WINDOW.header(unit);
            let due = header.epoch.get();
            let whole = header.units.get();
            if age == Age::Due && !due.has_come() {
                *young |= !due.is_never();
                at += whole.0;
                continue;
            }
            let first = first_piece(unit, whole);
            if !spoils_huge_page(unit, first, end, age) {
                let piece = self.split(unit, first, false).unit;
                return Found::Piece { unit: piece, length: first, due };
            }
            let rest = Units(whole.0 - first.0);
            if rest.0 == 0 {
                at += whole.0;
                continue;
            }
            // The first part stays dirty, and apart from the rest once that is clean.
            self.split(unit, first, false);
            let next = unit.after(first);
            let length = first_piece(next, rest);
            let spoils = spoils_huge_page(next, length, end, age);
            self.split(next, length, false);
            self.insert_due(unit, first, false, due);
            if !spoils {
                return Found::Piece { unit: next, length, due };
            }
            self.insert_due(next, length, false, due);
            at += whole.0;
        }
        if stop < end { Found::Nothing { next: UnitIndex(at) } } else { Found::End }
    }
}

/// Whether a dirty span starts at this unit. All of its units are marked, and two of them are
/// never side by side (P2).
fn is_head(unit: UnitIndex) -> bool {
    let is_dirty = |unit| map::entry(unit).usage() == Use::FreeDirty;
    is_dirty(unit) && !is_dirty(unit.before())
}

/// Units from the start of a span that go together: up to a huge page's border, or whole ones.
fn first_piece(unit: UnitIndex, whole: Units) -> Units {
    let before = unit.0 % REGION;
    let length = if before != 0 {
        REGION - before
    } else if whole.0 >= REGION {
        LARGEST_PIECE.0.min(whole.0 / REGION * REGION)
    } else {
        whole.0
    };
    Units(length.min(whole.0))
}

/// Whether giving back a piece would break up a huge page that is mostly in use.
fn spoils_huge_page(unit: UnitIndex, piece: Units, end: u32, age: Age) -> bool {
    let region = UnitIndex(unit.0 / REGION * REGION);
    if piece.0 >= REGION || region.0 + REGION > end || !WINDOW.may_be_huge(region) {
        return false;
    }
    let mut free = 0;
    for at in region.0..region.0 + REGION {
        match map::entry(UnitIndex(at)).usage() {
            Use::FreeDirty => free += 1,
            // Given back before, so it is broken up already.
            Use::FreeClean | Use::Unused if at != 0 => return false,
            _ => {}
        }
    }
    let bytes = os::HUGE_PAGE;
    free * (age.breaking_share() as u32) < REGION
        && os::resident_bytes(WINDOW.address(region), bytes) == bytes
}
