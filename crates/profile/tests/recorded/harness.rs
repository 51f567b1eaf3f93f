//! Programs on the heap, whose samples are recorded while they run.
//!
//! They say `ready` and begin when they are told to. After each `step` they wait, so that nothing is
//! lost, however busy the machine is. They say `done` when everything was allocated, and end when
//! their input is closed.

use heapmin_inspect::{Error, Target};
use heapmin_profile::{Measure, Profile, Recorder, Stack};
use std::env;
use std::fs::{self, File};
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::{Duration, Instant};

/// How long a program may take to say something.
const PATIENCE: Duration = Duration::from_secs(120);

/// A running program.
pub struct Program {
    child: Child,
    lines: Receiver<String>,
}

impl Program {
    /// Starts a program with the library and this rate, and waits until it is ready.
    pub fn start(program: &Path, arguments: &[&str], rate: u64) -> Self {
        let mut command = Command::new(program);
        command.args(arguments).env("LD_PRELOAD", library());
        Self::of(command, rate)
    }

    /// The same of a program that has the heap in it.
    pub fn start_alone(program: &Path, rate: u64) -> Self {
        Self::of(Command::new(program), rate)
    }

    fn of(mut command: Command, rate: u64) -> Self {
        let mut child = command
            .env("HEAPMIN_SAMPLE", rate.to_string())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap_or_else(|error| panic!("{command:?}: {error}"));
        let output = BufReader::new(child.stdout.take().expect("it was asked for"));
        let (sender, lines) = mpsc::channel();
        thread::spawn(move || {
            for line in output.lines().map_while(Result::ok) {
                let _ = sender.send(line);
            }
        });
        let program = Self { child, lines };
        assert_eq!(program.line(), "ready");
        program
    }

    fn line(&self) -> String {
        self.lines.recv_timeout(PATIENCE).expect("it says something")
    }

    pub fn pid(&self) -> i32 {
        self.child.id().cast_signed()
    }

    pub fn target(&self) -> Target {
        Target::open(self.pid()).unwrap_or_else(|error| panic!("{error}"))
    }

    /// Tells it to go on.
    pub fn go_on(&mut self) {
        let input = self.child.stdin.as_mut().expect("it listens");
        writeln!(input).and_then(|()| input.flush()).expect("it reads");
    }

    /// Waits until it has allocated everything.
    pub fn done(&self) {
        assert_eq!(self.line(), "done");
    }

    /// Has it do its work, and records that.
    pub fn record(&mut self) -> Profile {
        let target = self.target();
        let mut recorder = Recorder::new(&target).unwrap_or_else(|error| panic!("{error}"));
        self.follow(&mut recorder, &target);
        recorder.finish()
    }

    /// Follows it while it does its work.
    pub fn follow(&mut self, recorder: &mut Recorder, target: &Target) {
        let end = Instant::now() + PATIENCE;
        self.go_on();
        loop {
            assert!(Instant::now() < end, "it is never done");
            let line = self.lines.recv_timeout(Duration::from_millis(10));
            recorder.poll(target).unwrap_or_else(|error| panic!("{error}"));
            match line.as_deref() {
                Ok("step") => self.go_on(),
                Ok(line) => {
                    assert_eq!(line, "done");
                    return;
                }
                Err(_) => {}
            }
        }
    }

