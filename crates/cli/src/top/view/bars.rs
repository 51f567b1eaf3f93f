//! Amounts as bars.

use ratatui::style::Style;
use ratatui::text::{Line, Span};

use super::look::Look;

/// A cell filled to so many eighths from the left.
const ACROSS: [&str; 9] = [" ", "▏", "▎", "▍", "▌", "▋", "▊", "▉", "█"];
/// A cell filled to so many eighths from below.
const UP: [&str; 9] = [" ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"];
/// The same in ASCII, as well as it goes.
const UP_ASCII: [&str; 9] = [" ", "_", "_", ".", "-", "-", "=", "+", "#"];

/// A bar of so many cells of which a share is filled.
pub fn across(share: f64, cells: usize, style: Style, look: Look) -> Line<'static> {
    let share = share.clamp(0.0, 1.0);
    let eighths = (share * cells as f64 * 8.0).round() as usize;
    // Something is seen wherever there is something.
    let eighths = if share > 0.0 { eighths.max(1) } else { eighths };
    if !look.unicode {
        let full = eighths.div_ceil(8).min(cells);
        return Line::from(vec![
            Span::styled("#".repeat(full), style),
            Span::styled(".".repeat(cells - full), look.faint()),
        ]);
    }
    let (full, part) = (eighths / 8, eighths % 8);
    let mut filled = ACROSS[8].repeat(full);
    if part > 0 {
        filled.push_str(ACROSS[part]);
    }
    let empty = cells.saturating_sub(full + usize::from(part > 0));
    Line::from(vec![Span::styled(filled, style), Span::styled("·".repeat(empty), look.faint())])
}

/// The character that fills a cell from below to so many eighths.
pub fn up(eighths: usize, look: Look) -> &'static str {
    look.either(UP, UP_ASCII)[eighths.min(8)]
}

/// Values over time, one cell each; neighbours are put together where there are more than cells.
pub fn trend(values: &[Option<f64>], cells: usize, look: Look) -> String {
    if values.is_empty() {
        return String::new();
    }
    let highest = values.iter().flatten().copied().fold(0.0, f64::max);
    let shown = (0..cells).map(|cell| {
        let (from, to) = (cell * values.len() / cells, (cell + 1) * values.len() / cells);
        let peak = values[from..to.max(from + 1).min(values.len())].iter().flatten().copied();
        match peak.reduce(f64::max) {
            None => " ",
            // There was a reading, and that is seen.
            Some(value) if highest > 0.0 => {
                up((value / highest * 8.0).round().max(1.0) as usize, look)
            }
            Some(_) => up(1, look),
        }
    });
    shown.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bar(share: f64, unicode: bool) -> String {
        let look = Look { colour: false, unicode };
        across(share, 4, Style::new(), look).to_string()
    }

    #[test]
    fn bars_have_eighths_of_cells() {
        assert_eq!(bar(0.0, true), "····");
        assert_eq!(bar(0.5, true), "██··");
        assert_eq!(bar(0.5 + 3.0 / 32.0, true), "██▍·");
        assert_eq!(bar(1.0, true), "████");
        assert_eq!(bar(7.0, true), "████");
    }

    #[test]
    fn little_is_not_nothing() {
        assert_eq!(bar(0.0001, true), "▏···");
        assert_eq!(bar(0.0001, false), "#...");
    }

    #[test]
    fn bars_in_ascii() {
        assert_eq!(bar(0.0, false), "....");
        assert_eq!(bar(0.5, false), "##..");
        assert_eq!(bar(1.0, false), "####");
    }

    #[test]
    fn a_trend_keeps_its_peaks_when_there_is_little_room() {
        let look = Look { colour: false, unicode: true };
        let values = [None, None, Some(0.0), Some(1.0), Some(8.0), Some(0.0), Some(4.0), Some(2.0)];
        assert_eq!(trend(&values, 8, look), "  ▁▁█▁▄▂");
        assert_eq!(trend(&values, 4, look), " ▁█▄");
        assert_eq!(trend(&[], 3, look), "");
    }
}
