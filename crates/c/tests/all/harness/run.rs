//! Running a program and looking at how it ended.

use super::scratch;
use std::ffi::{OsStr, OsString};
use std::fs::{self, File};
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};
use std::{process, thread};

/// A program that runs longer than this hangs.
const PATIENCE: Duration = Duration::from_secs(60);

/// A program about to run.
pub struct Run {
    program: PathBuf,
    arguments: Vec<OsString>,
    environment: Vec<(OsString, OsString)>,
    limits: Vec<String>,
}

/// How a program ended and what it wrote.
#[derive(Debug)]
pub struct Outcome {
    pub status: ExitStatus,
    pub stdout: String,
    pub stderr: String,
}

impl Run {
    /// A program by its path.
    pub fn new(program: &Path) -> Self {
        Self {
            program: program.to_owned(),
            arguments: Vec::new(),
            environment: Vec::new(),
            limits: vec!["-c 0".to_owned()],
        }
    }

    /// An installed program by its name.
    pub fn of(program: &str) -> Self {
        Self::new(Path::new(program))
    }

    /// With one more argument.
    pub fn argument(mut self, argument: impl AsRef<OsStr>) -> Self {
        self.arguments.push(argument.as_ref().to_owned());
        self
    }

    /// With a variable in the environment.
    pub fn variable(mut self, name: &str, value: impl AsRef<OsStr>) -> Self {
        self.environment.push((name.into(), value.as_ref().to_owned()));
        self
    }

    /// Under a limit of the shell's `ulimit`.
    pub fn limit(mut self, limit: &str) -> Self {
        self.limits.push(limit.to_owned());
        self
    }

    /// The command; the limits are set by a shell that becomes the program.
    fn command(&self) -> Command {
        let limits: String =
            self.limits.iter().map(|limit| format!("ulimit {limit} && ")).collect();
        let mut command = Command::new("sh");
        command.arg("-c").arg(format!("{limits}exec \"$@\"")).arg("sh");
        command.arg(&self.program).args(&self.arguments);
        for (name, value) in &self.environment {
            command.env(name, value);
        }
        command.stdin(Stdio::null());
        command
    }

    /// Runs it to its end.
    pub fn outcome(&self) -> Outcome {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let run = format!("{}-{}", process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        let [stdout, stderr] =
            ["stdout", "stderr"].map(|name| scratch().join(format!("{run}.{name}")));
        let open = |path: &Path| File::create(path).expect("the output file can be made");
        let mut child = self
            .command()
            .stdout(open(&stdout))
            .stderr(open(&stderr))
            .spawn()
            .unwrap_or_else(|error| panic!("{}: {error}", self.program.display()));
        let start = Instant::now();
        let status = loop {
            if let Some(status) = child.try_wait().expect("the child can be waited for") {
                break status;
            }
            if start.elapsed() > PATIENCE {
                child.kill().expect("the child can be killed");
                let written = fs::read_to_string(&stderr).unwrap_or_default();
                panic!("{} {:?} hangs; so far:\n{written}", self.program.display(), self.arguments);
            }
            // Short at first: most programs end at once.
            thread::sleep(if start.elapsed().as_millis() < 50 {
                Duration::from_millis(1)
            } else {
                Duration::from_millis(10)
            });
        };
        let take = |path: &Path| {
            let text = fs::read(path).expect("the output can be read");
            fs::remove_file(path).expect("the output can be removed");
            String::from_utf8_lossy(&text).into_owned()
        };
        Outcome { status, stdout: take(&stdout), stderr: take(&stderr) }
    }

    /// Runs it and expects success.
    pub fn holds(&self) -> Outcome {
        let outcome = self.outcome();
        assert!(
            outcome.status.success(),
            "{} {:?}: {}\n{}{}",
            self.program.display(),
            self.arguments,
            outcome.status,
            outcome.stdout,
            outcome.stderr
        );
        outcome
    }
}

impl Outcome {
    /// The signal that ended the program, if one did.
    pub fn signal(&self) -> Option<i32> {
        self.status.signal()
    }
}
