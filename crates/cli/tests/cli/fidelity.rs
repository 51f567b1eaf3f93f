//! A program under heapmin behaves as without: status, signals, streams, arguments, environment.

use std::ffi::OsStr;
use std::io::Write;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::process::ExitStatusExt;
use std::process::{Command, Stdio};
use std::time::Duration;

use crate::sandbox::{Sandbox, stdout, text};

#[test]
fn the_exit_status_is_the_programs() {
    let sandbox = Sandbox::new();
    for status in [0, 1, 42, 125, 255] {
        let mut command = sandbox.run(["sh", "-c", &format!("exit {status}")]);
        assert_eq!(command.status().unwrap().code(), Some(status));
    }
}

#[test]
fn a_program_that_dies_of_a_signal_is_seen_to_die_of_it() {
    let sandbox = Sandbox::new();
    for signal in [libc::SIGKILL, libc::SIGTERM, libc::SIGPIPE] {
        let mut command = sandbox.run(["sh", "-c", &format!("kill -{signal} $$")]);
        assert_eq!(command.status().unwrap().signal(), Some(signal));
    }
}

#[test]
fn signals_sent_to_heapmin_reach_the_program() {
    let sandbox = Sandbox::new();
    let script = "trap 'echo caught; exit 7' USR1; echo ready; while :; do sleep 0.05; done";
    let mut child = sandbox.run(["sh", "-c", script]).stdout(Stdio::piped()).spawn().unwrap();
    let mut reader = std::io::BufReader::new(child.stdout.take().unwrap());
    let mut line = String::new();
    std::io::BufRead::read_line(&mut reader, &mut line).unwrap();
    assert_eq!(line, "ready\n");

    let process = rustix::process::Pid::from_child(&child);
    rustix::process::kill_process(process, rustix::process::Signal::USR1).unwrap();

    line.clear();
    std::io::BufRead::read_line(&mut reader, &mut line).unwrap();
    assert_eq!(line, "caught\n");
    assert_eq!(child.wait().unwrap().code(), Some(7));
}

#[test]
fn the_program_has_the_process_number_of_heapmin() {
    let sandbox = Sandbox::new();
    let child = sandbox.run(["sh", "-c", "echo $$"]).stdout(Stdio::piped()).spawn().unwrap();
    let process = child.id();
    let output = child.wait_with_output().unwrap();
    assert_eq!(text(&output.stdout), format!("{process}\n"));
}

#[test]
fn the_three_streams_are_the_programs() {
    let sandbox = Sandbox::new();
    let mut child = sandbox
        .run(["sh", "-c", "cat; echo to stderr >&2"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let input: Vec<u8> = (0..300_000_u32).map(|number| (number * 7 / 5) as u8).collect();
    let mut stdin = child.stdin.take().unwrap();
    let output = std::thread::scope(|scope| {
        scope.spawn(|| {
            stdin.write_all(&input).unwrap();
            drop(stdin);
        });
        child.wait_with_output().unwrap()
    });
    assert!(output.stdout == input);
    assert_eq!(text(&output.stderr), "to stderr\n");
}

#[test]
fn arguments_arrive_unchanged_and_so_does_the_name_of_the_program() {
    let sandbox = Sandbox::new();
    let odd = OsStr::from_bytes(b"\xff\x01 '\"$x\n");
    let words = ["cat", "/proc/self/cmdline", "--", "", "--stats"].map(OsStr::new);
    let words = [&words[..], &[odd]].concat();
    let output = sandbox.run(&words).output().unwrap();
    let shown = words.iter().flat_map(|word| [word.as_bytes(), b"\0"]).collect::<Vec<_>>();
    assert!(output.stdout.starts_with(&shown.concat()), "{output:?}");
}

#[test]
fn only_ld_preload_is_changed_in_the_environment() {
    let sandbox = Sandbox::new();
    let sorted = |output: String| {
        let mut lines: Vec<String> = output.lines().map(str::to_owned).collect();
        lines.sort();
        lines
    };
    let prepare = |command: &mut Command| {
        let command = command.env_clear().env("PATH", "/bin:/usr/bin").env("EMPTY", "");
        sorted(stdout(
            command.env("HEAPMIN_STATS", "0").env("XDG_CACHE_HOME", sandbox.path("cache")),
        ))
    };
    let without = prepare(&mut Command::new("env"));
    let mut with = prepare(&mut sandbox.run(["env"]));
    with.retain(|line| !line.starts_with("LD_PRELOAD="));
    assert_eq!(with, without);
}

#[test]
fn what_was_preloaded_before_is_still_preloaded() {
    let sandbox = Sandbox::new();
    let other = sandbox.compile("libother.so", &["-shared", "-fPIC"]);
    let mut command = sandbox.run(["cat", "/proc/self/maps"]);
    let map = stdout(command.env("LD_PRELOAD", &other));
    assert!(map.contains("/libother.so") && map.contains("/libheapmin_malloc"), "{map}");
}

#[test]
fn heapmin_inside_heapmin_preloads_once() {
    let sandbox = Sandbox::new();
    let heapmin = sandbox.path("bin/heapmin");
    let inner = [heapmin.to_str().unwrap(), "run", "--", "printenv", "LD_PRELOAD"];
    let preload = stdout(&mut sandbox.run(inner));
    assert_eq!(preload.matches("libheapmin_malloc").count(), 1, "{preload}");
}

/// Ignored signals, closed streams and the file mode mask are handed down by `execve`,
/// unless a program between changes them.
#[test]
fn what_a_process_inherits_passes_through_heapmin() {
    let sandbox = Sandbox::new();
    let heapmin = sandbox.path("bin/heapmin");
    let settings = "trap '' PIPE INT; umask 027; ulimit -c 0; exec 0<&- 5>/dev/null; exec ";
    // Not SigQ: signals that wait, of all processes of the user.
    let program = "sh -c 'grep \"^Sig[^Q]\" /proc/self/status; umask; ulimit -c; ls /proc/self/fd'";
    let without = format!("{settings} {program}");
    let with = format!("{settings} {} run -- {program}", heapmin.display());
    let shell = |script: &str| {
        let mut command = Command::new("sh");
        command.args(["-c", script]).env("XDG_CACHE_HOME", sandbox.path("cache"));
        let output = command.output().unwrap();
        (output.status.code(), text(&output.stdout), text(&output.stderr))
    };
    assert_eq!(shell(&with), shell(&without));
}

#[test]
fn a_reader_that_goes_away_ends_the_program_by_sigpipe() {
    let sandbox = Sandbox::new();
    let mut child = sandbox.run(["yes"]).stdout(Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    for _ in 0..1000 {
        if let Some(status) = child.try_wait().unwrap() {
            assert_eq!(status.signal(), Some(libc::SIGPIPE));
            return;
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    child.kill().unwrap();
    panic!("the program went on writing");
}
