//! Programs that the commands must not harm, and that do what makes looking into them hard: they check
//! themselves meanwhile, wait in calls that a debugger disturbs, become other programs, have names that
//! are no names, and end.

use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::process::CommandExt;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use heapmin_inspect::Target;
use serde_json::Value;
use tempfile::TempDir;

use crate::subject::{Subject, heapmin, look, shown};

/// A program from `tests/look/hostile` that runs on heapmin. It ends when dropped.
struct Hostile {
    child: Child,
    output: BufReader<ChildStdout>,
    directory: TempDir,
}

impl Hostile {
    fn start(source: &str, argument: &str) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let program = directory.path().join(source);
        let file = format!("{}/tests/look/hostile/{source}.c", env!("CARGO_MANIFEST_DIR"));
        let mut compiler = Command::new("cc");
        compiler.args(["-std=gnu17", "-O1", "-Wall", "-Wextra", "-fno-builtin", "-pthread"]);
        assert!(compiler.arg(file).arg("-o").arg(&program).status().unwrap().success());
        let mut command = heapmin();
        command.env("XDG_CACHE_HOME", directory.path());
        command.args(["run", "--"]).arg(program).arg(argument);
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let output = BufReader::new(child.stdout.take().unwrap());
        Self { child, output, directory }
    }

    fn started(source: &str, argument: &str) -> Self {
        let mut hostile = Self::start(source, argument);
        let mut line = String::new();
        hostile.output.read_line(&mut line).unwrap();
        assert_eq!(line, "ready\n");
        hostile
    }

    fn pid(&self) -> String {
        self.child.id().to_string()
    }

    fn is_running(&mut self) -> bool {
        self.child.try_wait().unwrap().is_none()
    }

    /// What it says at its end, which has to be a good one.
    fn last_words(mut self) -> String {
        drop(self.child.stdin.take());
        let mut words = String::new();
        self.output.read_to_string(&mut words).unwrap();
        let status = self.child.wait().unwrap();
        assert!(status.success(), "{status}: {words}");
        words
    }
}

