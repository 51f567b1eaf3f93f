//! Giving back the side tables of units that are free and clean: nothing is in them but zeros, and
//! what their ends say of the span.

use super::map::{self, Use};
use super::pool::{POOL, Pool};
use super::window::WINDOW;
use crate::base::units::{UnitIndex, Units};

/// Units whose tables are given back in one go, with the pool locked: about 2 MiB of tables, and a
/// tenth of a millisecond. A multiple of the units that one page of the unit map describes.
const CHUNK: u32 = 2048;
/// Units of the map looked at with the pool locked.
const LOOKED_AT: u32 = 4096;
/// Shorter spans have no page of a table to themselves.
const SHORTEST: Units = Units(8);

/// Gives back what it can. Returns the bytes.
pub fn release_tables() -> usize {
    let mut released = 0;
    let mut place = Place { span: UnitIndex(1), at: UnitIndex(1) };
    loop {
        let mut pool = POOL.lock();
        let Some(next) = pool.release_some(place, &mut released) else {
            pool.count_returned(released);
            return released;
        };
        place = next;
    }
}

/// How far a round has come.
#[derive(Clone, Copy)]
struct Place {
    /// The clean span it is in, or a unit to look at next.
    span: UnitIndex,
    /// The unit in there.
    at: UnitIndex,
}

impl Pool {
    fn release_some(&mut self, place: Place, released: &mut usize) -> Option<Place> {
        let frontier = self.ever_used().0;
        let (mut span, mut at) = (place.span.0, place.at.0);
        let stop = span.saturating_add(LOOKED_AT);
        while span < frontier && span < stop {
            let length = match clean_span(UnitIndex(span), frontier) {
                Some(length) if length >= SHORTEST => length,
                _ => {
                    // Free spans came and went meanwhile; this one may have changed too.
                    span = at.max(span) + 1;
                    at = span;
                    continue;
                }
            };
            let end = span + length.0;
            if at == span {
                WINDOW.allow_huge(UnitIndex(span), length);
            }
            let chunk = end.min((at / CHUNK + 1) * CHUNK);
            *released += WINDOW.release_tables(UnitIndex(span), length, at..chunk);
            let (span, at) = if chunk < end { (span, chunk) } else { (end, end) };
            return Some(Place { span: UnitIndex(span), at: UnitIndex(at) });
        }
        (span < frontier).then_some(Place { span: UnitIndex(span), at: UnitIndex(span) })
    }
}

/// The length of the clean span that starts at `unit`, if one does.
fn clean_span(unit: UnitIndex, frontier: u32) -> Option<Units> {
    let is_clean = |unit| map::entry(unit).usage() == Use::FreeClean;
    if !is_clean(unit) {
        return None;
    }
    // It may be the last unit of a span as well.
    let length = WINDOW.header(unit).units.get();
    let end = unit.0.checked_add(length.0).filter(|&end| end <= frontier && end > unit.0)?;
    let last = UnitIndex(end).before();
    (is_clean(last) && WINDOW.header(last).first.get() == unit).then_some(length)
}
