//! The spans of all heaps, each heap's in the order of its list.
//!
//! The headers are read a chunk of units at a time while the process goes on, so a list may be torn:
//! what is in no list then comes behind, by address.

use crate::heaps::HeapRecord;
use crate::memory::Fault;
use crate::tables::chunk::Chunk;
use crate::tables::{Kind, Tables};
use std::collections::HashMap;

/// What is known of a unit where a span starts.
#[derive(Clone, Copy, Debug, Default)]
struct Span {
    /// Its heap's number.
    heap: u32,
    /// The heap's next span.
    next: u32,
    /// Its units, as its header says.
    units: u32,
    /// Not a slab, but a large block.
    large: bool,
    /// There is one.
    used: bool,
    /// It was shown already.
    seen: bool,
}

/// See the module.
#[derive(Debug)]
pub(crate) struct Spans {
    /// By unit.
    spans: Vec<Span>,
    /// The units of each heap's, by address.
    units: HashMap<u32, Vec<u32>>,
}

impl Spans {
    /// Reads them.
    pub fn read(tables: &Tables<'_>) -> Result<Self, Fault> {
        let mut all = Self { spans: Vec::new(), units: HashMap::new() };
        let mut chunk = Chunk::default();
        while (all.spans.len() as u32) < tables.end() {
            tables.read_chunk(all.spans.len() as u32, &mut chunk)?;
            if chunk.units().is_empty() {
                break;
            }
            for unit in chunk.units() {
                let kind = tables.kind(chunk.entry(unit));
                let large = kind == Kind::LargeHead;
                let used = large || matches!(kind, Kind::Slab { .. });
                let mut span = Span { large, used, ..Span::default() };
                if used {
                    let header = tables.header_in(&chunk, unit);
                    (span.heap, span.next, span.units) =
                        (header.heap, header.heap_next, header.units);
                    all.units.entry(span.heap).or_default().push(unit);
                }
                all.spans.push(span);
            }
        }
        Ok(all)
    }

    /// The spans of a heap, each once.
    pub fn of(&mut self, heap: &HeapRecord) -> Vec<u32> {
        let units = self.units.get(&heap.number).map_or(&[][..], Vec::as_slice);
        let mut order = Vec::with_capacity(units.len());
        let mut at = heap.first_span;
        while let Some(span) = self.spans.get_mut(at as usize)
            && span.used
            && span.heap == heap.number
            && !span.seen
        {
            span.seen = true;
            order.push(at);
            at = span.next;
        }
        if order.len() < units.len() {
            for &unit in units {
                let Some(span) = self.spans.get_mut(unit as usize) else { continue };
                if !std::mem::replace(&mut span.seen, true) {
                    order.push(unit);
                }
            }
        }
        order
    }

    /// Follows a heap's list. `Err`: it leads astray, from one span (0: the heap's record) to another.
    /// `Ok`: the units that it takes.
    pub fn follow(&self, heap: &HeapRecord) -> Result<u64, (u32, u32)> {
        let known = self.units.get(&heap.number).map_or(0, Vec::len);
        let (mut listed, mut units) = (0, 0);
        let (mut before, mut at) = (0, heap.first_span);
        while at != 0 {
            let span = self.spans.get(at as usize);
            let span = span.filter(|span| span.used && span.heap == heap.number && listed < known);
            let Some(span) = span else { return Err((before, at)) };
            listed += 1;
            units += u64::from(span.units);
            (before, at) = (at, span.next);
        }
        if listed == known { Ok(units) } else { Err((before, 0)) }
    }

    /// Whether the span at a unit is a slab.
    pub fn is_slab(&self, unit: u32) -> bool {
        self.spans.get(unit as usize).is_some_and(|span| !span.large)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Spans of heap 5, with what each says is next.
    fn of_five(spans: &[(u32, u32)], first_span: u32) -> Vec<u32> {
        let mut all = Spans { spans: vec![Span::default(); 12], units: HashMap::new() };
        for &(unit, next) in spans {
            all.spans[unit as usize] = Span { heap: 5, next, used: true, ..Span::default() };
            all.units.entry(5).or_default().push(unit);
        }
        all.spans[11] = Span { heap: 6, used: true, ..Span::default() };
        all.of(&HeapRecord { number: 5, first_span, ..HeapRecord::default() })
    }

    #[test]
    fn the_list_gives_the_order() {
        assert_eq!(of_five(&[(2, 9), (4, 0), (9, 4)], 2), [2, 9, 4]);
        assert!(of_five(&[], 0).is_empty());
    }

    #[test]
    fn a_torn_list_loses_nothing_and_shows_nothing_twice() {
        // To nowhere, to another heap's, in a circle, from nowhere.
        for next in [u32::MAX, 11, 2, 4, 0] {
            assert_eq!(of_five(&[(2, 4), (4, next), (9, 0)], 2), [2, 4, 9], "{next}");
        }
        assert_eq!(of_five(&[(2, 4), (4, 9), (9, 0)], 77), [2, 4, 9]);
        assert_eq!(of_five(&[(2, 4), (4, 9), (9, 0)], 4), [4, 9, 2]);
    }
}
