//! Free spans by length: exact bins up to 64 units, then four to a doubling.
//!
//! B1  bit b of `nonempty` is set if and only if list b has a span
//! B2  a span of bin b is at least `lower_bound(b)` units long

use super::window::WINDOW;
use crate::base::units::{UnitIndex, Units};

const EXACT: u32 = 64;
/// 64 exact ones, and four for each doubling from 2^6 up to 2^24 units.
const BINS: usize = EXACT as usize + 4 * 18 + 4;
const WORDS: usize = BINS.div_ceil(64);
/// The longest span: the largest window.
pub const LONGEST: Units = Units(1 << 24);
/// Spans looked at in the first bin that may hold long enough ones.
const LOOKED_AT: u32 = 16;

/// Lists of free spans by length.
pub struct Bins {
    heads: [UnitIndex; BINS],
    nonempty: [u64; WORDS],
    units: u64,
}

const fn bin_of(length: Units) -> usize {
    let n = length.0;
    let bin = if n <= EXACT {
        n.saturating_sub(1)
    } else {
        let log = n.ilog2();
        EXACT + (log - 6) * 4 + ((n >> (log - 2)) & 3)
    };
    // Never more for spans up to the longest (asserted below); said here so that no use of the
    // number needs a check that could panic.
    if bin as usize >= BINS { BINS - 1 } else { bin as usize }
}

impl Bins {
    pub const fn new() -> Self {
        Self { heads: [UnitIndex::NONE; BINS], nonempty: [0; WORDS], units: 0 }
    }

    /// Units in all lists together.
    pub fn units(&self) -> u64 {
        self.units
    }

    pub fn insert(&mut self, span: UnitIndex, length: Units) {
        let bin = bin_of(length);
        let header = WINDOW.header(span);
        let head = self.heads[bin];
        header.units.set(length);
        header.previous.set(UnitIndex::NONE);
        header.next.set(head);
        if !head.is_none() {
            WINDOW.header(head).previous.set(span);
        }
        WINDOW.header(span.after(length).before()).first.set(span);
        self.heads[bin] = span;
        self.nonempty[bin / 64] |= 1 << (bin % 64);
        self.units += u64::from(length.0);
    }

    pub fn remove(&mut self, span: UnitIndex) -> Units {
        let header = WINDOW.header(span);
        let (length, previous, next) =
            (header.units.get(), header.previous.get(), header.next.get());
        if !next.is_none() {
            WINDOW.header(next).previous.set(previous);
        }
        if previous.is_none() {
            let bin = bin_of(length);
            self.heads[bin] = next;
            if next.is_none() {
                self.nonempty[bin / 64] &= !(1 << (bin % 64));
            }
        } else {
            WINDOW.header(previous).next.set(next);
        }
        self.units -= u64::from(length.0);
        length
    }

    /// A span of at least `length` units, near the shortest there is.
    pub fn find(&self, length: Units) -> Option<UnitIndex> {
        let own = bin_of(length);
        let mut span = self.heads[own];
        for _ in 0..LOOKED_AT {
            if span.is_none() {
                break;
            }
            let header = WINDOW.header(span);
            if header.units.get() >= length {
                return Some(span);
            }
            span = header.next.get();
        }
        self.first_from(own + 1).and_then(|bin| self.heads.get(bin)).copied()
    }

    /// A span of the longest kind.
    pub fn longest(&self) -> Option<UnitIndex> {
        let (word, bits) = self.nonempty.iter().enumerate().rev().find(|(_, bits)| **bits != 0)?;
        let bin = word * 64 + bits.checked_ilog2()? as usize;
        self.heads.get(bin).copied()
    }

    /// Calls `visit` for every span.
    pub fn each(&self, mut visit: impl FnMut(UnitIndex)) {
        for &head in &self.heads {
            let mut span = head;
            while !span.is_none() {
                visit(span);
                span = WINDOW.header(span).next.get();
            }
        }
    }

    fn first_from(&self, bin: usize) -> Option<usize> {
        let first = bin / 64;
        for (word, &bits) in self.nonempty.iter().enumerate().skip(first) {
            let wanted = if word == first { bits & (u64::MAX << (bin % 64)) } else { bits };
            if wanted != 0 {
                return Some(word * 64 + wanted.trailing_zeros() as usize);
            }
        }
        None
    }
}

const _: () = assert!(bin_of(Units(1)) == 0 && bin_of(Units(64)) == 63);
const _: () = assert!(bin_of(Units(65)) == 64 && bin_of(LONGEST) < BINS - 1);
