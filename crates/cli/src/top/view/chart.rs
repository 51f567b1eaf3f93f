//! Live against resident memory over the last minutes, as areas: the live one below, and above it
//! what else is in memory.

use ratatui::Frame;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use super::bars::up;
use super::figures::interval;
use super::look::Look;
use crate::output::bytes::bytes;
use crate::top::history::History;
use crate::top::watched::Watched;

/// Width of the scale: "1023 MiB", and a space.
const SCALE: u16 = 9;
/// Lowest chart: its heading and two lines.
const LOWEST: u16 = 3;
/// Highest chart. Tables need the room more.
const HIGHEST: u16 = 16;

/// How high it is where so many lines are to spare: half of them and some more.
pub fn height(spare: u16) -> Option<u16> {
    let height = (spare * 5).div_ceil(8).min(HIGHEST);
    (height >= LOWEST).then_some(height)
}

/// Draws it.
pub fn draw(frame: &mut Frame<'_>, area: Rect, watched: &Watched, look: Look) {
    let Some(readings) = &watched.readings else {
        return;
    };
    let history = &readings.history;
    frame.render_widget(heading(history, look), Rect { height: 1, ..area });
    let plot = Rect {
        x: area.x + SCALE,
        y: area.y + 1,
        width: area.width - SCALE,
        height: area.height - 1,
    };
    let columns = usize::from(plot.width);
    let live = history.columns(columns, |sample| Some(sample.live as f64));
    let resident = history.columns(columns, |sample| Some(sample.resident as f64));
    let highest = live.iter().chain(&resident).flatten().copied().fold(0.0, f64::max);
    let top = scale(highest as u64);
    let buffer = frame.buffer_mut();
    labels(buffer, Rect { x: area.x, width: SCALE, ..plot }, top, look);
    for (x, (live, resident)) in (plot.x..).zip(live.into_iter().zip(resident)) {
        if let (Some(live), Some(resident)) = (live, resident) {
            let eighths =
                |bytes: f64| (bytes / top as f64 * f64::from(plot.height) * 8.0).round() as usize;
            column(buffer, Rect { x, width: 1, ..plot }, eighths(live), eighths(resident), look);
        }
    }
}

fn heading(history: &History, look: Look) -> Line<'static> {
    let window = std::time::Duration::from_secs_f64(history.window());
    let free = look.either("█", if look.colour { "#" } else { ":" });
    let free = if look.unicode && !look.colour { "░" } else { free };
    Line::from(vec![
        Span::raw(" ".repeat(usize::from(SCALE))),
        Span::styled(look.either("█", "#"), look.live()),
        Span::raw(" live  "),
        Span::styled(free, look.resident()),
        Span::raw(" resident  "),
        Span::styled(format!("last {}", interval(window)), look.faint()),
    ])
}

/// Highest amount, in the middle where there is room for it, and nothing.
fn labels(buffer: &mut Buffer, area: Rect, top: u64, look: Look) {
    let mut label = |line: u16, amount: u64| {
        let text = format!("{:>8} ", bytes(amount));
        buffer.set_stringn(area.x, area.y + line, text, usize::from(SCALE), look.faint());
    };
    label(0, top);
    label(area.height - 1, 0);
    if area.height >= 6 {
        // The lower edge of a line is what it is labelled with; the topmost's the upper one.
        let line = area.height / 2;
        let amount = top as f64 * f64::from(area.height - line) / f64::from(area.height);
        label(line, amount as u64);
    }
}

/// One column of cells, filled to so many eighths of a cell.
fn column(buffer: &mut Buffer, area: Rect, live: usize, resident: usize, look: Look) {
    for line in 0..area.height {
        let below = usize::from(area.height - 1 - line) * 8;
        let live = live.saturating_sub(below).min(8);
        let resident = resident.saturating_sub(below).min(8);
        let (symbol, style) = cell(live, resident, look);
        buffer[(area.x, area.y + line)].set_symbol(symbol).set_style(style);
    }
}

/// A cell that is filled with live memory to so many eighths, and with resident memory to so many.
fn cell(live: usize, resident: usize, look: Look) -> (&'static str, ratatui::style::Style) {
    let shade = look.either("░", ":");
    match (live, resident) {
        (8, _) => (up(8, look), look.live()),
        (0, 0) => (" ", look.resident()),
        (0, _) if look.colour => (up(resident, look), look.resident()),
        (0, 1..4) => (look.either(" ", "."), look.resident()),
        (0, _) => (shade, look.resident()),
        // Both ends are in this cell: the larger part of what is above decides.
        (live, resident) if look.unicode && look.colour && resident - live.min(resident) >= 4 => {
            (up(live, look), look.above(look.live(), look.resident()))
        }
        (live, 8) if look.unicode && look.colour => {
            (up(live, look), look.above(look.live(), look.resident()))
        }
        (live, resident) if look.unicode || live >= 4 || resident < 4 => {
            (up(live, look), look.live())
        }
        _ => (shade, look.resident()),
    }
}

/// The top of the scale: a round amount that is not much higher.
fn scale(highest: u64) -> u64 {
    /// A window with nothing in it has a scale, too.
    const LEAST: u64 = 4096;
    let highest = highest.max(LEAST);
    // Eighths of the power of two below: 12.5 % too high at most.
    let step = 1 << (highest.ilog2() - 3);
    highest.div_ceil(step).saturating_mul(step)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_scale_is_round_and_little_higher_than_needed() {
        assert_eq!(scale(0), 4096);
        assert_eq!(scale(1 << 20), 1 << 20);
        assert_eq!(scale((1 << 20) + 1), 9 << 17);
        assert_eq!(scale(1000 << 20), 1024 << 20);
        assert!(scale(u64::MAX) > u64::MAX / 2);
    }

    #[test]
    fn a_chart_takes_what_the_table_can_spare() {
        assert_eq!(
            [0, 2, 3, 4, 12, 100].map(height),
            [None, None, None, Some(3), Some(8), Some(16)]
        );
    }

    #[test]
    fn a_column_is_filled_to_eighths() {
        let look = Look { colour: true, unicode: true };
        let area = Rect::new(0, 0, 1, 4);
        let mut buffer = Buffer::empty(area);
        column(&mut buffer, area, 12, 27, look);
        let symbols: Vec<_> = buffer.content.iter().map(|cell| cell.symbol()).collect();
        assert_eq!(symbols, ["▃", "█", "▄", "█"]);
        assert_eq!(buffer[(0, 2)].style().bg, look.resident().fg);
        assert_eq!(buffer[(0, 3)].style().fg, look.live().fg);
    }

    #[test]
    fn without_colour_live_and_resident_differ_by_their_characters() {
        for (unicode, expected) in [(true, ["░", "░", "▄", "█"]), (false, [":", ":", "-", "#"])]
        {
            let look = Look { colour: false, unicode };
            let area = Rect::new(0, 0, 1, 4);
            let mut buffer = Buffer::empty(area);
            column(&mut buffer, area, 12, 28, look);
            let symbols: Vec<_> = buffer.content.iter().map(|cell| cell.symbol()).collect();
            assert_eq!(symbols, expected);
        }
    }
}
