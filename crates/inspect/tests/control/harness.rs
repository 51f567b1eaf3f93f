//! Programs in C, on the heap, which are asked while they do something.

use heapmin_inspect::{Error, Target};
use std::env;
use std::fs::{self, File};
use std::io::{BufRead, BufReader, Read};
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::OnceLock;
use std::time::{Duration, Instant};

/// How long a program may take to say something.
const PATIENCE: Duration = Duration::from_secs(60);

/// A running program.
pub struct Program {
    child: Child,
    input: Option<ChildStdin>,
    output: BufReader<ChildStdout>,
}

impl Program {
    /// Starts a program with arguments, and waits until it says that it is ready.
    pub fn start(name: &str, arguments: &[&str]) -> Self {
        Self::wrapped(&[], name, arguments)
    }

    /// The same below another program.
    pub fn wrapped(wrapper: &[&str], name: &str, arguments: &[&str]) -> Self {
        let program = built(name);
        let mut command = match wrapper {
            [] => Command::new(&program),
            [first, rest @ ..] => {
                let mut command = Command::new(first);
                command.args(rest).arg(&program);
                command
            }
        };
        let mut child = command
            .args(arguments)
            .env("LD_PRELOAD", library())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap_or_else(|error| panic!("{name}: {error}"));
        let input = child.stdin.take();
        let output = BufReader::new(child.stdout.take().expect("it was asked for"));
        let mut program = Self { child, input, output };
        assert_eq!(program.line(), "ready");
        program
    }

    pub fn pid(&self) -> i32 {
        self.child.id().cast_signed()
    }

    /// Opens it. At its very start it may not be on the heap yet.
    pub fn target(&self) -> Target {
        Target::open(self.pid()).unwrap_or_else(|error| panic!("{error}"))
    }

    /// A line that it has written.
    pub fn line(&mut self) -> String {
        let mut line = String::new();
        self.output.read_line(&mut line).expect("it writes text");
        line.trim_end().to_owned()
    }

    pub fn signal(&self, signal: i32) {
        // SAFETY: the process is our child, which wasn't waited for.
        assert_eq!(unsafe { libc::kill(self.pid(), signal) }, 0);
    }

    /// The letter that the system has for what it does.
    pub fn state(&self) -> char {
        let stat = fs::read_to_string(format!("/proc/{}/stat", self.pid())).expect("it is there");
        stat.rsplit(')').next().and_then(|rest| rest.trim_start().chars().next()).expect("a state")
    }

    pub fn threads(&self) -> usize {
        fs::read_dir(format!("/proc/{}/task", self.pid())).expect("it is there").count()
    }

    pub fn mappings(&self) -> usize {
        let maps = fs::read_to_string(format!("/proc/{}/maps", self.pid())).expect("it is there");
        maps.lines().count()
    }

