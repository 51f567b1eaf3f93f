//! `heapmin report`: what is in it, and that the program doesn't notice.

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::os::unix::process::ExitStatusExt;
use std::path::PathBuf;
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use heapmin_inspect::Target;
use heapmin_pages::report::timeline::EventKind;
use heapmin_pages::report::{End, Report};
use tempfile::TempDir;

use crate::subject::{Subject, heapmin};

/// Does what the first argument says.
const SOURCE: &str = r#"
#define _GNU_SOURCE
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void *kept[1 << 16];

__attribute__((noinline)) void leaky(void) {
    for (int i = 0; i < 500; i++) memset(malloc(2000), 1, 2000);
}

__attribute__((noinline)) void peaky(void) {
    for (int i = 0; i < 64; i++) memset(kept[i] = malloc(1 << 20), 1, 1 << 20);
    usleep(700000);
    for (int i = 0; i < 64; i++) free(kept[i]);
}

static pthread_t first;

static void *last(void *unused) {
    pthread_join(first, NULL);
    usleep(200000);
    leaky();
    exit(6);
}

int main(int argc, char **argv) {
    char *what = argv[1];
    if (!strcmp(what, "peak")) {
        peaky();
        leaky();
        exit(3);
    }
    if (!strcmp(what, "_exit")) {
        leaky();
        _exit(4);
    }
    if (!strcmp(what, "abort")) {
        leaky();
        abort();
    }
    if (!strcmp(what, "thread")) {
        pthread_t other;
        first = pthread_self();
        pthread_create(&other, NULL, last, NULL);
        pthread_exit(NULL);
    }
    if (!strcmp(what, "fork")) {
        if (fork() == 0) {
            peaky();
            _exit(0);
        }
        leaky();
        return 0;
    }
    if (!strcmp(what, "daemon")) {
        if (daemon(0, 0)) return 1;
        sleep(60);
    }
}
"#;

/// A directory with the program and the reports on it.
struct Place {
    directory: TempDir,
}

