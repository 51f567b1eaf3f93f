//! What happens while the view is shown, from everywhere, in one channel: keys, answers, signals.

use std::io;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;

use crossterm::event::Event;
use signal_hook::consts::{SIGHUP, SIGINT, SIGQUIT, SIGTERM};
use signal_hook::iterator::Signals;
use signal_hook::low_level::emulate_default_handler;

use super::source::{Control, Opened, Reader, Source, Timed};
use super::terminal;

/// Something that happened.
#[derive(Debug)]
pub enum Happening {
    /// A key was pressed, or the window has another size.
    Input(Event),
    /// There are no keys any more.
    Lost(io::Error),
    /// The reader has answered.
    Answered(Timed),
    /// A signal came that ends programs.
    Signal(i32),
}

/// The receiving end, and the reader.
#[derive(Debug)]
pub struct Events {
    /// What happens.
    pub happenings: Receiver<Happening>,
    /// See [`Reader`].
    pub reader: Reader,
}

impl Events {
    /// Starts the threads that wait for answers and signals.
    pub fn start(
        source: Box<dyn Source>,
        opened: Option<Box<dyn Opened>>,
    ) -> io::Result<(Self, Sender<Happening>)> {
        let (sender, happenings) = channel();
        let signals = Signals::new([SIGHUP, SIGINT, SIGQUIT, SIGTERM])?;
        let answers = sender.clone();
        let reader = Reader::start(source, opened, move |answer| {
            // At the end nobody listens.
            let _ = answers.send(Happening::Answered(answer));
        });
        let (control, to_loop) = (reader.control(), sender.clone());
        thread::spawn(move || wait_for_signals(signals, &to_loop, &control));
        Ok((Self { happenings, reader }, sender))
    }
}

/// Waits for keys in a thread of its own. To be called when the terminal is the view's: before, keys
/// come by lines.
pub fn wait_for_keys(happenings: Sender<Happening>) {
    thread::spawn(move || {
        loop {
            let (happening, end) = match crossterm::event::read() {
                Ok(event) => (Happening::Input(event), false),
                Err(error) => (Happening::Lost(error), true),
            };
            if happenings.send(happening).is_err() || end {
                return;
            }
        }
    });
}

/// The first signal ends the loop. If the loop doesn't come to that, because it waits for a terminal
/// that takes no more output, the second one ends the process; a trim is waited for also then.
fn wait_for_signals(mut signals: Signals, happenings: &Sender<Happening>, control: &Arc<Control>) {
    for (number, signal) in signals.forever().enumerate() {
        let _ = happenings.send(Happening::Signal(signal));
        if number > 0 {
            control.close();
            terminal::restore();
            let _ = emulate_default_handler(signal);
        }
    }
}
