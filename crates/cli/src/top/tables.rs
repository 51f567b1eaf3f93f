//! What the tables are about: their columns, and their rows out of what was read.
//!
//! | module | a row is |
//! |---|---|
//! | `processes` | a process on heapmin |
//! | `heaps` | a heap |
//! | `classes` | a size class in all heaps that are shown, or the large blocks |
//! | `caches` | a thread's cache |
//! | `trends` | a figure of the process over time |

pub mod caches;
pub mod classes;
pub mod heaps;
pub mod processes;
pub mod trends;

use heapmin_inspect::model::snapshot::{Heap, Snapshot};

use super::rates::Rates;
use super::sort::Order;
use super::table::{Column, Cursor, Row};

/// What rows are made of.
#[derive(Clone, Copy, Debug)]
pub struct Figures<'a> {
    /// The last reading.
    pub now: &'a Snapshot,
    /// The first one.
    pub first: &'a Snapshot,
    /// What happens in a second.
    pub rates: &'a Rates,
    /// Which heaps are shown.
    pub filter: &'a Filter,
}

impl<'a> Figures<'a> {
    fn heaps(&self) -> impl Iterator<Item = &'a Heap> {
        let filter = self.filter;
        self.now.heaps.iter().filter(|heap| filter.keeps(heap))
    }
}

/// Which heaps are shown: those whose names have this text in them, or `#2`, the one with this number.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// As typed.
    pub text: String,
}

impl Filter {
    /// Only this heap.
    pub fn only(number: u64) -> Self {
        Self { text: format!("#{number}") }
    }

    /// Whether it keeps nothing back.
    pub fn is_empty(&self) -> bool {
        self.text.is_empty()
    }

    /// Whether a heap is shown.
    pub fn keeps(&self, heap: &Heap) -> bool {
        match self.text.strip_prefix('#') {
            Some(number) => number.is_empty() || heap.number.to_string() == number,
            None => heap.name.to_lowercase().contains(&self.text.to_lowercase()),
        }
    }
}

/// A table on the screen.
#[derive(Clone, Debug)]
pub struct Table {
    /// Its columns.
    pub columns: &'static [Column],
    /// How it is sorted; nothing: its rows have their places.
    pub order: Option<Order>,
    /// Its rows, sorted.
    pub rows: Vec<Row>,
    /// The marked row.
    pub cursor: Cursor,
}

impl Table {
    /// A table without rows yet.
    pub fn new(columns: &'static [Column], order: Option<Order>) -> Self {
        Self { columns, order, rows: Vec::new(), cursor: Cursor::default() }
    }

    /// Takes new rows.
    pub fn show(&mut self, rows: Vec<Row>) {
        self.rows = rows;
        self.sort();
    }

    /// Sorts by what the order is now.
    pub fn sort(&mut self) {
        if let Some(order) = self.order {
            order.sort(&mut self.rows);
        }
    }

    /// The marked row.
    pub fn marked(&self) -> Option<&Row> {
        self.rows.get(self.cursor.index(&self.rows))
    }
}

/// How much more there is now. Amounts above what the type holds don't occur in an address space.
fn growth(before: u64, now: u64) -> i64 {
    i64::try_from(i128::from(now) - i128::from(before)).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::top::made_up;

    fn kept(text: &str) -> Vec<u32> {
        let filter = Filter { text: text.into() };
        let heaps = made_up::snapshot(0).heaps;
        heaps.iter().filter(|heap| filter.keeps(heap)).map(|heap| heap.number).collect()
    }

    #[test]
    fn a_filter_is_a_part_of_the_name_or_the_number() {
        assert_eq!(kept(""), [0, 1, 2]);
        assert_eq!(kept("PROCESS"), [0, 1]);
        assert_eq!(kept("0x7f"), [2]);
        assert_eq!(kept("#1"), [1]);
        assert_eq!(kept("#"), [0, 1, 2]);
        assert!(kept("nothing").is_empty());
    }

    #[test]
    fn growth_is_signed() {
        assert_eq!(growth(10, 4), -6);
        assert_eq!(growth(4, 10), 6);
    }
}