impl Place {
    fn new() -> Self {
        Self { directory: tempfile::tempdir().unwrap() }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    /// The program, compiled.
    fn program(&self) -> String {
        let (source, program) = (self.path("program.c"), self.path("program"));
        fs::write(&source, SOURCE).unwrap();
        let mut compiler = Command::new("cc");
        compiler.args(["-g", "-O1", "-w", "-fno-builtin", "-pthread"]);
        compiler.arg(&source).arg("-o").arg(&program);
        assert!(compiler.status().unwrap().success(), "{compiler:?}");
        program.into_os_string().into_string().unwrap()
    }

    /// `heapmin report OPTIONS -- WORDS`.
    fn command(&self, options: &[&str], words: &[&str]) -> Command {
        let mut command = heapmin();
        command.current_dir(self.directory.path()).env("XDG_CACHE_HOME", self.directory.path());
        command.args(["report", "-o", "page.html", "--json", "data.json"]).args(options);
        command.arg("--").args(words);
        command
    }

    fn run(&self, options: &[&str], words: &[&str]) -> Output {
        self.command(options, words).output().unwrap()
    }

    /// What was found.
    fn report(&self) -> Report {
        let page = fs::read_to_string(self.path("page.html")).unwrap();
        assert!(page.starts_with("<!doctype html>") && page.ends_with("</html>\n"));
        serde_json::from_slice(&fs::read(self.path("data.json")).unwrap()).unwrap()
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// Asserts that the last figures are of the very end, with what `leaky` leaves.
#[track_caller]
fn assert_leaks(report: &Report) {
    assert!(report.last_is_the_end, "{:?}", report.notes);
    let last = report.last.as_ref().unwrap();
    let classes = last.heaps.iter().flat_map(|heap| &heap.classes);
    let leaked: u64 = classes
        .filter(|class| (2000..2300).contains(&class.block_bytes))
        .map(|class| class.live_blocks)
        .sum();
    assert_eq!(leaked, 500);
    assert!((1_000_000..1_300_000).contains(&last.totals.live_bytes), "{:?}", last.totals);
}

#[test]
fn peak_and_leaks_are_what_the_program_did() {
    let place = Place::new();
    let output = place.run(&[], &[&place.program(), "peak"]);
    assert_eq!(output.status.code(), Some(3), "{output:?}");
    assert_eq!(text(&output.stdout), "");
    let report = place.report();
    assert_leaks(&report);
    assert_eq!(report.end, End::Exited { status: 3 });
    let peak = report.timeline.peak_live_bytes;
    assert!((64 << 20..66 << 20).contains(&peak), "{peak}");
    assert_eq!(report.peak.as_ref().unwrap().totals.live_bytes, peak);
    assert!(report.timeline.peak_process_bytes > 64 << 20);
    assert!((700.0..60_000.0).contains(&report.duration_ms), "{}", report.duration_ms);
    assert!(report.events.iter().any(|event| event.kind == EventKind::Peak));
    assert!(report.timeline.moments.is_sorted_by(|a, b| a.at_ms < b.at_ms));
    assert!(report.profile.is_none());
    let said = text(&output.stderr);
    for words in ["report in ", "page.html", "largest reading: 6", "live at exit: 10", " KiB in 50"]
    {
        assert!(said.contains(words), "{words}: {said}");
    }
}

#[test]
fn call_stacks_name_the_functions() {
    let place = Place::new();
    let options = ["--stacks=4K", "--pprof", "p.gz", "--collapsed", "c.txt"];
    let output = place.run(&options, &[&place.program(), "peak"]);
    assert_eq!(output.status.code(), Some(3), "{output:?}");
    let report = place.report();
    let profile = report.profile.unwrap();
    let of = |name: &str, amount: fn(&heapmin_profile::Amounts) -> u64| -> u64 {
        let has = |stack: &&heapmin_profile::Stack| {
            stack.frames.iter().any(|&frame| profile.frames[frame as usize].function == name)
        };
        profile.stacks.iter().filter(has).map(|stack| amount(&stack.amounts)).sum()
    };
    // About 260 samples: off by 6 % on average.
    let leaked = of("leaky", |amounts| amounts.live_bytes);
    assert!((700_000..1_500_000).contains(&leaked), "{leaked}");
    let peak = of("peaky", |amounts| amounts.peak_bytes);
    assert!((60 << 20..70 << 20).contains(&peak), "{peak}");
    assert_eq!(of("peaky", |amounts| amounts.live_bytes), 0);
    assert!(fs::read(place.path("p.gz")).unwrap().starts_with(&[0x1f, 0x8b]));
    let collapsed = fs::read_to_string(place.path("c.txt")).unwrap();
    assert!(collapsed.contains(";leaky "), "{collapsed}");
    let said = text(&output.stderr);
    assert!(said.contains("at the peak, most of it in") && said.contains("peaky < main"), "{said}");
}

#[test]
fn python_runs_as_always() {
    let place = Place::new();
    let script =
        "import sys; x = [bytes(1000) for i in range(50000)]; print(len(x), sys.stdin.read())";
    let mut command = place.command(&["--stacks"], &["python3", "-c", script]);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    child.stdin.take().unwrap().write_all(b"from me").unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!(text(&output.stdout), "50000 from me\n", "{output:?}");
    assert!(output.status.success());
    let report = place.report();
    assert!(report.program.command.contains("python3"), "{:?}", report.program);
    assert!(report.last_is_the_end, "{:?}", report.notes);
    assert!(report.last.unwrap().totals.allocations > 50_000);
}

#[test]
fn every_way_to_end_is_seen() {
    let place = Place::new();
    let program = place.program();
    let output = place.run(&[], &[&program, "_exit"]);
    assert_eq!(output.status.code(), Some(4), "{output:?}");
    assert_leaks(&place.report());

    let output = place.run(&[], &[&program, "abort"]);
    assert_eq!(output.status.signal(), Some(libc::SIGABRT), "{output:?}");
    let report = place.report();
    assert_leaks(&report);
    assert_eq!(report.end, End::Killed { signal: libc::SIGABRT });

    let output = place.run(&[], &[&program, "thread"]);
    assert_eq!(output.status.code(), Some(6), "{output:?}");
    let report = place.report();
    assert_leaks(&report);
    assert!(report.events.iter().any(|event| event.kind == EventKind::FirstThreadEnded));
}

#[test]
fn what_a_process_forks_is_not_it() {
    let place = Place::new();
    let program = place.program();
    let output = place.run(&[], &[&program, "fork"]);
    assert!(output.status.success(), "{output:?}");
    let report = place.report();
    assert_leaks(&report);
    assert!(report.timeline.peak_live_bytes < 8 << 20, "{}", report.timeline.peak_live_bytes);

    let begun = Instant::now();
    let mut command = place.command(&[], &[&program, "daemon"]);
    let output = command.stdout(Stdio::null()).output().unwrap();
    assert!(begun.elapsed() < Duration::from_secs(40), "it waited for the daemon");
    assert!(output.status.success(), "{output:?}");
    let notes = place.report().notes.join(" ");
    let (_, rest) = notes.split_once("still ran at its end: ").unwrap_or_else(|| panic!("{notes}"));
    let daemon: i32 = rest.split(['.', ',']).next().unwrap().parse().unwrap();
    // SAFETY: ends the process that the program has just left behind.
    assert_eq!(unsafe { libc::kill(daemon, libc::SIGKILL) }, 0);
}

/// Bytes between samples in a process; 0: it doesn't sample.
fn rate(pid: i32) -> u64 {
    let target = Target::open(pid).unwrap();
    let mut rate = [0; 8];
    target.read(target.directory().profile.get(), &mut rate).unwrap();
    u64::from_ne_bytes(rate)
}

#[test]
fn only_the_program_samples_and_not_what_it_starts() {
    let place = Place::new();
    let script = "echo $$; python3 -c 'import os; print(os.getpid(), flush=True); input()'; exit 5";
    let mut command = place.command(&["--stacks=65536"], &["sh", "-c", script]);
    let mut report = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(report.stdout.take().unwrap()).lines();
    let mut number = || lines.next().unwrap().unwrap().parse().unwrap();
    let (program, child) = (number(), number());
    assert_eq!((rate(program), rate(child)), (65536, 0));
    drop(report.stdin.take());
    assert_eq!(report.wait().unwrap().code(), Some(5));
}

#[test]
fn the_report_is_on_the_last_program_of_a_process() {
    let place = Place::new();
    let program = place.program();
    let script = format!("sleep 0.3; exec {program} _exit");
    let output = place.run(&[], &["sh", "-c", &script]);
    assert_eq!(output.status.code(), Some(4), "{output:?}");
    let report = place.report();
    assert_leaks(&report);
    assert_eq!(report.program.command, format!("{program} _exit"));
    let earlier: Vec<_> = report.earlier.iter().map(|earlier| &earlier.command).collect();
    assert_eq!(earlier, [&format!("sh -c {script}")]);
}

#[test]
fn what_cannot_be_written_is_found_out_before_the_program_starts() {
    let place = Place::new();
    let mut command = heapmin();
    command.current_dir(place.directory.path()).env("XDG_CACHE_HOME", place.directory.path());
    command.args(["report", "-o", "page.html", "--json", "missing/data.json", "--"]);
    let output = command.args(["touch", "started"]).output().unwrap();
    assert_eq!(output.status.code(), Some(4), "{output:?}");
    assert!(text(&output.stderr).contains("cannot write missing/data.json"), "{output:?}");
    assert!(!place.path("started").exists());
    assert!(!place.path("page.html").exists());
}

#[test]
fn a_program_that_cannot_run_leaves_no_report() {
    let place = Place::new();
    let output = place.run(&[], &["./missing"]);
    assert_eq!(output.status.code(), Some(127), "{output:?}");
    let script = place.path("odd");
    fs::write(&script, "#!/bin/sh\n").unwrap();
    fs::set_permissions(&script, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    let _busy = fs::OpenOptions::new().append(true).open(&script).unwrap();
    let output = place.run(&[], &["./odd"]);
    assert_eq!(output.status.code(), Some(126), "busy: {output:?}");
    assert!(!place.path("page.html").exists() && !place.path("data.json").exists());
}

/// Reads until this line.
fn wait_for(child: &mut Child, line: &str) -> BufReader<impl Read + use<>> {
    let mut reader = BufReader::new(child.stdout.take().unwrap());
    let mut read = String::new();
    while !read.ends_with(&format!("{line}\r\n")) && !read.ends_with(&format!("{line}\n")) {
        assert!(reader.read_line(&mut read).unwrap() > 0, "{read}");
    }
    reader
}

const TRAPS: &str = "trap 'echo caught; exit 5' INT TERM; echo ready; while :; do sleep 0.05; done";

#[test]
fn interrupting_at_the_terminal_interrupts_the_program() {
    let place = Place::new();
    let inner = place.command(&[], &["sh", "-c", TRAPS]);
    let words: Vec<_> = std::iter::once(inner.get_program()).chain(inner.get_args()).collect();
    let quoted: Vec<String> = words
        .iter()
        .map(|word| format!("'{}'", word.to_str().unwrap().replace('\'', "'\\''")))
        .collect();
    let mut command = Command::new("script");
    // `exec`: a shell that stayed between would be interrupted too, and its status be told.
    let line = format!("exec {}", quoted.join(" "));
    command.args(["-qec", &line, "/dev/null"]).env_remove("LD_PRELOAD");
    command.current_dir(place.directory.path()).env("XDG_CACHE_HOME", place.directory.path());
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let mut reader = wait_for(&mut child, "ready");
    child.stdin.as_mut().unwrap().write_all(b"\x03").unwrap();
    let mut rest = String::new();
    reader.read_to_string(&mut rest).unwrap();
    assert_eq!(rest.matches("caught").count(), 1, "{rest}");
    assert!(rest.contains("report in "), "{rest}");
    assert_eq!(child.wait().unwrap().code(), Some(5));
    assert_eq!(place.report().end, End::Exited { status: 5 });
}

#[test]
fn signals_to_heapmin_reach_the_program() {
    let place = Place::new();
    let mut command = place.command(&[], &["sh", "-c", TRAPS]);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    let mut reader = wait_for(&mut child, "ready");
    // SAFETY: sends a signal to our child, which was not waited for.
    assert_eq!(unsafe { libc::kill(child.id() as i32, libc::SIGTERM) }, 0);
    let mut rest = String::new();
    reader.read_to_string(&mut rest).unwrap();
    assert_eq!(rest, "caught\n");
    assert_eq!(child.wait().unwrap().code(), Some(5));
}

#[test]
fn a_running_process_is_looked_at_and_let_go() {
    let place = Place::new();
    let mut subject = Subject::with_blocks(3000, 4000);
    let pid = subject.pid();
    let mut command = heapmin();
    command.current_dir(place.directory.path());
    command.args(["report", "--attach", &pid, "--seconds", "0.5"]);
    let output = command.args(["-o", "page.html", "--json", "data.json"]).output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let report = place.report();
    assert_eq!(report.end, End::WentOn);
    let live = report.last.unwrap().totals.live_bytes;
    assert!((12_000_000..14_000_000).contains(&live), "{live}");
    let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    assert!(status.contains("TracerPid:\t0"), "{status}");
    subject.end();
}
