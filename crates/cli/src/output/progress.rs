//! A bar on standard error for what takes longer than half a second. Only on a terminal.

use std::io::IsTerminal;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};

/// What takes no longer than this shows no bar.
const PATIENCE: Duration = Duration::from_millis(500);

/// The bar. It goes away when dropped.
#[derive(Debug)]
pub struct Progress {
    what: &'static str,
    begin: Instant,
    wanted: bool,
    bar: Option<ProgressBar>,
}

impl Progress {
    /// A bar that is to show what is being done: "reading", "checking".
    pub fn new(what: &'static str) -> Self {
        let wanted = std::io::stderr().is_terminal();
        Self { what, begin: Instant::now(), wanted, bar: None }
    }

    /// So much is done of so many.
    pub fn step(&mut self, done: u64, of: u64) {
        if !self.wanted || self.begin.elapsed() < PATIENCE {
            return;
        }
        let what = self.what;
        let bar = self.bar.get_or_insert_with(|| {
            let bar = ProgressBar::new(of);
            let style = ProgressStyle::with_template("{prefix} {bar:40} {percent:>3} %  {eta}");
            if let Ok(style) = style {
                bar.set_style(style);
            }
            bar.with_prefix(what)
        });
        bar.set_length(of);
        bar.set_position(done);
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}
