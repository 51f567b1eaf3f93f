//! Everything together: totals, legend, the picture, heaps.

use heapmin_inspect::model::map::{Map, Unit};

use super::cell::{Look, Sum};
use super::paint::Colours;
use super::scale::{Cells, Room, Row, rows};
use crate::output::bytes::bytes;
use crate::output::table::{Side, Table, cut};
use crate::output::visible::visible;

/// Characters before a row: the address and the mark of huge pages.
const MARGIN: usize = 15;
/// Where the margin takes too much of the width, addresses stand in lines of their own.
const NARROW: usize = 56;
/// Rows where no height is given, about.
const ROWS: usize = 400;
/// Least width that is drawn for.
const LEAST_WIDTH: usize = 40;

/// How it is drawn.
#[derive(Clone, Copy, Debug)]
pub struct Style {
    /// Characters in a line at most.
    pub width: usize,
    /// Lines at most: it is to fit a screen. None: as many as one likes to page through.
    pub height: Option<usize>,
    /// Colour.
    pub colours: Colours,
    /// The number of the heap that is asked for; none: all.
    pub heap: Option<u32>,
}

/// The lines of the picture.
pub fn lines(map: &Map, style: Style) -> Vec<String> {
    let style = Style { width: style.width.max(LEAST_WIDTH), ..style };
    let margin = if style.width < NARROW { 0 } else { MARGIN };
    let columns = 1 << (style.width - margin).ilog2();
    let layers = style.colours.layers();
    let mut lines = head(map, style);
    let legend = legend(map, style);
    let others = lines.len() + legend.len() + 2;
    // A row may need two lines where addresses have their own.
    let lines_of_row = if margin == 0 { 2 } else { 1 };
    let most = style.height.map_or(ROWS, |height| height.saturating_sub(others) / lines_of_row);
    let room = Room { columns: columns as u64, layers, rows: most.max(1) };
    let (scale, rows) = rows(map, room, |unit| is_wanted(unit, style.heap));
    lines.extend(legend);
    lines.push(cut(&scale.text(layers), style.width).to_owned());
    lines.push(String::new());
    let picture = Picture { style, margin, columns };
    for row in &rows {
        picture.row(row, &mut lines);
    }
    if rows.is_empty() {
        lines.push("no region is in use yet".to_owned());
    }
    match style.height {
        // What doesn't fit a very small screen would move the rest out of it.
        Some(height) => lines.truncate(height),
        None => {
            lines.push(String::new());
            lines.extend(heaps(map, style));
        }
    }
    lines
}

/// Units that belong to no heap are shown with every one.
fn is_wanted(unit: &Unit, heap: Option<u32>) -> bool {
    heap.is_none() || unit.heap.is_none() || unit.heap == heap
}

/// The process and its totals.
fn head(map: &Map, style: Style) -> Vec<String> {
    let Style { width, colours, .. } = style;
    let process = &map.process;
    let title = format!("heapmin map: {} {}", process.pid, visible(&process.command));
    let totals = &map.totals;
    let huge = totals.huge_page_bytes.map(|huge| ("in huge pages", huge));
    let amounts = [
        ("live", totals.live_bytes),
        ("resident", totals.resident_bytes),
        ("reclaimable", totals.reclaimable_bytes),
        ("fragmented", totals.fragmented_bytes),
        ("committed", totals.committed_bytes),
        ("returned so far", totals.returned_bytes),
    ];
    let items = amounts.into_iter().chain(huge);
    let items = items.map(|(name, amount)| {
        let text = format!("{} {name}", bytes(amount));
        (text.chars().count(), text)
    });
    let mut lines = vec![colours.strong(cut(&title, width))];
    lines.extend(wrap(items, ", ", width));
    lines
}

/// What cells mean.
fn legend(map: &Map, style: Style) -> Vec<String> {
    let Style { width, colours, heap, .. } = style;
    let live = |level, large| colours.sample(Look::Live(level, large));
    let sample_width = if colours == Colours::None { 3 } else { 2 };
    let mut items = Vec::new();
    let mut item = |samples: String, many: usize, text: &str| {
        let item = format!("{samples} {text}");
        items.push((many * sample_width + 1 + text.chars().count(), item));
    };
    if colours == Colours::None {
        items.push((29, "'.:-=+*#%@' live, 1 to 100 %".to_owned()));
    } else {
        let ramp = |large| [1, 3, 5, 7, 9].map(|level| live(level, large)).concat();
        item(ramp(false), 5, "live in slabs, 1 to 100 %");
        item(ramp(true), 5, "in large blocks");
    }
    let mut item = |look, text: &str| {
        let width = sample_width + 1 + text.chars().count();
        items.push((width, format!("{} {text}", colours.sample(look))));
    };
    item(Look::Absent, "live, not in memory");
    item(Look::Idle, "reclaimable");
    item(Look::Returned, "free, not in memory");
    item(Look::Unused, "never used");
    item(Look::Own, "the heap's own");
    if heap.is_some() {
        item(Look::Other, "other heaps");
    }
    if map.regions.iter().any(|region| region.huge == Some(true)) {
        items.push((11, format!("{} huge page", colours.huge())));
    }
    wrap(items.into_iter(), "  ", width)
}

