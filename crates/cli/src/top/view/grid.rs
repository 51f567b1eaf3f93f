//! Tables. Columns without room go, the least important first, but never the one that the table is
//! sorted by.

use ratatui::Frame;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};

use super::look::Look;
use super::{bars, figures};
use crate::top::sort::Order;
use crate::top::table::{Column, Row, Value};
use crate::top::tables::Table;

/// Characters of a share beside its bar: "100%".
const PERCENT: usize = 4;
/// Characters of an amount of memory beside its bar: "1023 MiB".
const AMOUNT: usize = 8;

/// Draws it. Returns how many rows have room.
pub fn draw(frame: &mut Frame<'_>, area: Rect, table: &mut Table, look: Look) -> usize {
    if area.height < 2 {
        return 1;
    }
    let columns = layout(table.columns, table.order, area.width);
    let height = usize::from(area.height - 1);
    let (marked, first) =
        (table.cursor.index(&table.rows), table.cursor.offset(&table.rows, height));
    let buffer = frame.buffer_mut();
    heading(buffer, area, table, &columns, look);
    if table.rows.is_empty() {
        buffer.set_stringn(area.x, area.y + 1, "nothing", usize::from(area.width), look.faint());
    }
    let shown = table.rows.iter().enumerate().skip(first).take(height);
    for (y, (index, row)) in (area.y + 1..).zip(shown) {
        cells(buffer, Rect { y, height: 1, ..area }, row, table.columns, &columns, look);
        if index == marked {
            buffer.set_style(Rect { y, height: 1, ..area }, look.marked());
        }
    }
    height
}

/// The columns that are shown, with their widths.
fn layout(columns: &[Column], order: Option<Order>, width: u16) -> Vec<(usize, u16)> {
    let sorted = |index: usize| order.is_some_and(|order| order.column == index);
    // The heading of the sorted column has a mark.
    let least = |index: usize| {
        let title = columns[index].title.len() as u16 + u16::from(sorted(index));
        columns[index].width.max(title)
    };
    let mut shown: Vec<usize> = (0..columns.len()).collect();
    let needed = |shown: &[usize]| {
        shown.iter().map(|&index| least(index) + 1).sum::<u16>().saturating_sub(1)
    };
    while needed(&shown) > width {
        let rank = |index: &usize| if sorted(*index) { 0 } else { columns[*index].rank };
        match shown.iter().copied().max_by_key(rank) {
            Some(last) if rank(&last) > 0 => shown.retain(|&index| index != last),
            _ => break,
        }
    }
    let (spare, missing) =
        (width.saturating_sub(needed(&shown)), needed(&shown).saturating_sub(width));
    let wide = shown.iter().filter(|&&index| columns[index].wide).count().max(1) as u16;
    let final_width = |index: usize| match columns[index].wide {
        true => (least(index) + spare / wide).saturating_sub(missing.div_ceil(wide)).max(1),
        false => least(index),
    };
    shown.into_iter().map(|index| (index, final_width(index))).collect()
}

fn heading(buffer: &mut Buffer, area: Rect, table: &Table, columns: &[(usize, u16)], look: Look) {
    let mut x = area.x;
    for &(index, width) in columns {
        let column = &table.columns[index];
        let mark = match table.order {
            Some(order) if order.column != index => "",
            Some(order) if order.descending => look.either("▼", "v"),
            Some(_) => look.either("▲", "^"),
            None => "",
        };
        let width = width.min(area.right().saturating_sub(x));
        let title = format!("{}{mark}", column.title);
        let mut values = table.rows.iter().map(|row| &row.values[index]);
        let right = values.find(|value| **value != Value::Missing).is_some_and(is_number);
        let text = if right { format!("{title:>0$}", usize::from(width)) } else { title };
        buffer.set_stringn(x, area.y, text, usize::from(width), look.heading());
        x += width + 1;
        if x >= area.right() {
            break;
        }
    }
}

/// Whether it stands at the right of its column.
fn is_number(value: &Value) -> bool {
    !matches!(value, Value::Text(_) | Value::Share(_) | Value::Part(..) | Value::Trend(_))
}

fn cells(
    buffer: &mut Buffer,
    area: Rect,
    row: &Row,
    columns: &[Column],
    shown: &[(usize, u16)],
    look: Look,
) {
    let mut x = area.x;
    for &(index, width) in shown {
        let width = width.min(area.right().saturating_sub(x));
        let value = &row.values[index];
        let line = cell(value, usize::from(width), look);
        // Names in a column of numbers stand where the numbers do.
        let right = is_number(value) || (!columns[index].wide && index == 0);
        let line_width = line.width() as u16;
        let start = if right { x + width.saturating_sub(line_width) } else { x };
        buffer.set_line(start, area.y, &line, width);
        x += width + 1;
        if x >= area.right() {
            break;
        }
    }
}

fn cell(value: &Value, width: usize, look: Look) -> Line<'static> {
    let text = figures::value(value);
    match value {
        Value::Share(share) => bar(*share, format!(" {text:>PERCENT$}"), width, look.live(), look),
        Value::Part(amount, most) => {
            let share = *amount as f64 / (*most).max(1) as f64;
            bar(share, format!(" {text:>AMOUNT$}"), width, look.waste(), look)
        }
        Value::Trend(values) => Line::styled(bars::trend(values, width, look), look.live()),
        Value::Missing => Line::styled(text, look.faint()),
        _ => Line::raw(look.text(&text).into_owned()),
    }
}

/// A bar, and behind it its number.
fn bar(share: f64, text: String, width: usize, style: Style, look: Look) -> Line<'static> {
    let cells = width.saturating_sub(text.len());
    let mut line = bars::across(share, cells, style, look);
    line.push_span(Span::raw(text));
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    const COLUMNS: &[Column] = &[
        Column::new("a", 4, 0),
        Column::new("b", 4, 2),
        Column::wide("c", 4, 0),
        Column::new("d", 4, 1),
    ];

    fn shown(width: u16, order: Option<Order>) -> Vec<(usize, u16)> {
        layout(COLUMNS, order, width)
    }

    #[test]
    fn what_is_left_goes_to_the_wide_column() {
        assert_eq!(shown(25, None), [(0, 4), (1, 4), (2, 10), (3, 4)]);
    }

    #[test]
    fn the_least_important_column_goes_first() {
        assert_eq!(shown(18, None), [(0, 4), (2, 8), (3, 4)]);
        assert_eq!(shown(13, None), [(0, 4), (2, 8)]);
        assert_eq!(shown(7, None), [(0, 4), (2, 2)]);
        assert_eq!(shown(2, None), [(0, 4), (2, 1)]);
    }

    #[test]
    fn the_column_that_the_table_is_sorted_by_stays() {
        assert_eq!(shown(18, Some(Order::descending(1))), [(0, 4), (1, 4), (2, 8)]);
    }
}
