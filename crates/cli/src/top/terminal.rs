//! The terminal: taken for the view, and given back as it was, whatever happens.

use std::io::{self, BufWriter, Stdout, Write};
use std::sync::Once;
use std::sync::atomic::{AtomicBool, Ordering};

use crossterm::execute;
use crossterm::terminal::{
    EnterAlternateScreen, LeaveAlternateScreen, disable_raw_mode, enable_raw_mode,
};
use ratatui::Terminal as Drawn;
use ratatui::backend::CrosstermBackend;

use super::state::State;
use super::view::{self, look::Look};

/// Bytes of a frame that are written at once; most are shorter.
const BUFFER: usize = 32 << 10;

/// Whether a thread has panicked: what it says on the terminal must not be drawn over.
static PANICKED: AtomicBool = AtomicBool::new(false);

/// The terminal while it is the view's. It is given back when this is dropped.
#[derive(Debug)]
pub struct Terminal {
    drawn: Drawn<CrosstermBackend<BufWriter<Stdout>>>,
}

impl Terminal {
    /// Takes the terminal.
    pub fn enter() -> io::Result<Self> {
        restore_before_panic_messages();
        let taken = take().and_then(|()| {
            Drawn::new(CrosstermBackend::new(BufWriter::with_capacity(BUFFER, io::stdout())))
        });
        match taken {
            Ok(drawn) => Ok(Self { drawn }),
            Err(error) => {
                restore();
                Err(error)
            }
        }
    }

    /// Draws the view.
    pub fn draw(&mut self, state: &mut State, look: Look) -> io::Result<()> {
        if !PANICKED.load(Ordering::SeqCst) {
            self.drawn.draw(|frame| view::draw(frame, state, look))?;
        }
        Ok(())
    }

    /// Forgets what is on the screen: the next drawing is of everything.
    pub fn redraw(&mut self) -> io::Result<()> {
        self.drawn.clear()
    }

    /// Gives the terminal back, does something, and takes it again.
    pub fn without(&mut self, something: impl FnOnce()) -> io::Result<()> {
        restore();
        something();
        take()?;
        self.redraw()
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        restore();
    }
}

fn take() -> io::Result<()> {
    enable_raw_mode()?;
    execute!(io::stdout(), EnterAlternateScreen, crossterm::cursor::Hide)
}

/// Gives the terminal back. May be done twice, from any thread.
pub fn restore() {
    // The terminal may be gone, and there is nobody left to tell.
    let _ = disable_raw_mode();
    let _ = execute!(io::stdout(), crossterm::cursor::Show, LeaveAlternateScreen);
    let _ = io::stdout().flush();
}

fn restore_before_panic_messages() {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let message = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panic| {
            PANICKED.store(true, Ordering::SeqCst);
            restore();
            message(panic);
        }));
    });
}