impl Drop for Hostile {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn a_program_is_unharmed_while_everything_looks_at_it_and_acts() {
    let mut hostile = Hostile::started("verifies", "5");
    let pid = hostile.pid();
    let page = hostile.directory.path().join("page.html");
    let page = page.to_str().unwrap();
    let report = ["report", "--attach", &pid, "--seconds", "1", "--stacks=16K", "--output", page];
    let commands: [&[&str]; 6] = [
        &["min", &pid],
        &["check", "--inside", &pid],
        &["walk", "--json", &pid],
        &["map", "--json", &pid],
        &["metrics", &pid],
        &report,
    ];
    let is_over = AtomicBool::new(false);
    let done: Vec<u32> = thread::scope(|scope| {
        let hammer = |command: &'static str, words: Vec<String>| {
            let is_over = &is_over;
            scope.spawn(move || {
                let mut done = 0;
                while !is_over.load(Ordering::Relaxed) {
                    let output = heapmin().args(&words).output().unwrap();
                    match output.status.code() {
                        Some(0) => done += 1,
                        // Another one has it just now, or it has ended.
                        Some(3) => {}
                        _ => panic!("{command}: {output:?}"),
                    }
                }
                done
            })
        };
        let names = ["min", "check", "walk", "map", "metrics", "report"];
        let threads: Vec<_> = names
            .into_iter()
            .zip(commands)
            .map(|(name, words)| hammer(name, words.iter().map(|&word| word.to_owned()).collect()))
            .collect();
        while hostile.is_running() {
            thread::sleep(Duration::from_millis(50));
        }
        is_over.store(true, Ordering::Relaxed);
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    assert!(done.iter().all(|&done| done > 0), "each worked at least once: {done:?}");
    assert_eq!(hostile.last_words(), "0 faults, signals\n");
}

#[test]
fn a_call_that_waits_does_not_return_early() {
    // Of a program of one thread, which is the one that is borrowed.
    let calls = ["epoll_wait", "sigtimedwait", "semtimedop", "recv", "nanosleep"];
    let waiting = calls.map(|call| (call, Hostile::started("waits", call)));
    for _ in 0..4 {
        for (call, hostile) in &waiting {
            for action in [&["min"][..], &["check", "--inside"]] {
                let output = heapmin().args(action).arg(hostile.pid()).output().unwrap();
                assert_eq!(output.status.code(), Some(0), "{call}: {output:?}");
            }
        }
        thread::sleep(Duration::from_millis(70));
    }
    for (call, hostile) in waiting {
        assert_eq!(hostile.last_words(), "0 early\n", "{call}");
    }
}

#[test]
fn a_program_that_becomes_another_one_goes_on_and_the_message_says_so() {
    for command in [&["walk"][..], &["map", "--json"], &["min"], &["check"]] {
        let mut hostile = Hostile::start("becomes", "30");
        let pid = hostile.pid();
        while hostile.is_running() {
            let output = heapmin().args(command).arg(&pid).output().unwrap();
            let message = String::from_utf8(output.stderr).unwrap();
            match output.status.code() {
                Some(0) => assert_eq!(message, ""),
                Some(3) => assert!(message.contains(&pid), "{message}"),
                _ => panic!("{command:?}: {}: {message}", output.status),
            }
        }
        assert_eq!(hostile.last_words(), "");
    }
}

#[test]
fn sampling_ends_when_whoever_asked_for_it_is_killed() {
    // Longer than any of the waits below; it is killed at the end.
    let hostile = Hostile::started("verifies", "120");
    let target = Target::open(hostile.child.id() as i32).unwrap();
    let rate = || {
        let mut bytes = [0; 8];
        target.read(target.directory().profile.get(), &mut bytes).unwrap();
        u64::from_le_bytes(bytes)
    };
    assert_eq!(rate(), 0);
    let page = hostile.directory.path().join("page.html");
    let report = |seconds| {
        let mut report = heapmin();
        report.args(["report", "--stacks=64K", "--attach", &hostile.pid()]);
        report.args(["--seconds", seconds, "--output"]).arg(&page).stderr(Stdio::null());
        report
    };
    let output = report("0.3").stderr(Stdio::piped()).output().unwrap();
    assert!(output.status.success(), "{output:?}");
    assert_eq!(rate(), 0, "it has ended by itself");
    let mut reporter = report("60").spawn().unwrap();
    let start = Instant::now();
    while rate() == 0 {
        assert!(start.elapsed() < Duration::from_secs(30), "sampling begins");
        thread::sleep(Duration::from_millis(10));
    }
    reporter.kill().unwrap();
    reporter.wait().unwrap();
    assert_eq!(rate(), 65536, "nobody has said that it is over");
    let killed = Instant::now();
    while rate() != 0 {
        // After 10 s, at the next sample; a busy machine may be late.
        assert!(killed.elapsed() < Duration::from_secs(20), "sampling goes on");
        thread::sleep(Duration::from_millis(50));
    }
}

/// Words that are dangerous to show: a title and colours for the terminal, one of them by a single
/// byte; lines, HTML, what quotes and what CSV, JSON and Prometheus need; text that runs backwards.
const DANGEROUS: &[u8] = b"\x1b]0;owned\x07\x1b[31m\r\n\x08</script><script>document.title='owned'\
    </script><!--\"'`,;{}=\\\x7f\xc2\x9b31m\xff\xfe\xe2\x80\xae\xe2\x80\xa8-->";

#[test]
fn a_command_line_can_do_nothing_to_what_shows_it() {
    let directory = tempfile::tempdir().unwrap();
    let dangerous = std::ffi::OsStr::from_bytes(DANGEROUS);
    let mut command = heapmin();
    command.env("XDG_CACHE_HOME", directory.path());
    command.args(["run", "--", "sh", "-c", "echo ready; read line"]).arg(dangerous);
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let pid = child.id().to_string();
    let page = directory.path().join("page.html");
    let page = page.to_str().unwrap();
    let commands: [&[&str]; 11] = [
        &["ps"],
        &["ps", "--json"],
        &["ps", "--heaps", &pid],
        &["map", &pid],
        &["map", "--json", &pid],
        &["map", "--html", "-", &pid],
        &["walk", "--format", "csv", &pid],
        &["check", &pid],
        &["min", &pid],
        &["min", "--json", &pid],
        &["metrics", &pid],
    ];
    for words in commands {
        let shown = shown(words);
        let is_control = |c: char| c.is_control() && c != '\n';
        assert!(!shown.contains(is_control), "{words:?}: {shown:?}");
        if words.contains(&"--html") {
            assert!(!shown.contains("<script>document"), "{words:?}: {shown:?}");
        } else if words.contains(&"--json") {
            serde_json::from_str::<Value>(&shown).unwrap();
        }
    }
    let report = ["report", "--attach", &pid, "--seconds", "0.2", "--output", page];
    assert!(look(&report).status.success());
    assert!(!fs::read_to_string(page).unwrap().contains("<script>document"));
    child.kill().unwrap();
    child.wait().unwrap();
}

#[test]
fn a_process_without_memory_of_its_own_is_named_for_what_it_is() {
    // A zombie.
    let mut ended = Command::new("true").spawn().unwrap();
    while !fs::read_to_string(format!("/proc/{}/stat", ended.id())).unwrap().contains(") Z ") {
        thread::sleep(Duration::from_millis(5));
    }
    for command in ["walk", "map", "check", "min", "metrics"] {
        let output = look(&[command, &ended.id().to_string()]);
        assert_eq!(output.status.code(), Some(3), "{output:?}");
        assert!(String::from_utf8_lossy(&output.stderr).contains("ended"), "{output:?}");
    }
    ended.wait().unwrap();
}

#[test]
fn a_stopped_process_is_read_and_stays_stopped() {
    let subject = Subject::with_blocks(100, 1000);
    let pid: i32 = subject.pid().parse().unwrap();
    // SAFETY: the process is the test's own child.
    assert_eq!(unsafe { libc::kill(pid, libc::SIGSTOP) }, 0);
    let state = || fs::read_to_string(format!("/proc/{pid}/stat")).unwrap().contains(") T ");
    while !state() {
        thread::sleep(Duration::from_millis(5));
    }
    for command in ["walk", "map", "check", "metrics"] {
        shown(&[command, &subject.pid()]);
    }
    for action in [&["min"][..], &["check", "--inside"]] {
        let output = heapmin().args(action).arg(subject.pid()).output().unwrap();
        assert_eq!(output.status.code(), Some(3), "{output:?}");
        assert!(String::from_utf8_lossy(&output.stderr).contains("kill -CONT"), "{output:?}");
    }
    assert!(state(), "it is stopped as before");
}

#[test]
fn another_user_gets_nothing() {
    // SAFETY: it only tells who runs this.
    if unsafe { libc::geteuid() } != 0 {
        // Somebody else's processes are not to be had then; the first one is root's.
        let output = look(&["walk", "1"]);
        assert_eq!(output.status.code(), Some(3), "{output:?}");
        return;
    }
    let subject = Subject::with_blocks(100, 1000);
    for words in [&["walk"][..], &["map"], &["min"], &["check", "--inside"], &["metrics"]] {
        let mut command = heapmin();
        command.args(words).arg(subject.pid()).uid(65534).gid(65534).current_dir("/");
        let output = command.output().unwrap();
        assert_eq!(output.status.code(), Some(3), "{output:?}");
        assert_eq!(output.stdout, b"", "{output:?}");
        let message = String::from_utf8(output.stderr).unwrap();
        assert!(message.contains("can't be looked into: it is another user's"), "{message}");
    }
    assert!(shown(&["check", &subject.pid()]).contains(": sound; "));
}
