//! Boxes on top of the rest: help, what a trim did, a check and what it found.

use heapmin_inspect::model::outcome::{Checked, Trimmed};
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::{Block, Clear, Paragraph};

use super::bars;
use super::figures::count;
use super::look::Look;
use crate::output::bytes::bytes;
use crate::top::keys::HELP;
use crate::top::state::{Overlay, State};

/// Widest box.
const WIDEST: u16 = 76;

/// Draws what there is.
pub fn draw(frame: &mut Frame<'_>, area: Rect, state: &mut State, look: Look) {
    let width = area.width.min(WIDEST);
    let inside = usize::from(width - 4);
    match &mut state.overlay {
        None => {}
        Some(Overlay::Help(top)) => {
            show(frame, area, width, "Keys", help(inside, look), top, look);
        }
        Some(Overlay::Trimmed(trimmed)) => {
            show(frame, area, width, "Trimmed", trim(trimmed, look), &mut 0, look);
        }
        Some(Overlay::Checking(done, of)) => {
            show(frame, area, width, "Checking", progress(*done, *of, inside, look), &mut 0, look);
        }
        Some(Overlay::Checked(checked, top)) => {
            show(frame, area, width, "Checked", check(checked, inside, look), top, look);
        }
    }
}

/// A box with lines, from `top` on, which is kept in bounds.
fn show(
    frame: &mut Frame<'_>,
    area: Rect,
    width: u16,
    title: &str,
    lines: Vec<Line<'_>>,
    top: &mut usize,
    look: Look,
) {
    let count = lines.len();
    let height = u16::try_from(count + 2).unwrap_or(u16::MAX).min(area.height);
    let shown = usize::from(height.saturating_sub(2));
    *top = (*top).min(count.saturating_sub(shown));
    let place = Rect {
        x: area.x + (area.width - width) / 2,
        y: area.y + (area.height - height) / 2,
        width,
        height,
    };
    let mut title = format!(" {title} ");
    if shown < count {
        title = format!("{title}({}-{} of {count}) ", *top + 1, *top + shown);
    }
    let frame_around = Block::bordered().border_set(look.border()).title(title);
    let inside = frame_around.inner(place);
    let inside = Rect { x: inside.x + 1, width: inside.width - 2, ..inside };
    let lines: Vec<Line<'_>> = lines.into_iter().skip(*top).take(shown).collect();
    frame.render_widget(Clear, place);
    frame.render_widget(frame_around, place);
    frame.render_widget(Paragraph::new(lines), inside);
}

fn help(width: usize, look: Look) -> Vec<Line<'static>> {
    // In a narrow box what a key does stands below it.
    let narrow = width < 56;
    let line = |(keys, what): &(&'static str, &'static str)| {
        let keys = Span::styled(format!("{keys:<20}"), look.heading());
        if narrow {
            vec![Line::from(keys), Line::raw(format!("  {what}"))]
        } else {
            vec![Line::from(vec![keys, Span::raw(*what)])]
        }
    };
    let lines = HELP.iter().flat_map(line);
    lines.filter(|line| !line.to_string().trim().is_empty()).collect()
}

fn trim(trimmed: &Trimmed, look: Look) -> Vec<Line<'static>> {
    let amount = |name: &str, amount: u64| Line::raw(format!("{name:<22}{:>9}", bytes(amount)));
    vec![
        Line::styled(format!("{} came back", bytes(trimmed.released)), look.heading()),
        amount("resident before", trimmed.resident_before),
        amount("resident now", trimmed.resident_after),
        amount("  in live blocks", trimmed.live),
        amount("  free beside live", trimmed.fragmented),
        amount("  taken meanwhile", trimmed.cached),
        amount("  free in huge pages", trimmed.huge),
        amount("  the heap's own", trimmed.metadata),
    ]
}

fn progress(done: u64, of: u64, width: usize, look: Look) -> Vec<Line<'static>> {
    let share = done as f64 / of.max(1) as f64;
    let mut bar = bars::across(share, width.saturating_sub(5), look.live(), look);
    bar.push_span(Span::raw(format!(" {:>3.0}%", share.min(1.0) * 100.0)));
    vec![bar]
}

fn check(checked: &Checked, width: usize, look: Look) -> Vec<Line<'static>> {
    let mut what = format!("{} heaps", count(checked.heaps.into()));
    if let Some(blocks) = checked.blocks {
        what += &format!(", {} live blocks", count(blocks));
    }
    let mut lines = match checked.damages.len() {
        0 => vec![Line::styled("no damage", look.heading())],
        1 => vec![Line::styled("1 place is damaged", look.bad())],
        n => vec![Line::styled(format!("{n} places are damaged"), look.bad())],
    };
    lines.push(Line::raw(what));
    if checked.stopped {
        lines.push(Line::raw("not all can be decided: it is stopped"));
    } else if checked.unsettled_units > 0 {
        let units = count(checked.unsettled_units);
        lines.push(Line::raw(format!("{units} units changed all the time")));
    }
    for damage in &checked.damages {
        let place = format!("{:#x}, {}", damage.address, look.text(&damage.heap_name));
        lines.push(Line::styled(place, look.heading()));
        lines.extend(wrap(&look.text(&damage.message), width).into_iter().map(Line::raw));
    }
    lines
}

/// A text in lines of at most this width, broken between words, and in words that are longer.
fn wrap(text: &str, width: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split_whitespace() {
        let letters: Vec<char> = word.chars().collect();
        for piece in letters.chunks(width.max(1)) {
            let piece: String = piece.iter().collect();
            let last = lines.len() - 1;
            let taken = lines[last].chars().count();
            if taken == 0 {
                lines[last] = piece;
            } else if taken + 1 + piece.chars().count() <= width {
                lines[last].push(' ');
                lines[last].push_str(&piece);
            } else {
                lines.push(piece);
            }
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_broken_between_words() {
        assert_eq!(wrap("a bb ccc dddd", 6), ["a bb", "ccc", "dddd"]);
        assert_eq!(wrap("abcdefgh i", 4), ["abcd", "efgh", "i"]);
        assert_eq!(wrap("", 4), [""]);
    }
}
