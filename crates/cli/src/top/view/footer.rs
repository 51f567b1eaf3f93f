//! The last line: what is typed, what has happened, or else the keys.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::Style;

use super::look::Look;
use crate::top::state::{Overlay, Screen, State};

/// Keys for a process, the most important first.
const PROCESS: &[(&str, &str)] = &[
    ("?", "help"),
    ("q", "quit"),
    ("Tab", "views"),
    ("s", "sort"),
    ("t", "trim"),
    ("c", "check"),
    ("w", "save"),
    ("/", "filter"),
    ("p", "pause"),
    ("Esc", "processes"),
];

/// Keys for the list.
const PROCESSES: &[(&str, &str)] =
    &[("Enter", "open"), ("?", "help"), ("q", "quit"), ("s", "sort"), ("p", "pause")];

/// Draws it.
pub fn draw(frame: &mut Frame<'_>, area: Rect, state: &State, look: Look) {
    let ended = state.watched().and_then(|watched| watched.ended.as_deref());
    if let Some(entry) = &state.entry {
        let text = format!("heaps with: {}", look.text(entry));
        let end = say(frame, area, &text, look.heading());
        frame.set_cursor_position((end.min(area.right() - 1), area.y));
    } else if let Some(message) = &state.message {
        let style = if message.bad { look.bad() } else { look.heading() };
        say(frame, area, &look.text(&message.text), style);
    } else if let Some(ended) = ended {
        say(frame, area, &format!("{ended}; its last figures. w saves, q quits"), look.bad());
    } else if state.trimming {
        say(frame, area, "trimming", look.warning());
    } else if let Some(trouble) = &state.trouble {
        say(frame, area, &look.text(trouble), look.bad());
    } else {
        match state.overlay {
            Some(Overlay::Checking(..)) => keys(frame, area, &[("Esc", "stop")], look),
            Some(_) => keys(frame, area, &[("any key", "close")], look),
            None => match state.screen {
                Screen::Process(_) => keys(frame, area, PROCESS, look),
                _ => keys(frame, area, PROCESSES, look),
            },
        }
    }
}

/// Writes a text. Returns where it ends.
fn say(frame: &mut Frame<'_>, area: Rect, text: &str, style: Style) -> u16 {
    frame.buffer_mut().set_stringn(area.x, area.y, text, usize::from(area.width), style).0
}

/// Writes as many keys as there is room for.
fn keys(frame: &mut Frame<'_>, area: Rect, keys: &[(&str, &str)], look: Look) {
    let buffer = frame.buffer_mut();
    let mut x = area.x;
    for (key, what) in keys {
        if x + (key.len() + 1 + what.len()) as u16 > area.right() {
            break;
        }
        let room = usize::from(area.right() - x);
        (x, _) = buffer.set_stringn(x, area.y, key, room, look.heading());
        (x, _) = buffer.set_stringn(x + 1, area.y, what, room, Style::new());
        x += 2;
    }
}
