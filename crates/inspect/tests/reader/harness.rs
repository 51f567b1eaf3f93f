//! Programs in C, on the heap or not, that are looked into.

use heapmin_inspect::Target;
use std::env;
use std::fs::{self, File};
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::OnceLock;
use std::time::{Duration, Instant};

/// How long something may take.
const PATIENCE: Duration = Duration::from_secs(60);

/// A running program.
pub struct Program {
    child: Child,
    input: Option<ChildStdin>,
    output: BufReader<ChildStdout>,
    /// What it has said before it was ready.
    pub said: Vec<String>,
}

impl Program {
    /// Starts a program on the heap, and waits until it says that it is ready.
    pub fn start(name: &str, arguments: &[&str]) -> Self {
        let mut command = Command::new(built(name));
        command.args(arguments).env("LD_PRELOAD", library());
        Self::run(command)
    }

    /// The same for any command.
    pub fn run(mut command: Command) -> Self {
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().unwrap_or_else(|error| panic!("{command:?}: {error}"));
        let input = child.stdin.take();
        let output = BufReader::new(child.stdout.take().expect("it was asked for"));
        let mut program = Self { child, input, output, said: Vec::new() };
        loop {
            let line = program.line();
            assert_ne!(line, "", "{command:?} ended; it said {:?}", program.said);
            if line == "ready" {
                return program;
            }
            program.said.push(line);
        }
    }

    pub fn pid(&self) -> i32 {
        self.child.id().cast_signed()
    }

    pub fn target(&self) -> Target {
        Target::open(self.pid()).unwrap_or_else(|error| panic!("{error}"))
    }

    /// A line that it has written.
    pub fn line(&mut self) -> String {
        let mut line = String::new();
        self.output.read_line(&mut line).expect("it writes text");
        line.trim_end().to_owned()
    }

    /// The numbers of a line that begins with a word.
    pub fn told(&self, word: &str) -> Vec<u64> {
        let line = self.said.iter().find_map(|line| line.strip_prefix(word)).expect("it said so");
        line.split_whitespace().map(|number| number.parse().expect("a number")).collect()
    }

    /// Lets it go on.
    pub fn go_on(&mut self) {
        let input = self.input.as_mut().expect("it still listens");
        input.write_all(b"\n").expect("it reads");
    }

    pub fn kill(&mut self) {
        self.child.kill().expect("it is our child");
    }

    pub fn wait(&mut self) {
        self.child.wait().expect("it is our child");
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Waits until something is so.
pub fn until(what: &str, mut is_so: impl FnMut() -> bool) {
    let end = Instant::now() + PATIENCE;
    while !is_so() {
        assert!(Instant::now() < end, "{what}: not within {PATIENCE:?}");
        std::thread::sleep(Duration::from_millis(1));
    }
}

/// Whether the tests run as root; those that need it say that they did nothing.
pub fn is_root() -> bool {
    // SAFETY: only asks.
    let is_root = unsafe { libc::geteuid() } == 0;
    if !is_root {
        eprintln!("needs root: nothing was tested");
    }
    is_root
}

fn scratch() -> PathBuf {
    let scratch = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("inspect-reader");
    fs::create_dir_all(&scratch).expect("the directory can be made");
    scratch
}

/// The directory in which the tests are built.
fn target() -> PathBuf {
    let directory = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().expect("it is in one");
    directory.to_owned()
}

/// The malloc library, built as these tests are.
pub fn library() -> PathBuf {
    static PATH: OnceLock<PathBuf> = OnceLock::new();
    PATH.get_or_init(|| {
        let lock = File::create(scratch().join("library.lock")).expect("the lock can be made");
        lock.lock().expect("the lock can be taken");
        let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let package = Path::new(env!("CARGO_MANIFEST_DIR")).join("../malloc/Cargo.toml");
        let built = Command::new(cargo)
            .args(["build", "--lib", "--manifest-path"])
            .arg(package)
            .arg("--target-dir")
            .arg(target())
            .output()
            .expect("cargo runs");
        assert!(built.status.success(), "{}", String::from_utf8_lossy(&built.stderr));
        target().join("debug/libheapmin_malloc.so")
    })
    .clone()
}

/// A program of `programs/`, built unless it is newer than its source.
pub fn built(name: &str) -> PathBuf {
    let programs = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/reader/programs");
    let source = programs.join(format!("{name}.c"));
    let program = scratch().join(name);
    let lock = File::create(scratch().join("programs.lock")).expect("the lock can be made");
    lock.lock().expect("the lock can be taken");
    let time = |path: &Path| fs::metadata(path).and_then(|found| found.modified()).ok();
    let newest = time(&source).max(time(&programs.join("program.h")));
    if time(&program) <= newest {
        let built = Command::new("cc")
            .args(["-std=gnu11", "-O1", "-g", "-Wall", "-Wextra", "-Werror", "-fno-builtin"])
            .args(["-pthread", "-o"])
            .args([&program, &source])
            .output()
            .expect("there is a C compiler");
        assert!(built.status.success(), "{}", String::from_utf8_lossy(&built.stderr));
    }
    program
}
