//! Aligned columns.

use std::io::{self, Write};

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// Between two columns.
const GAP: &str = "  ";

/// On which side a column's cells stand together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// Text.
    Left,
    /// Numbers.
    Right,
}

/// Rows of cells below titles. Cells are shown as they are: foreign text has to be made `visible`
/// before.
#[derive(Clone, Debug)]
pub struct Table {
    columns: Vec<(&'static str, Side)>,
    rows: Vec<Vec<String>>,
}

impl Table {
    /// An empty table. Its columns have no titles if all of them are empty.
    pub fn new(columns: &[(&'static str, Side)]) -> Self {
        Self { columns: columns.to_vec(), rows: Vec::new() }
    }

    /// Adds a row. What is missing of it stays empty.
    pub fn row(&mut self, cells: impl IntoIterator<Item = String>) {
        self.rows.push(cells.into_iter().take(self.columns.len()).collect());
    }

    /// Writes it; with a width, the last column is cut so that no line is wider.
    pub fn write(&self, out: &mut impl Write, width: Option<usize>) -> io::Result<()> {
        let titles: Vec<String> = self.columns.iter().map(|(title, _)| (*title).into()).collect();
        let titled = titles.iter().any(|title| !title.is_empty());
        let lines = || titled.then_some(&titles).into_iter().chain(&self.rows);
        let widths: Vec<usize> = (0..self.columns.len())
            .map(|column| lines().filter_map(|row| row.get(column)).map(|cell| cell.width()).max())
            .map(Option::unwrap_or_default)
            .collect();
        for row in lines() {
            out.write_all(self.line(row, &widths, width).as_bytes())?;
            out.write_all(b"\n")?;
        }
        Ok(())
    }

    fn line(&self, row: &[String], widths: &[usize], limit: Option<usize>) -> String {
        let mut line = String::new();
        for (column, (_, side)) in self.columns.iter().enumerate() {
            let cell = row.get(column).map_or("", String::as_str);
            if column > 0 {
                line.push_str(GAP);
            }
            let padding = " ".repeat(widths[column] - cell.width());
            let last = column + 1 == self.columns.len();
            match (side, limit) {
                (Side::Left, Some(limit)) if last => {
                    let room = limit.saturating_sub(line.width());
                    line.push_str(cut(cell, room));
                }
                (Side::Left, _) => line.extend([cell, &padding]),
                (Side::Right, _) => line.extend([&padding, cell]),
            }
        }
        line.truncate(line.trim_end().len());
        line
    }
}

/// As much of the text as has room.
pub fn cut(text: &str, room: usize) -> &str {
    let mut used = 0;
    for (at, c) in text.char_indices() {
        used += c.width().unwrap_or(0);
        if used > room {
            return &text[..at];
        }
    }
    text
}

/// The width of the terminal that standard output is; none if it isn't one.
pub fn terminal_width() -> Option<usize> {
    let size = rustix::termios::tcgetwinsize(std::io::stdout()).ok()?;
    (size.ws_col > 0).then_some(usize::from(size.ws_col))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(table: &Table, width: Option<usize>) -> String {
        let mut out = Vec::new();
        table.write(&mut out, width).unwrap();
        String::from_utf8(out).unwrap()
    }

    fn sample() -> Table {
        let mut table =
            Table::new(&[("PID", Side::Right), ("USER", Side::Left), ("COMMAND", Side::Left)]);
        table.row(["7".into(), "ann".into(), "漢字 editor".into()]);
        table.row(["12345".into(), "jörg".into(), "sort".into()]);
        table.row(["8".into()]);
        table
    }

    #[test]
    fn columns_are_aligned_and_lines_have_no_tail() {
        let expected = "  PID  USER  COMMAND\n    7  ann   漢字 editor\n12345  jörg  sort\n    8\n";
        assert_eq!(text(&sample(), None), expected);
    }

    #[test]
    fn the_last_column_is_cut_at_the_width() {
        let expected = "  PID  USER  COM\n    7  ann   漢\n12345  jörg  sor\n    8\n";
        assert_eq!(text(&sample(), Some(16)), expected);
    }

    #[test]
    fn empty_titles_take_no_line() {
        let mut table = Table::new(&[("", Side::Left), ("", Side::Right)]);
        table.row(["live".into(), "12 MiB".into()]);
        assert_eq!(text(&table, None), "live  12 MiB\n");
    }
}
