//! `heapmin top`: the view.
//!
//! ```text
//!   keys ------.
//!   signals ---+--> loop --> State --> drawing
//!   reader ----'     |  ^
//!      ^--requests---'  '-- time
//! ```
//!
//! | module | |
//! |---|---|
//! | `state`, `keys` | what is shown, and what changes it; `watched`: one process |
//! | `pace`, `rates`, `history` | how often figures are read, and what follows from them |
//! | `table`, `sort`, `tables` | tables as data |
//! | `view` | drawing |
//! | `source` | reading processes, in a thread |
//! | `events`, `terminal` | what comes from the terminal and goes there |
//! | `save` | figures in files |

mod events;
mod history;
mod keys;
#[cfg(test)]
mod made_up;
mod pace;
mod rates;
mod save;
mod sort;
mod source;
mod state;
mod table;
mod tables;
mod terminal;
mod view;
mod watched;

use std::io;
use std::path::PathBuf;
use std::sync::mpsc::RecvTimeoutError;
use std::time::{Duration, Instant};

use crossterm::event::Event;
use signal_hook::low_level::{emulate_default_handler, raise};

use self::events::{Events, Happening};
use self::pace::Pace;
use self::source::{Answer, Opened, Source, System, processor_time};
use self::state::{Effect, State};
use self::terminal::Terminal;
pub use self::view::look::{Look, is_utf8};
use crate::failure::Failure;

/// The exit status of a program that panicked.
const PANICKED: i32 = 101;

/// How it is to be.
#[derive(Debug)]
pub struct Options {
    /// The process; none: the only one of the user's, or a list.
    pub pid: Option<i32>,
    /// Between readings.
    pub interval: Duration,
    /// Where figures are saved.
    pub directory: PathBuf,
    /// Colour and characters.
    pub look: Look,
}

/// Why the loop ended.
enum End {
    Quit,
    Signal(i32),
    Panic,
}

/// Shows the view until its user has seen enough. Returns the exit status.
pub fn run(options: Options) -> Result<i32, Failure> {
    let mut source = System;
    // What can't be looked into is told before the screen is taken.
    let opened = open(&mut source, options.pid)?;
    let mut state = State::new(Pace::new(options.interval), options.directory);
    if let Some(opened) = &opened {
        state.watch(opened.process());
    }
    let to_terminal = |error| Failure::Output("to the terminal".to_owned(), error);
    let (events, sender) = Events::start(Box::new(source), opened).map_err(to_terminal)?;
    // Dropped before `events`: a trim is waited for with the terminal given back.
    let mut terminal = Terminal::enter().map_err(to_terminal)?;
    events::wait_for_keys(sender);
    let end = show(&mut state, &events, &mut terminal, options.look);
    drop(terminal);
    drop(events);
    match end.map_err(to_terminal)? {
        End::Quit => Ok(0),
        End::Panic => Ok(PANICKED),
        End::Signal(signal) => {
            // It ends this process; if not, the status says what a shell would.
            let _ = emulate_default_handler(signal);
            Ok(128 + signal)
        }
    }
}

/// Opens the process, if it is clear which.
fn open(source: &mut dyn Source, pid: Option<i32>) -> Result<Option<Box<dyn Opened>>, Failure> {
    if let Some(pid) = pid {
        return Ok(Some(source.open(pid)?));
    }
    let me = rustix::process::geteuid().as_raw();
    let listed = source.list()?;
    match listed.iter().filter(|listed| listed.process.uid == me).collect::<Vec<_>>()[..] {
        // One that has ended meanwhile is no reason to end, too.
        [only] => Ok(source.open(only.process.pid).ok()),
        _ => Ok(None),
    }
}

/// The loop.
fn show(
    state: &mut State,
    events: &Events,
    terminal: &mut Terminal,
    look: Look,
) -> io::Result<End> {
    // Whether the figures on the screen are older than those to be drawn.
    let mut fresh = false;
    loop {
        let now = Instant::now();
        if let Some(Effect::Ask(request)) = state.tick(now) {
            events.reader.ask(request);
        }
        let begin = processor_time();
        terminal.draw(state, look)?;
        if std::mem::take(&mut fresh) {
            state.pace.drawn(processor_time().saturating_sub(begin));
        }
        let mut happening = match state.due(now) {
            Some(due) => {
                events.happenings.recv_timeout(due.saturating_duration_since(Instant::now()))
            }
            None => events.happenings.recv().map_err(RecvTimeoutError::from),
        };
        // All that is there already, so that keys don't wait for drawings.
        while let Ok(happened) = happening {
            match happened {
                Happening::Signal(signal) => return Ok(End::Signal(signal)),
                Happening::Lost(error) => return Err(error),
                Happening::Answered(timed) => match timed.answer {
                    Answer::Failed => return Ok(End::Panic),
                    _ => {
                        fresh = true;
                        state.answered(timed);
                    }
                },
                Happening::Input(Event::Key(key)) => match state.key(key) {
                    Some(Effect::Quit) => return Ok(End::Quit),
                    Some(effect) => carry_out(effect, events, terminal)?,
                    None => {}
                },
                Happening::Input(_) => {}
            }
            happening = events.happenings.try_recv().map_err(|_| RecvTimeoutError::Timeout);
        }
    }
}

fn carry_out(effect: Effect, events: &Events, terminal: &mut Terminal) -> io::Result<()> {
    match effect {
        Effect::Ask(request) => events.reader.ask(request),
        Effect::StopCheck => events.reader.control().stop_check(),
        Effect::Redraw => terminal.redraw()?,
        Effect::Suspend => terminal.without(|| {
            // Comes back when the shell lets it go on; refused where there is no shell for that.
            let _ = raise(signal_hook::consts::SIGTSTP);
        })?,
        // The loop sees to that.
        Effect::Quit => {}
    }
    Ok(())
}