    /// Waits for its end, which has to be a good one: what it says, and its exit status.
    pub fn ends_well(mut self) {
        self.input = None;
        let mut rest = Vec::new();
        loop {
            match self.line() {
                line if line.is_empty() => break,
                line => rest.push(line),
            }
        }
        let status = self.child.wait().expect("it is our child");
        assert!(
            status.success(),
            "status {:?}, signal {:?}: {rest:?}",
            status.code(),
            status.signal()
        );
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The example `trim`, which asks.
pub struct Asker {
    child: Child,
}

impl Asker {
    /// Asks programs in turn, so many milliseconds apart.
    pub fn start(programs: &[&Program], every: &str) -> Self {
        let pids = programs.iter().map(|program| program.pid().to_string());
        let child = Command::new(example())
            .args(pids)
            .env("EVERY", every)
            .stdout(Stdio::piped())
            .spawn()
            .expect("the example runs");
        Self { child }
    }

    pub fn is_running(&self) -> bool {
        let stat = fs::read_to_string(format!("/proc/{}/stat", self.child.id()));
        stat.is_ok_and(|stat| !stat.contains(") Z "))
    }

    /// Kills it. Returns how often it was given an answer.
    pub fn kill(mut self) -> usize {
        self.child.kill().expect("it is our child");
        let mut said = String::new();
        let output = self.child.stdout.as_mut().expect("it was asked for");
        output.read_to_string(&mut said).expect("it writes text");
        self.child.wait().expect("it is our child");
        said.lines().count()
    }

    /// Asks once, below another program, which has to fail. Returns what it says.
    pub fn fails(wrapper: &[&str], program: &Program) -> String {
        let output = Command::new(wrapper[0])
            .args(&wrapper[1..])
            .arg(example())
            .arg(program.pid().to_string())
            .output()
            .expect("it runs");
        assert!(!output.status.success());
        String::from_utf8_lossy(&output.stderr).into_owned()
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

/// Asks so often as fits into a time, and at least so many times. Returns the longest stop.
pub fn ask_for(target: &Target, time: Duration, least: u32) -> Duration {
    let end = Instant::now() + time;
    let (mut times, mut longest) = (0, Duration::ZERO);
    while times < least || Instant::now() < end {
        let trim = target
            .trim_despite(heapmin_inspect::control::Unread::Refuse)
            .unwrap_or_else(|error| panic!("request {times}: {error}"));
        longest = longest.max(trim.stopped);
        std::thread::sleep(Duration::from_millis(5));
        times += 1;
    }
    longest
}

/// The sentence of an error that is expected.
pub fn sentence<T>(result: Result<T, Error>) -> String {
    match result {
        Ok(_) => panic!("an error was expected"),
        Err(error) => error.to_string(),
    }
}

fn scratch() -> PathBuf {
    let directory = target().join("inspect-control-tests");
    fs::create_dir_all(&directory).expect("the target directory is writable");
    directory
}

fn target() -> PathBuf {
    let test = env::current_exe().expect("a test knows its own path");
    // target/PROFILE/deps/TEST
    test.ancestors().nth(3).expect("cargo builds tests three levels down").to_owned()
}

/// The library, built once.
fn library() -> PathBuf {
    static PATH: OnceLock<PathBuf> = OnceLock::new();
    PATH.get_or_init(|| {
        build("../malloc/Cargo.toml", &["--lib"]);
        target().join("debug/libheapmin_malloc.so")
    })
    .clone()
}

/// The example, built once.
fn example() -> PathBuf {
    static PATH: OnceLock<PathBuf> = OnceLock::new();
    PATH.get_or_init(|| {
        build("Cargo.toml", &["--example", "trim"]);
        // Where every user may run it.
        let copy = env::temp_dir().join(format!("heapmin-trim-{}", std::process::id()));
        fs::copy(target().join("debug/examples/trim"), &copy).expect("it can be copied");
        copy
    })
    .clone()
}

fn build(manifest: &str, what: &[&str]) {
    let lock = File::create(scratch().join("library.lock")).expect("the lock can be made");
    lock.lock().expect("the lock can be taken");
    let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let built = Command::new(cargo)
        .arg("build")
        .args(what)
        .arg("--manifest-path")
        .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join(manifest))
        .arg("--target-dir")
        .arg(target())
        .output()
        .expect("cargo runs");
    assert!(built.status.success(), "{}", String::from_utf8_lossy(&built.stderr));
}

/// A program of `programs/`, built unless it is newer than its source.
fn built(name: &str) -> PathBuf {
    let programs = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/control/programs");
    let source = programs.join(format!("{name}.c"));
    let program = scratch().join(name);
    let lock = File::create(scratch().join("programs.lock")).expect("the lock can be made");
    lock.lock().expect("the lock can be taken");
    let time = |path: &Path| fs::metadata(path).and_then(|found| found.modified()).ok();
    let newest = time(&source).max(time(&programs.join("program.h")));
    if time(&program) <= newest {
        let built = Command::new("cc")
            .args(["-std=gnu11", "-O1", "-g", "-Wall", "-Wextra", "-Werror", "-pthread", "-o"])
            .args([&program, &source])
            .output()
            .expect("there is a C compiler");
        assert!(built.status.success(), "{}", String::from_utf8_lossy(&built.stderr));
    }
    program
}
