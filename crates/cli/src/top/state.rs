//! What the view shows, and how answers and time change it; how keys do is in `keys`. Nothing here
//! touches the terminal or a process: what is to be done comes out as [`Effect`]s.

use std::path::PathBuf;
use std::time::Instant;

use heapmin_inspect::Error;
use heapmin_inspect::model::outcome::{Checked, Trimmed};
use heapmin_inspect::model::snapshot::{Listed, Process, Snapshot};

use super::pace::Pace;
use super::source::{Answer, Request, Timed};
use super::tables::{Table, processes};
use super::watched::Watched;

/// What is to be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Ask the reader.
    Ask(Request),
    /// Stop a check.
    StopCheck,
    /// Draw everything anew.
    Redraw,
    /// Let the shell go on.
    Suspend,
    /// End.
    Quit,
}

/// What fills the screen.
#[derive(Debug)]
pub enum Screen {
    /// The processes to choose from.
    Processes,
    /// A process is being opened.
    Opening(i32),
    /// A process.
    Process(Box<Watched>),
}

/// What lies on top of it.
#[derive(Clone, Debug, PartialEq)]
pub enum Overlay {
    /// The keys, from this line on.
    Help(usize),
    /// What a trim did.
    Trimmed(Trimmed),
    /// A check is going on: so much is done, of so much.
    Checking(u64, u64),
    /// What a check found, from this line on.
    Checked(Checked, usize),
}

/// A line for the user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// What it says.
    pub text: String,
    /// Whether something went wrong.
    pub bad: bool,
}

/// See the module.
#[derive(Debug)]
pub struct State {
    /// What fills the screen.
    pub screen: Screen,
    /// What lies on top of it.
    pub overlay: Option<Overlay>,
    /// The processes to choose from.
    pub processes: Table,
    /// Whether they have been listed yet.
    pub listed: bool,
    /// How often figures are read.
    pub pace: Pace,
    /// Whether no figures are read for now.
    pub paused: bool,
    /// The filter while it is typed.
    pub entry: Option<String>,
    /// Stays until the next key.
    pub message: Option<Message>,
    /// Why the last figures could not be read; stays until they can.
    pub trouble: Option<String>,
    /// Whether a trim is going on.
    pub trimming: bool,
    /// Rows of the table that have room on the screen; drawing finds out.
    pub page: usize,
    /// Where readings are saved.
    pub directory: PathBuf,
    /// Whether figures have been asked for.
    asked: bool,
}

impl State {
    /// Begins with the processes to choose from.
    pub fn new(pace: Pace, directory: PathBuf) -> Self {
        Self {
            screen: Screen::Processes,
            overlay: None,
            processes: Table::new(processes::COLUMNS, Some(processes::ORDER)),
            listed: false,
            pace,
            paused: false,
            entry: None,
            message: None,
            trouble: None,
            trimming: false,
            page: 1,
            directory,
            asked: false,
        }
    }

    /// The process that is watched.
    pub fn watched(&self) -> Option<&Watched> {
        match &self.screen {
            Screen::Process(watched) => Some(watched),
            _ => None,
        }
    }

    /// The process that is watched.
    pub fn watched_mut(&mut self) -> Option<&mut Watched> {
        match &mut self.screen {
            Screen::Process(watched) => Some(watched),
            _ => None,
        }
    }

    /// The table on the screen.
    pub fn table_mut(&mut self) -> &mut Table {
        match &mut self.screen {
            Screen::Process(watched) => watched.table_mut(),
            _ => &mut self.processes,
        }
    }

    /// Shows a process that has been opened.
    pub fn watch(&mut self, process: Process) {
        self.show(Screen::Process(Box::new(Watched::new(process))));
    }

    /// Shows something else.
    pub fn show(&mut self, screen: Screen) {
        self.screen = screen;
        self.overlay = None;
        self.entry = None;
        self.trouble = None;
        self.paused = false;
        self.pace.hurry();
    }

    /// Says something to the user.
    pub fn say(&mut self, bad: bool, text: impl Into<String>) {
        self.message = Some(Message { text: text.into(), bad });
    }

    /// Whether a trim or a check is going on.
    pub fn is_busy(&self) -> bool {
        self.trimming || matches!(self.overlay, Some(Overlay::Checking(..)))
    }

