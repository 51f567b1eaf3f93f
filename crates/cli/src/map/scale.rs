//! How much memory a cell is, and which rows there are.

use std::collections::BTreeMap;

use heapmin_inspect::model::map::{Map, PAGE_BYTES, Region, UNIT_BYTES, Unit};

use super::cell::{Look, Sum};
use crate::output::bytes::bytes;

const REGION_BYTES: u64 = 2 << 20;

/// What the picture has room for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Room {
    /// Cells side by side; a power of two.
    pub columns: u64,
    /// Cells one above the other in a row of characters.
    pub layers: u64,
    /// Rows of characters, about.
    pub rows: usize,
}

/// How much memory there is in things.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Scale {
    /// In a cell; pages times a power of two.
    pub cell: u64,
    /// In a row of characters.
    pub row: u64,
}

impl Scale {
    /// In words.
    pub fn text(&self, layers: u64) -> String {
        let layers = if layers > 1 { ", two to a character" } else { "" };
        format!("a cell is {}{layers}; a row {}", bytes(self.cell), bytes(self.row))
    }
}

/// A row of characters, or what stands for several.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Row {
    /// Memory in use.
    Cells(Cells),
    /// So many bytes in which there is nothing, or only pages that take no memory.
    Empty(u64),
}

/// The cells of a row, one layer after the other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cells {
    /// Where it begins.
    pub address: u64,
    /// What each cell is.
    pub looks: Vec<Look>,
    /// Huge pages that begin in it.
    pub huge: usize,
    /// Everything in it.
    pub sum: Sum,
}

/// The rows in the smallest scale in which there is room for them.
pub fn rows(map: &Map, room: Room, wanted: impl Fn(&Unit) -> bool) -> (Scale, Vec<Row>) {
    let pages = Pages::new(map, wanted);
    let mut cell = PAGE_BYTES;
    loop {
        let scale = Scale { cell, row: cell * room.columns * room.layers };
        let rows = pages.rows(scale, room);
        // A cell that is larger than what the address space has makes nothing smaller.
        if rows.len() <= room.rows || cell >= 1 << 40 {
            return (scale, rows);
        }
        cell *= 2;
    }
}

/// The regions by address.
struct Pages<'a, W> {
    regions: BTreeMap<u64, &'a Region>,
    wanted: W,
}

impl<'a, W: Fn(&Unit) -> bool> Pages<'a, W> {
    fn new(map: &'a Map, wanted: W) -> Self {
        let regions = map.regions.iter().map(|region| (region.address / REGION_BYTES, region));
        Self { regions: regions.collect(), wanted }
    }

    fn rows(&self, scale: Scale, room: Room) -> Vec<Row> {
        let mut rows = Vec::new();
        let mut expected = None;
        for begin in self.begins(scale) {
            let gap = expected.map_or(0, |expected| begin - expected);
            if gap > 0 {
                rows.push(Row::Empty(gap));
            }
            rows.push(Row::Cells(self.cells(begin, scale, room)));
            expected = Some(begin + scale.row);
        }
        fold(rows, scale.row)
    }

    /// Where rows begin that have a region in them.
    fn begins(&self, scale: Scale) -> Vec<u64> {
        let mut begins: Vec<u64> = self
            .regions
            .keys()
            .flat_map(|number| {
                let address = number * REGION_BYTES;
                let many = (REGION_BYTES / scale.row).max(1);
                (0..many).map(move |row| (address + row * scale.row) / scale.row * scale.row)
            })
            .collect();
        begins.dedup();
        begins
    }

    fn cells(&self, address: u64, scale: Scale, room: Room) -> Cells {
        let mut sums = vec![Sum::default(); (room.columns * room.layers) as usize];
        let mut huge = 0;
        let first = address / REGION_BYTES;
        let last = (address + scale.row - 1) / REGION_BYTES;
        for (&number, region) in self.regions.range(first..=last) {
            let begin = number * REGION_BYTES;
            huge += usize::from(region.huge == Some(true) && begin >= address);
            for (unit, at) in
                region.units.iter().take(32).zip((begin..).step_by(UNIT_BYTES as usize))
            {
                if at + UNIT_BYTES <= address || at >= address + scale.row {
                    continue;
                }
                let wanted = (self.wanted)(unit);
                for page in 0..16 {
                    let place = (at + page * PAGE_BYTES).checked_sub(address);
                    let cell = place.map(|place| (place / scale.cell) as usize);
                    if let Some(sum) = cell.and_then(|cell| sums.get_mut(cell)) {
                        sum.add(unit, page as usize, wanted);
                    }
                }
            }
        }
        let mut sum = Sum::default();
        sums.iter().for_each(|&cell| sum += cell);
        Cells { address, looks: sums.iter().map(Sum::look).collect(), huge, sum }
    }
}

/// Puts rows that take no memory together, where there is more than one of them.
fn fold(rows: Vec<Row>, bytes: u64) -> Vec<Row> {
    let mut folded: Vec<Row> = Vec::new();
    let mut rows = rows.into_iter().peekable();
    while let Some(row) = rows.next() {
        let Some(mut empty) = emptiness(&row, bytes) else {
            folded.push(row);
            continue;
        };
        let mut several = matches!(row, Row::Empty(_));
        while let Some(more) = rows.peek().and_then(|next| emptiness(next, bytes)) {
            empty += more;
            several = true;
            rows.next();
        }
        folded.push(if several { Row::Empty(empty) } else { row });
    }
    folded
}

/// The bytes of a row that takes no memory.
fn emptiness(row: &Row, bytes: u64) -> Option<u64> {
    let free =
        |look: &Look| matches!(look, Look::Nothing | Look::Unused | Look::Returned | Look::Other);
    match row {
        Row::Empty(bytes) => Some(*bytes),
        Row::Cells(cells) => cells.looks.iter().all(free).then_some(bytes),
    }
}
