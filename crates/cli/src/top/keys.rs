//! What keys do.

use crossterm::event::{KeyCode, KeyEvent, KeyEventKind, KeyModifiers};

use super::source::Request;
use super::state::{Effect, Overlay, Screen, State};
use super::tables::Filter;
use super::watched::{VIEWS, View};

/// Most characters of a filter.
const LONGEST: usize = 64;

/// The keys, for the help: which, and what they do.
pub const HELP: &[(&str, &str)] = &[
    ("Tab 1-4", "heaps, size classes, caches, rates"),
    ("arrows jk PgUp PgDn", "move in the table"),
    ("Home g, End G", "first row, last row"),
    ("Enter", "open a process; the classes of a heap"),
    ("Esc", "back"),
    ("s, S", "sort by the next column; other way"),
    ("/", "only heaps with this in their name"),
    ("", "(#2: heap 2); empty: all heaps"),
    ("t", "trim: unused memory goes back"),
    ("c", "check all heaps for damage"),
    ("w", "write the figures to a JSON file"),
    ("p, space", "pause"),
    ("+, -", "longer, shorter interval"),
    ("^L, ^Z", "draw anew; back to the shell"),
    ("q, ^C", "quit"),
];

impl State {
    /// Takes a key.
    pub fn key(&mut self, key: KeyEvent) -> Option<Effect> {
        if key.kind == KeyEventKind::Release {
            return None;
        }
        self.message = None;
        if key.modifiers.contains(KeyModifiers::CONTROL) {
            return match key.code {
                KeyCode::Char('c') => Some(Effect::Quit),
                KeyCode::Char('l') => Some(Effect::Redraw),
                KeyCode::Char('z') => Some(Effect::Suspend),
                _ => None,
            };
        }
        if self.entry.is_some() {
            self.type_filter(key.code);
            None
        } else if self.overlay.is_some() {
            self.overlay_key(key.code)
        } else {
            self.table_key(key.code)
        }
    }

    fn type_filter(&mut self, code: KeyCode) {
        let Some(mut text) = self.entry.take() else {
            return;
        };
        match code {
            KeyCode::Esc => return self.set_filter(Filter::default()),
            KeyCode::Enter => return self.set_filter(Filter { text }),
            KeyCode::Backspace => {
                text.pop();
            }
            KeyCode::Char(c) if text.chars().count() < LONGEST => text.push(c),
            _ => {}
        }
        // The table follows while it is typed.
        self.set_filter(Filter { text: text.clone() });
        self.entry = Some(text);
    }

    fn set_filter(&mut self, filter: Filter) {
        if let Some(watched) = self.watched_mut() {
            watched.set_filter(filter);
        }
    }

    fn overlay_key(&mut self, code: KeyCode) -> Option<Effect> {
        let step = match code {
            KeyCode::Up | KeyCode::Char('k') => -1,
            KeyCode::Down | KeyCode::Char('j') => 1,
            KeyCode::PageUp => -8,
            KeyCode::PageDown => 8,
            _ => 0,
        };
        match &mut self.overlay {
            Some(Overlay::Checking(..)) => {
                return match code {
                    KeyCode::Esc => Some(Effect::StopCheck),
                    KeyCode::Char('q') => Some(Effect::Quit),
                    _ => None,
                };
            }
            // Drawing keeps it in bounds.
            Some(Overlay::Help(top) | Overlay::Checked(_, top)) if step != 0 => {
                *top = top.saturating_add_signed(step);
            }
            _ => self.overlay = None,
        }
        None
    }

    fn table_key(&mut self, code: KeyCode) -> Option<Effect> {
        if self.moved(code) {
            return None;
        }
        match code {
            KeyCode::Char('h' | '?') | KeyCode::F(1) => self.overlay = Some(Overlay::Help(0)),
            KeyCode::Char('s') => self.sort(false),
            KeyCode::Char('S') => self.sort(true),
            KeyCode::Char('q') => return Some(Effect::Quit),
            _ => {
                return match &self.screen {
                    Screen::Processes => self.processes_key(code),
                    Screen::Opening(_) => {
                        if code == KeyCode::Esc {
                            self.show(Screen::Processes);
                        }
                        None
                    }
                    Screen::Process(_) => self.process_key(code),
                };
            }
        }
        None
    }

