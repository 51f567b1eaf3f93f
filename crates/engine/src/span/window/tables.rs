//! The side tables' own memory.

use super::{HEADER_BYTES, MAP_BYTES, REMOTE_BYTES, WORD_BYTES, Window};
use crate::base::atomic::Ordering;
use crate::base::units::{UnitIndex, Units, round_down, round_up_length};
use crate::os;
use core::ops::Range;
use core::sync::atomic::AtomicUsize;

impl Window {
    /// Gives back the pages of the tables that are for units of a clean span alone, as far as the
    /// units are in `part`. Returns the bytes that were in memory.
    pub fn release_tables(&self, span: UnitIndex, length: Units, part: Range<u32>) -> usize {
        let end = span.0 + length.0;
        // The first unit's entry and header, and the last one's, say what the span is.
        let inner = part.start.max(span.0 + 1)..part.end.min(end - 1);
        let tables = [
            (&self.map, MAP_BYTES, &inner),
            (&self.headers, HEADER_BYTES, &inner),
            (&self.live, WORD_BYTES, &part),
            (&self.remote, REMOTE_BYTES, &part),
        ];
        let mut released = 0;
        for (table, bytes_per_unit, units) in tables {
            let table = table.load(Ordering::Relaxed);
            let page = os::page_size();
            let start = round_up_length(table + units.start as usize * bytes_per_unit, page);
            let stop = round_down(table + units.end as usize * bytes_per_unit, page);
            if start < stop {
                let resident = os::resident_bytes(start, stop - start);
                if resident > 0 && os::decommit(start, stop - start) {
                    released += resident;
                }
            }
        }
        released
    }

    /// Bytes of the tables that are in memory, for the units below `end`.
    pub fn resident_tables(&self, end: Units) -> usize {
        let tables = [
            (&self.map, MAP_BYTES),
            (&self.headers, HEADER_BYTES),
            (&self.live, WORD_BYTES),
            (&self.remote, REMOTE_BYTES),
        ];
        let page = os::page_size();
        let resident = |(table, bytes_per_unit): &(&AtomicUsize, usize)| {
            let bytes = round_up_length(end.0 as usize * bytes_per_unit, page);
            os::resident_bytes(table.load(Ordering::Relaxed), bytes)
        };
        tables.iter().map(resident).sum()
    }
}