    /// When [`State::tick`] has something to do.
    pub fn due(&self, now: Instant) -> Option<Instant> {
        self.wanted().map(|_| self.pace.due().unwrap_or(now))
    }

    /// Asks for new figures if it is time for them.
    pub fn tick(&mut self, now: Instant) -> Option<Effect> {
        let request = self.wanted()?;
        if self.pace.due().is_some_and(|due| due > now) {
            return None;
        }
        self.asked = true;
        Some(Effect::Ask(request))
    }

    /// The figures that the screen shows, unless they have been asked for.
    fn wanted(&self) -> Option<Request> {
        if self.asked || self.paused || self.is_busy() {
            return None;
        }
        match &self.screen {
            Screen::Processes => Some(Request::List),
            Screen::Opening(_) => None,
            Screen::Process(watched) => watched.ended.is_none().then_some(Request::Read),
        }
    }

    /// Takes an answer. Answers to what a screen has asked that isn't shown any more are dropped.
    pub fn answered(&mut self, timed: Timed) {
        let Timed { answer, began, cost } = timed;
        match answer {
            Answer::Listed(listed) => {
                self.asked = false;
                if let Screen::Processes = self.screen {
                    self.pace.read(began, cost);
                    self.list(listed);
                }
            }
            Answer::Opened(pid, opened) => {
                if matches!(self.screen, Screen::Opening(opening) if opening == pid) {
                    match opened {
                        Ok(process) => self.watch(process),
                        Err(error) => {
                            self.show(Screen::Processes);
                            self.say(true, error.to_string());
                        }
                    }
                }
            }
            Answer::Read(read) => {
                self.asked = false;
                if self.watched().is_some() {
                    self.pace.read(began, cost);
                    self.read(read, began);
                }
            }
            Answer::Trimmed(trimmed) => {
                self.trimming = false;
                if self.watched().is_some() {
                    self.pace.hurry();
                    match trimmed {
                        Ok(trimmed) => self.overlay = Some(Overlay::Trimmed(trimmed)),
                        Err(error) => self.fail(&error),
                    }
                }
            }
            Answer::Progress(done, of) => {
                if let Some(Overlay::Checking(..)) = self.overlay {
                    self.overlay = Some(Overlay::Checking(done, of));
                }
            }
            Answer::Checked(checked) => {
                if let Some(Overlay::Checking(..)) = self.overlay {
                    self.overlay = None;
                    match checked {
                        Ok(None) => self.say(false, "the check was stopped"),
                        Ok(Some(checked)) => self.overlay = Some(Overlay::Checked(checked, 0)),
                        Err(error) => self.fail(&error),
                    }
                }
            }
            // The loop sees to that.
            Answer::Failed => {}
        }
    }

    fn list(&mut self, listed: Result<Vec<Listed>, Error>) {
        self.listed = true;
        match listed {
            Ok(listed) => {
                self.trouble = None;
                self.processes.show(processes::rows(&listed));
            }
            Err(error) => self.trouble = Some(error.to_string()),
        }
    }

    /// Figures of the process before, if they come late, are not this one's.
    fn read(&mut self, read: Result<Box<Snapshot>, Error>, began: Instant) {
        match read {
            Ok(snapshot) => {
                let Some(watched) = self.watched_mut() else {
                    return;
                };
                if watched.process.pid == snapshot.process.pid {
                    watched.read(*snapshot, began);
                    self.trouble = None;
                }
            }
            Err(error) if is_end(&error) => self.fail(&error),
            Err(error) => self.trouble = Some(error.to_string()),
        }
    }

    /// Tells of an error. If the process has gone, its last figures stay.
    fn fail(&mut self, error: &Error) {
        if is_end(error)
            && let Some(watched) = self.watched_mut()
        {
            let what = match error {
                Error::Replaced(_) => "became another program",
                _ => "ended",
            };
            watched.ended = Some(format!("process {} {what}", watched.process.pid));
            self.trouble = None;
        } else {
            self.say(true, error.to_string());
        }
    }
}

/// Whether there is nothing to be read any more.
fn is_end(error: &Error) -> bool {
    matches!(error, Error::NoSuchProcess(_) | Error::Ended(_) | Error::Replaced(_))
}

#[cfg(test)]
mod tests;
