//! Tables as data: columns, rows of values, and which row is marked. How they are sorted is in `sort`,
//! what they are about in `tables`, and how they are drawn in `view`.

/// What tells a row from the others, whatever its figures become.
pub type Key = [u64; 3];

/// One figure.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// Nothing to say.
    Missing,
    /// A name.
    Text(String),
    /// A number that names something.
    Id(u64),
    /// How many.
    Count(u64),
    /// An amount of memory.
    Bytes(u64),
    /// A difference of two amounts of memory.
    Growth(i64),
    /// So many a second.
    Rate(f64),
    /// Bytes a second.
    ByteRate(f64),
    /// A part of the whole, from 0 to 1; drawn as a bar.
    Share(f64),
    /// An amount of memory beside the largest one in the table; drawn as a bar.
    Part(u64, u64),
    /// What it was over time; drawn as a line of bars.
    Trend(Vec<Option<f64>>),
}

impl Value {
    /// A rate if there is one.
    pub fn rate(rate: Option<f64>) -> Self {
        rate.map_or(Self::Missing, Self::Rate)
    }
}

/// A column.
#[derive(Clone, Copy, Debug)]
pub struct Column {
    /// Its heading.
    pub title: &'static str,
    /// Characters that its values need.
    pub width: u16,
    /// Whether it takes the width that is left, or gives up what is missing.
    pub wide: bool,
    /// In which order columns go when there is no room: the highest first, 0 never.
    pub rank: u8,
}

impl Column {
    /// A column of fixed width.
    pub const fn new(title: &'static str, width: u16, rank: u8) -> Self {
        Self { title, width, wide: false, rank }
    }

    /// A column that takes the width that is left, and gives up some of its own where even the most
    /// important columns have too little.
    pub const fn wide(title: &'static str, width: u16, rank: u8) -> Self {
        Self { title, width, wide: true, rank }
    }
}

/// A row: one value for each column.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// See [`Key`].
    pub key: Key,
    /// Its values.
    pub values: Vec<Value>,
}

/// The marked row, and the first one on the screen.
#[derive(Clone, Copy, Debug, Default)]
pub struct Cursor {
    /// The row that was marked, wherever it is now; none: the first one, whichever that is.
    key: Option<Key>,
    index: usize,
    offset: usize,
}

impl Cursor {
    /// The index of the marked row.
    pub fn index(&self, rows: &[Row]) -> usize {
        let at = self.key.and_then(|key| rows.iter().position(|row| row.key == key));
        let otherwise = if self.key.is_some() { self.index } else { 0 };
        at.unwrap_or(otherwise).min(rows.len().saturating_sub(1))
    }

    /// Moves the mark by so many rows.
    pub fn step(&mut self, rows: &[Row], by: isize) {
        let last = rows.len().saturating_sub(1);
        let index = self.index(rows).saturating_add_signed(by).min(last);
        self.key = rows.get(index).map(|row| row.key);
        self.index = index;
    }

    /// Marks the first row, whichever that is from now on.
    pub fn home(&mut self) {
        *self = Self::default();
    }

    /// The first of so many rows that are on the screen, so that the marked one is among them.
    pub fn offset(&mut self, rows: &[Row], height: usize) -> usize {
        let (index, height) = (self.index(rows), height.max(1));
        self.index = index;
        let highest = rows.len().saturating_sub(height);
        let lowest = (index + 1).saturating_sub(height);
        self.offset = self.offset.clamp(lowest, index).min(highest.max(lowest));
        self.offset
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(keys: &[u64]) -> Vec<Row> {
        keys.iter().map(|&key| Row { key: [key, 0, 0], values: Vec::new() }).collect()
    }

    #[test]
    fn the_first_row_is_marked_whichever_it_is() {
        let cursor = Cursor::default();
        assert_eq!(cursor.index(&rows(&[5, 6])), 0);
        assert_eq!(cursor.index(&rows(&[6, 5])), 0);
    }

    #[test]
    fn the_mark_stays_on_its_row_when_rows_change_places() {
        let mut cursor = Cursor::default();
        cursor.step(&rows(&[5, 6, 7]), 1);
        assert_eq!(cursor.index(&rows(&[7, 5, 6])), 2);
    }

    #[test]
    fn the_mark_stays_in_place_when_its_row_goes() {
        let mut cursor = Cursor::default();
        cursor.step(&rows(&[5, 6, 7]), 2);
        assert_eq!(cursor.index(&rows(&[5, 6])), 1);
        assert_eq!(cursor.index(&rows(&[])), 0);
    }

    #[test]
    fn the_mark_stops_at_both_ends() {
        let rows = rows(&[5, 6, 7]);
        let mut cursor = Cursor::default();
        cursor.step(&rows, 100);
        assert_eq!(cursor.index(&rows), 2);
        cursor.step(&rows, -100);
        assert_eq!(cursor.index(&rows), 0);
    }

    #[test]
    fn the_screen_follows_the_mark() {
        let rows = rows(&[0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
        let mut cursor = Cursor::default();
        assert_eq!(cursor.offset(&rows, 4), 0);
        cursor.step(&rows, 5);
        assert_eq!(cursor.offset(&rows, 4), 2);
        cursor.step(&rows, -1);
        assert_eq!(cursor.offset(&rows, 4), 2);
        cursor.step(&rows, 100);
        assert_eq!(cursor.offset(&rows, 4), 6);
        assert_eq!(cursor.offset(&rows, 100), 0);
        assert_eq!(cursor.offset(&rows, 0), 9);
    }
}
