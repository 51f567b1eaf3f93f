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
        // `clear` would ask the terminal for its cursor, whose answer the thread that reads keys takes.
        let size = self.drawn.size()?;
        self.drawn.resize(size.into())
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

#[cfg(test)]
mod tests {
    use std::process::Command;
    use std::thread;
    use std::time::{Duration, Instant};

    use super::*;
    use crate::top::pace::Pace;

    /// Set where this test runs in a window of tmux.
    const INSIDE: &str = "HEAPMIN_TEST_PANIC";

    /// Takes the terminal, as the view does, and panics.
    fn panic_in_the_view() {
        let mut terminal = Terminal::enter().unwrap();
        let mut state = State::new(Pace::new(Duration::from_secs(1)), ".".into());
        terminal.draw(&mut state, Look { colour: true, unicode: true }).unwrap();
        panic!("something unforeseen");
    }

    #[test]
    fn a_panic_gives_the_terminal_back_before_its_message() {
        if std::env::var_os(INSIDE).is_some() {
            panic_in_the_view();
        }
        let directory = tempfile::tempdir().unwrap();
        let socket = directory.path().join("socket");
        let tmux = |words: &[&str]| {
            let mut command = Command::new("tmux");
            command.env_remove("TMUX").arg("-S").arg(&socket).args(["-f", "/dev/null"]).args(words);
            let output = command.output().expect("tmux is missing: apt-get install tmux");
            String::from_utf8(output.stdout).unwrap()
        };
        let this = std::env::current_exe().unwrap();
        let test = "top::terminal::tests::a_panic_gives_the_terminal_back_before_its_message";
        let line = format!(
            "{INSIDE}=1 '{}' --exact {test} --nocapture; stty -a; echo ended; exec cat",
            this.display()
        );
        tmux(&["new-session", "-d", "-x", "100", "-y", "60", "sh", "-c", &line]);
        let begin = Instant::now();
        let screen = loop {
            let screen = tmux(&["capture-pane", "-p"]);
            if screen.contains("ended") || begin.elapsed() > Duration::from_secs(30) {
                break screen;
            }
            thread::sleep(Duration::from_millis(50));
        };
        let taken = tmux(&["display-message", "-p", "#{alternate_on} #{cursor_flag}"]);
        tmux(&["kill-server"]);
        assert!(screen.contains("something unforeseen"), "{screen}");
        assert!(screen.contains(" icanon") && !screen.contains("-icanon"), "{screen}");
        assert_eq!(taken.trim_end(), "0 1", "{screen}");
    }
}
