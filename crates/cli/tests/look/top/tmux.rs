//! A real terminal: a window of tmux, into which keys are typed and whose screen is read.

use std::fmt::Write;
use std::process::{Command, Output};
use std::thread;
use std::time::{Duration, Instant};

use tempfile::TempDir;

/// What is not on the screen after this will never be.
const PATIENCE: Duration = Duration::from_secs(30);

/// See the module. It is closed when dropped.
pub struct Window {
    /// Where its server listens.
    directory: TempDir,
}

impl Window {
    /// A window of so many columns and lines that runs a program: words, and settings of the
    /// environment. When the program has ended its exit status stands on the screen.
    pub fn run(size: (u16, u16), words: &[&str], environment: &[(&str, &str)]) -> Self {
        let mut line = String::new();
        for word in [env!("CARGO_BIN_EXE_heapmin")].iter().chain(words) {
            assert!(!word.contains('\''), "{word}");
            write!(line, "'{word}' ").unwrap();
        }
        Self::shell(size, &format!("{line}; echo status $?; exec cat"), environment)
    }

    /// A window in which a shell carries out a line.
    pub fn shell(size: (u16, u16), line: &str, environment: &[(&str, &str)]) -> Self {
        let window = Self { directory: tempfile::tempdir().unwrap() };
        let (width, height) = (size.0.to_string(), size.1.to_string());
        let mut command = window.tmux();
        command.args(["-u", "-f", "/dev/null", "new-session", "-d", "-x", &width, "-y", &height]);
        let settings = [("LC_ALL", "C.UTF-8"), ("SHELL", "/bin/sh"), ("NO_COLOR", "")];
        for (name, value) in settings.iter().chain(environment) {
            command.arg("-e").arg(format!("{name}={value}"));
        }
        command.env("LC_ALL", "C.UTF-8").args(["sh", "-c", line]);
        let output = command.output().expect("tmux is missing: apt-get install tmux");
        assert!(output.status.success(), "{output:?}");
        window
    }

    /// Types keys, as tmux calls them.
    pub fn press(&self, keys: &[&str]) {
        self.tell(&[&["send-keys"], keys].concat());
    }

    /// Gives the window another size.
    pub fn resize(&self, (width, height): (u16, u16)) {
        let (width, height) = (width.to_string(), height.to_string());
        self.tell(&["resize-window", "-x", &width, "-y", &height]);
    }

    /// What is on the screen.
    pub fn screen(&self) -> String {
        self.tell(&["capture-pane", "-p"])
    }

    /// With colours and other attributes, as escape sequences.
    pub fn screen_with_attributes(&self) -> String {
        self.tell(&["capture-pane", "-p", "-e"])
    }

    /// Whether a program has taken the screen, and whether the cursor is seen.
    pub fn is_taken(&self) -> (bool, bool) {
        let told = self.tell(&["display-message", "-p", "#{alternate_on} #{cursor_flag}"]);
        (told.starts_with('1'), told.trim_end().ends_with('1'))
    }

    /// Waits until something is on the screen. Returns the screen.
    pub fn wait(&self, what: &str) -> String {
        self.wait_until(what, |screen| screen.contains(what))
    }

    /// Waits until the screen is as it should be. Returns it.
    pub fn wait_until(&self, what: &str, is_so: impl Fn(&str) -> bool) -> String {
        let begin = Instant::now();
        loop {
            let screen = self.screen();
            if is_so(&screen) {
                return screen;
            }
            assert!(begin.elapsed() < PATIENCE, "no {what}:\n{screen}");
            thread::sleep(Duration::from_millis(50));
        }
    }

    /// The number of the process `heapmin` that runs in the window.
    pub fn program(&self) -> i32 {
        let shell = self.tell(&["display-message", "-p", "#{pane_pid}"]);
        let children = format!("/proc/{0}/task/{0}/children", shell.trim());
        let children = std::fs::read_to_string(children).unwrap();
        children.split_whitespace().next().unwrap().parse().unwrap()
    }

    fn tmux(&self) -> Command {
        let mut command = Command::new("tmux");
        command.arg("-S").arg(self.directory.path().join("socket"));
        command.env_remove("TMUX");
        command
    }

    fn tell(&self, words: &[&str]) -> String {
        let output: Output = self.tmux().args(words).output().unwrap();
        assert!(output.status.success(), "{words:?}: {output:?}");
        String::from_utf8(output.stdout).unwrap()
    }
}

impl Drop for Window {
    fn drop(&mut self) {
        // It may have closed itself.
        let _ = self.tmux().arg("kill-server").output();
    }
}