    /// Moves the mark, if it is a key for that.
    fn moved(&mut self, code: KeyCode) -> bool {
        let page = isize::try_from(self.page.max(1)).unwrap_or(isize::MAX);
        let table = self.table_mut();
        let by = match code {
            KeyCode::Up | KeyCode::Char('k') => -1,
            KeyCode::Down | KeyCode::Char('j') => 1,
            KeyCode::PageUp => -page,
            KeyCode::PageDown => page,
            KeyCode::End | KeyCode::Char('G') => isize::MAX,
            KeyCode::Home | KeyCode::Char('g') => {
                table.cursor.home();
                return true;
            }
            _ => return false,
        };
        table.cursor.step(&table.rows, by);
        true
    }

    fn sort(&mut self, turn: bool) {
        let table = self.table_mut();
        match &mut table.order {
            Some(order) if turn => order.turn(),
            Some(order) => order.next(table.columns),
            None => return self.say(false, "these rows have their places"),
        }
        table.sort();
    }

    fn processes_key(&mut self, code: KeyCode) -> Option<Effect> {
        match code {
            KeyCode::Enter => {
                let pid = self.processes.marked()?.key[0];
                let pid = i32::try_from(pid).ok()?;
                self.show(Screen::Opening(pid));
                return Some(Effect::Ask(Request::Open(pid)));
            }
            code => self.pace_key(code),
        }
        None
    }

    fn pace_key(&mut self, code: KeyCode) {
        match code {
            KeyCode::Char('+' | '=') => self.pace.slower(),
            KeyCode::Char('-' | '_') => self.pace.faster(),
            KeyCode::Char('p' | ' ') => self.paused = !self.paused,
            _ => {}
        }
    }

    fn process_key(&mut self, code: KeyCode) -> Option<Effect> {
        let ended = self.watched().is_some_and(|watched| watched.ended.is_some());
        match code {
            KeyCode::Tab => self.turn_to(1),
            KeyCode::BackTab => self.turn_to(VIEWS.len() - 1),
            KeyCode::Char(c @ '1'..='4') => {
                let view = VIEWS[c as usize - '1' as usize];
                self.watched_mut()?.show(view);
            }
            KeyCode::Char('/') => self.entry = Some(self.watched()?.filter.text.clone()),
            KeyCode::Char('w') => self.save(),
            KeyCode::Enter if self.watched()?.view == View::Heaps => self.open_heap(),
            KeyCode::Esc if !self.watched()?.filter.is_empty() => {
                self.set_filter(Filter::default());
            }
            // There is nothing left to be done with it.
            _ if ended => self.show(Screen::Processes),
            KeyCode::Esc => self.show(Screen::Processes),
            KeyCode::Char('t') => return self.act(Request::Trim),
            KeyCode::Char('c') => return self.act(Request::Check),
            code => self.pace_key(code),
        }
        None
    }

    fn turn_to(&mut self, by: usize) {
        if let Some(watched) = self.watched_mut() {
            watched.show(watched.view.next(by));
        }
    }

    /// Shows the size classes of the marked heap.
    fn open_heap(&mut self) {
        if let Some(watched) = self.watched_mut()
            && let Some(number) = watched.table().marked().map(|row| row.key[0])
        {
            watched.view = View::Classes;
            watched.set_filter(Filter::only(number));
        }
    }

    fn save(&mut self) {
        let Some(watched) = self.watched() else {
            return;
        };
        match watched.save(&self.directory) {
            Ok(path) => self.say(false, format!("saved {}", path.display())),
            Err(why) => self.say(true, why),
        }
    }

    fn act(&mut self, request: Request) -> Option<Effect> {
        if self.is_busy() {
            self.say(false, "the trim before is still going on");
            return None;
        }
        match request {
            Request::Check => self.overlay = Some(Overlay::Checking(0, 0)),
            _ => self.trimming = true,
        }
        Some(Effect::Ask(request))
    }
}

#[cfg(test)]
mod tests;
