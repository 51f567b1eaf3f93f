//! The title line, and the figures of the process in columns of equal width, the most important
//! first.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::Style;

use super::figures::{count, interval, short};
use super::look::Look;
use crate::output::bytes::bytes;
use crate::top::state::{Screen, State};
use crate::top::watched::{Readings, Watched};

/// Least width of a figure with its name.
const FIGURE: u16 = 20;

/// What is watched, and how often it is read.
pub fn title(frame: &mut Frame<'_>, area: Rect, state: &State, look: Look) {
    let what = match &state.screen {
        Screen::Processes => "processes on heapmin".to_owned(),
        Screen::Opening(pid) => format!("{pid}"),
        Screen::Process(watched) => {
            format!("{}  {}", watched.process.pid, look.text(&watched.process.command))
        }
    };
    let ended = state.watched().is_some_and(|watched| watched.ended.is_some());
    let every = interval(state.pace.interval());
    let pace = match state.pace.is_stretched() {
        _ if ended => " ended ".to_owned(),
        _ if state.paused => " paused ".to_owned(),
        // Not to take more than that of a processor.
        true => format!(" every {every} (5% CPU) "),
        false => format!(" every {every} "),
    };
    let buffer = frame.buffer_mut();
    buffer.set_style(area, look.title());
    let pace_width = u16::try_from(pace.len()).unwrap_or(area.width).min(area.width);
    let room = usize::from(area.width - pace_width);
    buffer.set_stringn(area.x, area.y, format!(" heapmin top  {what}"), room, Style::new());
    buffer.set_stringn(area.right() - pace_width, area.y, pace, pace_width.into(), Style::new());
}

/// How many lines the figures get in an area: the more, the higher it is.
pub fn lines(width: u16, height: u16) -> u16 {
    let columns = (width / FIGURE).max(1);
    let all = FIGURES.div_ceil(columns);
    // Low windows have the first five figures.
    let least = 5_u16.div_ceil(columns);
    let wanted = if height > 16 { least.max(3) } else { least.max(2) };
    let wanted = if height > 8 { wanted } else { least.min(3) };
    wanted.min(all)
}

/// How many figures there are.
const FIGURES: u16 = 12;

/// A name, a value, and the style of the value.
type Figure = (&'static str, String, Style);

fn list(watched: &Watched, readings: &Readings, look: Look) -> [Figure; FIGURES as usize] {
    let totals = &readings.now.totals;
    let rates = &readings.rates;
    let rate = |rate: Option<f64>, write: fn(f64) -> String| {
        rate.map_or("-".to_owned(), |rate| format!("{}/s", write(rate)))
    };
    let plain = look.heading();
    let bold = |style: Style| style.patch(look.heading());
    let huge = totals.huge_page_bytes.map_or("-".to_owned(), bytes);
    [
        ("live", bytes(totals.live_bytes), bold(look.live())),
        ("resident", bytes(totals.resident_bytes), plain),
        ("reclaimable", bytes(totals.reclaimable_bytes), bold(look.waste())),
        ("allocations", rate(rates.allocations, short), plain),
        ("returned", rate(rates.returned, |n| bytes(n as u64)), plain),
        ("fragmented", bytes(totals.fragmented_bytes), plain),
        ("blocks", count(totals.live_blocks), plain),
        ("huge pages", huge, plain),
        ("committed", bytes(totals.committed_bytes), plain),
        ("metadata", bytes(totals.metadata_bytes), plain),
        ("process", bytes(totals.process_resident_bytes), plain),
        ("threads", count(u64::from(watched.process.threads)), plain),
    ]
}

/// As many figures as there is room for.
pub fn figures(frame: &mut Frame<'_>, area: Rect, watched: &Watched, look: Look) {
    let Some(readings) = &watched.readings else {
        return;
    };
    let columns = (area.width / FIGURE).max(1);
    let width = area.width / columns;
    let buffer = frame.buffer_mut();
    for (place, (name, value, style)) in (0..).zip(list(watched, readings, look)) {
        let (column, line) = (place % columns, place / columns);
        if line >= area.height {
            break;
        }
        let (x, y) = (area.x + column * width, area.y + line);
        // One character between figures; a value that is long takes it from its name.
        let room = usize::from(width - 1);
        let for_name = room.saturating_sub(value.len() + 1);
        let (x, _) = buffer.set_stringn(x, y, name, for_name, look.faint());
        buffer.set_stringn(x + 1, y, value, room, style);
    }
}
