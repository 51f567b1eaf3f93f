//! The first region of a heap: its record, and the units beside it.
//!
//! ```text
//!  handle
//!  | record | rest of its page | reserved …       | unit 0 | unit 1 | …        |
//!             slack              uncommitted       slabs, or free, or uncommitted
//! ```
//! The uncommitted range comes last.

use super::element::{BadCursor, Cursor, CursorKind, Element, ElementKind};
use super::walk::{Walked, slack};
use crate::base::units::{UNIT, UnitIndex, round_up_length};
use crate::os;
use crate::span::WINDOW;
use crate::span::map::{self, Use};

impl Walked<'_> {
    /// Bytes of the first region that the record takes, in whole pages.
    fn record_pages(&self) -> usize {
        if self.record_bytes == 0 { 0 } else { round_up_length(self.record_bytes, os::page_size()) }
    }

    fn region_bytes(&self) -> usize {
        UNIT * (1 + self.beside as usize)
    }

    /// Whether a unit is one of those beside the record.
    pub fn is_beside(&self, unit: UnitIndex) -> bool {
        let number = unit.0.wrapping_sub(WINDOW.unit(self.handle).0).wrapping_sub(1);
        number < self.beside
    }

    fn unit_beside(&self, number: usize) -> UnitIndex {
        WINDOW.unit(self.handle + UNIT * (1 + number))
    }

    fn is_slab(&self, number: usize) -> bool {
        matches!(map::entry(self.unit_beside(number)).usage(), Use::Slab(_))
    }

    /// Units beside the record that are the heap's memory now.
    fn committed_units(&self) -> usize {
        let all = self.beside as usize;
        if self.committed { all } else { (0..all).filter(|&number| self.is_slab(number)).count() }
    }

    /// The region's header.
    pub fn region(&self) -> Element {
        let committed = self.record_pages() + UNIT * self.committed_units();
        let bytes = self.region_bytes();
        Element {
            address: self.handle,
            size: self.record_bytes,
            overhead: 0,
            region: 0,
            kind: ElementKind::Region {
                committed,
                uncommitted: bytes - committed,
                first_block: self.handle + self.record_bytes,
                last_block: self.handle + bytes,
            },
        }
    }

    /// What follows the record's page: up to the units, if they are in use, which they are
    /// together, or there is but one.
    fn uncommitted(&self) -> Element {
        let from = self.record_pages();
        let to = if self.committed_units() > 0 { UNIT } else { self.region_bytes() };
        Element {
            address: self.handle + from,
            size: to - from,
            overhead: 0,
            region: 0,
            kind: ElementKind::Uncommitted,
        }
    }

    /// The first element of the units from `number` on, or what comes after them.
    fn beside_from(&self, number: usize) -> Element {
        for number in number..self.beside as usize {
            if self.is_slab(number)
                && let Some(element) = self.element(self.unit_beside(number), 0, 0)
            {
                return element;
            }
            if self.committed {
                return Element {
                    address: WINDOW.address(self.unit_beside(number)),
                    size: UNIT,
                    overhead: 0,
                    region: 0,
                    kind: ElementKind::Free,
                };
            }
        }
        self.uncommitted()
    }

    /// For a cursor in the region, `Some` of what follows it there; `Some(None)` at its end.
    pub fn step_in_first_region(
        &self,
        after: Cursor,
    ) -> Result<Option<Option<Element>>, BadCursor> {
        let offset = after.address.wrapping_sub(self.handle);
        if offset >= self.region_bytes() {
            return Ok(None);
        }
        let next = match after.kind {
            CursorKind::Region if offset == 0 => {
                let rest = self.record_pages() - self.record_bytes;
                match rest {
                    0 => self.beside_from(0),
                    _ => slack(self.handle + self.record_bytes, rest, 0),
                }
            }
            CursorKind::Block if offset < UNIT && offset == self.record_bytes => {
                self.beside_from(0)
            }
            CursorKind::Block if offset >= UNIT => {
                let number = offset / UNIT - 1;
                let unit = self.unit_beside(number);
                match map::entry(unit).usage() {
                    Use::Slab(class) => {
                        let end =
                            self.end_of_element(unit, class, after.address).ok_or(BadCursor)?;
                        self.element(unit, end, 0).unwrap_or_else(|| self.beside_from(number + 1))
                    }
                    _ if offset.is_multiple_of(UNIT) => self.beside_from(number + 1),
                    _ => return Err(BadCursor),
                }
            }
            CursorKind::Uncommitted if offset == self.record_pages() => return Ok(Some(None)),
            _ => return Err(BadCursor),
        };
        Ok(Some(Some(next)))
    }
}