    /// Lets it end, and follows it until then.
    pub fn end(&mut self, recorder: &mut Recorder, target: &Target) -> Error {
        self.child.stdin = None;
        let end = Instant::now() + PATIENCE;
        loop {
            assert!(Instant::now() < end, "it never ends");
            if let Err(error) = recorder.poll(target) {
                return error;
            }
            thread::sleep(Duration::from_millis(10));
        }
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Looking at profiles.
pub trait Look {
    /// The functions of a stack, from the innermost outwards.
    fn functions(&self, stack: &Stack) -> Vec<&str>;

    /// The bytes of all stacks with a function.
    fn bytes_of(&self, function: &str, measure: Measure) -> u64;

    /// The stack with the most bytes of those with a function.
    fn heaviest(&self, function: &str) -> &Stack;
}

impl Look for Profile {
    fn functions(&self, stack: &Stack) -> Vec<&str> {
        let name = |&place: &u32| self.frames[place as usize].function.as_str();
        stack.frames.iter().map(name).collect()
    }

    fn bytes_of(&self, function: &str, measure: Measure) -> u64 {
        self.stacks
            .iter()
            .filter(|stack| self.functions(stack).contains(&function))
            .map(|stack| stack.amounts.bytes(measure))
            .sum()
    }

    fn heaviest(&self, function: &str) -> &Stack {
        self.stacks.iter().find(|stack| self.functions(stack).contains(&function)).unwrap_or_else(
            || panic!("no {function}: {:#?}", self.to_collapsed(Measure::Allocated)),
        )
    }
}

/// Whether an estimate is within so many percent of the truth. One that is made of n samples is off by
/// more than 500 / √n percent once in a million times.
pub fn assert_near(what: &str, percent: f64, estimate: u64, truth: u64) {
    let off = estimate.abs_diff(truth) as f64 / truth as f64 * 100.0;
    assert!(off < percent, "{what}: {estimate} instead of {truth}, {off:.1} % off");
}

fn scratch() -> PathBuf {
    let directory = built_by_cargo().join("profile-tests");
    fs::create_dir_all(&directory).expect("the target directory is writable");
    directory
}

/// The target directory.
fn built_by_cargo() -> PathBuf {
    let test = env::current_exe().expect("a test knows its own path");
    // target/PROFILE/deps/TEST
    test.ancestors().nth(3).expect("cargo builds tests three levels down").to_owned()
}

/// The library, built once.
fn library() -> PathBuf {
    static PATH: OnceLock<PathBuf> = OnceLock::new();
    PATH.get_or_init(|| {
        let lock = File::create(scratch().join("library.lock")).expect("the lock can be made");
        lock.lock().expect("the lock can be taken");
        cargo(&["build", "--lib", "--package", "heapmin-malloc"]);
        built_by_cargo().join("debug/libheapmin_malloc.so")
    })
    .clone()
}

fn cargo(arguments: &[&str]) {
    let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let manifest = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../Cargo.toml");
    let built = Command::new(cargo)
        .args(arguments)
        .arg("--manifest-path")
        .arg(manifest)
        .arg("--target-dir")
        .arg(built_by_cargo())
        .output()
        .expect("cargo runs");
    assert!(built.status.success(), "{}", String::from_utf8_lossy(&built.stderr));
}

/// The program whose global allocator is the crate.
pub fn on_the_crate() -> PathBuf {
    let lock = File::create(scratch().join("example.lock")).expect("the lock can be made");
    lock.lock().expect("the lock can be taken");
    cargo(&["build", "--package", "heapmin-profile", "--example", "on_the_crate"]);
    built_by_cargo().join("debug/examples/on_the_crate")
}

/// A program of `programs/`, compiled without frame pointers, and with these options.
pub fn compiled(source: &str, name: &str, options: &[&str]) -> PathBuf {
    let compiler = if source.ends_with(".cc") { "c++" } else { "cc" };
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/recorded/programs");
    let program = scratch().join(name);
    let lock = File::create(scratch().join("programs.lock")).expect("the lock can be made");
    lock.lock().expect("the lock can be taken");
    let built = Command::new(compiler)
        .args([
            "-O2",
            "-fomit-frame-pointer",
            "-fno-builtin-malloc",
            "-Wall",
            "-Wextra",
            "-pthread",
        ])
        .args(options)
        .arg("-o")
        .args([&program, &directory.join(source)])
        .output()
        .expect("there is a C compiler");
    assert!(built.status.success(), "{}", String::from_utf8_lossy(&built.stderr));
    program
}
