//! Drawing. From top to bottom: a title, the figures of the process, the chart, the names of the
//! tables, a table, and a line of messages or keys. What has no room goes: the chart first.
//!
//! | module | |
//! |---|---|
//! | `look` | colour or not, and which characters there are |
//! | `figures` | numbers as text |
//! | `bars` | amounts as bars |
//! | `header` | title and figures |
//! | `chart` | live against resident |
//! | `grid` | tables |
//! | `overlay` | help, results |
//! | `footer` | messages, keys |

mod bars;
mod chart;
mod figures;
mod footer;
mod grid;
mod header;
pub mod look;
mod overlay;

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::widgets::{Paragraph, Wrap};

use self::look::Look;
use super::state::{Screen, State};
use super::watched::{VIEWS, Watched};

/// The smallest window in which there is something to see.
const SMALLEST: (u16, u16) = (40, 10);

/// Rows that a table gets before the chart has any: the heading and three rows.
const TABLE_ROWS: u16 = 4;

/// Draws everything.
pub fn draw(frame: &mut Frame<'_>, state: &mut State, look: Look) {
    let area = frame.area();
    if area.width < SMALLEST.0 || area.height < SMALLEST.1 {
        let text = format!(
            "heapmin top needs a window of {} by {} characters; this one has {} by {}. q: quit",
            SMALLEST.0, SMALLEST.1, area.width, area.height
        );
        frame.render_widget(Paragraph::new(text).wrap(Wrap { trim: true }), area);
        return;
    }
    let mut rest = area;
    let footer = Rect { y: area.bottom() - 1, height: 1, ..area };
    rest.height -= 1;
    header::title(frame, take(&mut rest, 1), state, look);
    match &state.screen {
        Screen::Processes => processes(frame, rest, state, look),
        Screen::Opening(pid) => {
            frame.render_widget(Paragraph::new(format!("opening process {pid}")), rest);
        }
        Screen::Process(_) => process(frame, rest, state, look),
    }
    footer::draw(frame, footer, state, look);
    // Help and results leave title and footer alone.
    let middle = Rect { y: area.y + 1, height: area.height - 2, ..area };
    overlay::draw(frame, middle, state, look);
}

/// Cuts so many lines off the top.
fn take(rest: &mut Rect, height: u16) -> Rect {
    let height = height.min(rest.height);
    let taken = Rect { height, ..*rest };
    rest.y += height;
    rest.height -= height;
    taken
}

fn processes(frame: &mut Frame<'_>, area: Rect, state: &mut State, look: Look) {
    if state.processes.rows.is_empty() {
        let text = if state.listed {
            "No process that you may look into runs on heapmin. Start one in another terminal, and it \
             appears here:\n\n  heapmin run -- PROGRAM"
        } else {
            "looking for processes"
        };
        frame.render_widget(Paragraph::new(text).wrap(Wrap { trim: false }), area);
        return;
    }
    state.page = grid::draw(frame, area, &mut state.processes, look);
}

fn process(frame: &mut Frame<'_>, area: Rect, state: &mut State, look: Look) {
    let mut rest = area;
    let Some(watched) = state.watched_mut() else {
        return;
    };
    if watched.readings.is_none() {
        frame.render_widget(Paragraph::new("reading"), rest);
        return;
    }
    let lines = header::lines(rest.width, rest.height);
    header::figures(frame, take(&mut rest, lines), watched, look);
    // One line for the names of the tables.
    let spare = rest.height.saturating_sub(TABLE_ROWS + 1);
    if let Some(height) = chart::height(spare) {
        chart::draw(frame, take(&mut rest, height), watched, look);
    }
    tabs(frame, take(&mut rest, 1), watched, look);
    let page = grid::draw(frame, rest, watched.table_mut(), look);
    state.page = page;
}

/// The names of the tables, and the filter.
fn tabs(frame: &mut Frame<'_>, area: Rect, watched: &Watched, look: Look) {
    let buffer = frame.buffer_mut();
    // In a narrow window there is no room for long names.
    let name = |view: super::watched::View| match (view, area.width < 60) {
        (super::watched::View::Classes, true) => "Sizes",
        (view, _) => view.name(),
    };
    let mut x = area.x;
    for (number, view) in (1..).zip(VIEWS) {
        let text = format!(" {number} {} ", name(view));
        let style = if view == watched.view { look.marked() } else { look.faint() };
        (x, _) = buffer.set_stringn(x, area.y, text, usize::from(area.right() - x), style);
    }
    if !watched.filter.is_empty() {
        let text = look.text(&watched.filter.text);
        let text = format!("  only {text}");
        buffer.set_stringn(x, area.y, text, usize::from(area.right() - x), look.warning());
    }
}

#[cfg(test)]
mod tests;
