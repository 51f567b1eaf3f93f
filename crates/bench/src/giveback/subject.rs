//! A process that stops and waits while it is looked at.

use std::fs::File;
use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use serde::Deserialize;

use super::memory::Memory;
use super::seen::{Pause, Rates};
use crate::process;

/// What the process tells in a line.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Line {
    /// The stop at which it waits; without one it goes on.
    pub stop: Option<String>,
    /// What it will call, in words.
    pub call: Option<String>,
    /// Live bytes, as they were asked for.
    pub live: u64,
    /// Live bytes that the program may use.
    pub usable: u64,
    /// Live blocks.
    pub blocks: u64,
    /// Freed bytes.
    pub freed: u64,
    /// Whether there was something to call.
    pub called: bool,
    /// How long the call took.
    pub seconds: f64,
    /// Live blocks that were found whole in the end.
    pub checked: u64,
    /// How another thread was held up.
    pub pause: Option<Pause>,
    /// How fast blocks were replaced.
    pub rates: Option<Rates>,
}

/// The process.
pub struct Subject {
    child: Child,
    input: ChildStdin,
    lines: Receiver<String>,
    errors: File,
    limit: Duration,
    /// When it was looked at, last.
    looked: Instant,
}

impl Subject {
    /// Starts it. No line may be longer in coming than `limit`.
    pub fn start(mut command: Command, limit: Duration) -> Result<Self> {
        let errors = process::memory_file("errors")?;
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(errors.try_clone()?);
        let name = command.get_program().to_string_lossy().into_owned();
        let mut child = command.spawn().with_context(|| format!("cannot start {name}"))?;
        let input = child.stdin.take().context("the process has no input")?;
        let output = child.stdout.take().context("the process has no output")?;
        let (sender, lines) = mpsc::channel();
        // Ends with the process, which closes its output, or when nobody listens any more.
        thread::spawn(move || {
            for line in BufReader::new(output).lines() {
                let Ok(line) = line else { break };
                if sender.send(line).is_err() {
                    break;
                }
            }
        });
        Ok(Self { child, input, lines, errors, limit, looked: Instant::now() })
    }

    /// The next line.
    pub fn next(&mut self) -> Result<Line> {
        self.next_watching(self.limit, |_| Ok(()))
    }

    /// The next line; until it comes, `look` is called `every` so often, counted from the last
    /// look, however many lines came since.
    pub fn next_watching(
        &mut self,
        every: Duration,
        mut look: impl FnMut(&Self) -> Result<()>,
    ) -> Result<Line> {
        let deadline = Instant::now() + self.limit;
        loop {
            let rest = every.saturating_sub(self.looked.elapsed());
            if rest.is_zero() {
                look(self)?;
                self.looked = Instant::now();
                continue;
            }
            let left = deadline.saturating_duration_since(Instant::now());
            match self.lines.recv_timeout(rest.min(left)) {
                Ok(line) => {
                    return serde_json::from_str(&line)
                        .with_context(|| format!("the process told no figures: {line}"));
                }
                Err(RecvTimeoutError::Timeout) if Instant::now() < deadline => {}
                Err(RecvTimeoutError::Timeout) => {
                    bail!("told nothing for {} s and was stopped", self.limit.as_secs());
                }
                Err(RecvTimeoutError::Disconnected) => bail!("{}", self.last_words()?),
            }
        }
    }

    /// Lets it go on.
    pub fn go(&mut self) -> Result<()> {
        match self.input.write_all(b"\n") {
            Ok(()) => Ok(()),
            Err(_) => bail!("{}", self.last_words()?),
        }
    }

    /// What it has resident.
    pub fn memory(&self) -> Result<Memory> {
        Memory::of(self.child.id())
    }

    /// Waits for its end, which must be a good one.
    pub fn finish(mut self) -> Result<()> {
        let deadline = Instant::now() + self.limit;
        loop {
            match self.child.try_wait()? {
                Some(status) if status.success() => return Ok(()),
                Some(_) => bail!("{}", self.last_words()?),
                None if Instant::now() > deadline => bail!("did not come to an end"),
                None => thread::sleep(Duration::from_millis(1)),
            }
        }
    }

    /// How it ended, when it should not have.
    fn last_words(&mut self) -> Result<String> {
        let status = self.child.wait()?;
        let errors = process::contents(&mut self.errors)?;
        let text = String::from_utf8_lossy(&errors);
        let last = text.lines().rev().find(|line| !line.trim().is_empty()).unwrap_or("no message");
        Ok(format!("{status}: {}", last.trim()))
    }
}

impl Drop for Subject {
    fn drop(&mut self) {
        // It may have ended already; then there is nothing to kill and its status is there.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;

    fn shell(script: &str, limit: Duration) -> Subject {
        let mut command = process::command(Path::new("/bin/sh"), None);
        command.args(["-c", script]);
        Subject::start(command, limit).expect("the shell runs")
    }

    const LIMIT: Duration = Duration::from_secs(20);

    #[test]
    fn a_process_stops_until_it_is_told_to_go_on() {
        let script = r#"echo '{"stop":"before","live":7}'; read line; echo '{"live":8}'"#;
        let mut subject = shell(script, LIMIT);
        let line = subject.next().expect("a line");
        assert_eq!((line.stop.as_deref(), line.live), (Some("before"), 7));
        assert!(subject.memory().expect("memory").pss > 0);
        subject.go().expect("it waits");
        assert_eq!(subject.next().expect("a line").live, 8);
        subject.finish().expect("a good end");
    }

    #[test]
    fn a_process_is_looked_at_while_it_works() {
        // Lines that come faster than the looks don't put them off.
        let script = r#"for i in 1 2 3 4 5 6 7 8; do sleep 0.05; echo '{"live":1}'; done"#;
        let mut subject = shell(script, LIMIT);
        let mut looks = 0;
        for _ in 0..8 {
            let count = |_: &Subject| {
                looks += 1;
                Ok(())
            };
            subject.next_watching(Duration::from_millis(100), count).expect("a line");
        }
        assert!((2..=8).contains(&looks), "{looks}");
    }

    #[test]
    fn a_bad_end_and_silence_are_told() {
        let mut subject = shell("echo no room >&2; exit 3", LIMIT);
        let error = subject.next().expect_err("no line").to_string();
        assert!(error.contains("3: no room"), "{error}");
        let mut subject = shell("exec sleep 60", Duration::from_millis(50));
        let error = subject.next().expect_err("no line").to_string();
        assert!(error.contains("told nothing"), "{error}");
        let error = shell("echo hello; read line", LIMIT).next().expect_err("no figures");
        assert!(error.to_string().contains("hello"), "{error}");
    }
}