/// What rows are drawn with.
struct Picture {
    style: Style,
    margin: usize,
    columns: usize,
}

impl Picture {
    fn row(&self, row: &Row, lines: &mut Vec<String>) {
        let Style { width, colours, .. } = self.style;
        match row {
            Row::Empty(empty) => {
                let text = format!("---- {} without memory", bytes(*empty));
                let rest = (self.margin + self.columns).saturating_sub(text.len() + 1);
                let text = format!("{text} {}", "-".repeat(rest));
                lines.push(colours.soft(cut(&text, width)));
            }
            Row::Cells(cells) => {
                let mut line = self.margin_of(cells, lines);
                line.push_str(&colours.row(&cells.looks));
                let room = width - self.margin - self.columns;
                let figures = figures(&cells.sum);
                if self.margin > 0 && figures.len() + 2 <= room {
                    if colours == Colours::None {
                        // The row has lost its empty end.
                        line = format!("{line:<0$}", self.margin + self.columns);
                    }
                    line.push_str(&format!("  {}", colours.soft(&figures)));
                }
                lines.push(line);
            }
        }
    }

    /// The address, where a region or row of regions begins, and the mark of huge pages.
    fn margin_of(&self, cells: &Cells, lines: &mut Vec<String>) -> String {
        let colours = self.style.colours;
        let begins = cells.address.is_multiple_of(2 << 20);
        let huge = match cells.huge {
            0 => " ".to_owned(),
            _ => colours.huge(),
        };
        if self.margin == 0 {
            if begins {
                lines.push(format!("{} {huge}", colours.soft(&format!("{:#x}", cells.address))));
            }
            return String::new();
        }
        // What is above 2^48 is no user's address; should one be there, the line becomes longer.
        let address = if begins { format!("{:012x}", cells.address) } else { " ".repeat(12) };
        format!("{} {huge} ", colours.soft(&address))
    }
}

/// What is right of a row.
fn figures(sum: &Sum) -> String {
    let idle = if sum.idle > 0 { format!(", {} idle", bytes(sum.idle)) } else { String::new() };
    format!("{} live, {} resident{idle}", bytes(sum.live), bytes(sum.resident))
}

/// Puts items with their widths into lines.
fn wrap(
    items: impl Iterator<Item = (usize, String)>,
    separator: &str,
    width: usize,
) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    let mut used = 0;
    for (wide, item) in items {
        match lines.last_mut() {
            Some(line) if used + separator.len() + wide <= width => {
                line.push_str(separator);
                line.push_str(&item);
                used += separator.len() + wide;
            }
            _ => {
                lines.push(item);
                used = wide;
            }
        }
    }
    lines
}

/// The heaps with their amounts.
fn heaps(map: &Map, style: Style) -> Vec<String> {
    let right = |name| (name, Side::Right);
    let mut columns = vec![right("HEAP"), right("LIVE"), right("RESIDENT")];
    if style.width >= NARROW {
        columns.extend([right("IDLE"), right("COMMITTED")]);
    }
    // The number stands before the amounts, the name behind them.
    let amounts = columns.len() - 1;
    columns.push(("NAME", Side::Left));
    let mut table = Table::new(&columns);
    for (number, name) in
        map.heaps.iter().filter(|(number, _)| style.heap.is_none_or(|heap| heap == *number))
    {
        let mut sum = Sum::default();
        let units = map.regions.iter().flat_map(|region| &region.units);
        for unit in units.filter(|unit| unit.heap == Some(*number)) {
            (0..16).for_each(|page| sum.add(unit, page, true));
        }
        let sums = [sum.live, sum.resident, sum.idle, sum.known];
        let sums = sums.into_iter().map(bytes).take(amounts);
        let cells = [number.to_string()].into_iter().chain(sums);
        table.row(cells.chain([visible(name).into_owned()]));
    }
    let mut text = Vec::new();
    // Writing to memory doesn't fail.
    let _ = table.write(&mut text, Some(style.width));
    String::from_utf8_lossy(&text).lines().map(str::to_owned).collect()
}
