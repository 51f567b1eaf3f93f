//! `heapmin ps`.

use std::io::Read;
use std::process::Stdio;

use serde_json::Value;

use crate::subject::{Subject, heapmin, look, shown};

/// The line of a process in the table.
fn line(table: &str, pid: &str) -> Option<String> {
    let mut lines = table.lines();
    lines.find(|line| line.split_whitespace().next() == Some(pid)).map(str::to_owned)
}

#[test]
fn a_process_on_heapmin_is_listed_as_long_as_it_runs() {
    let mut subject = Subject::with_blocks(1000, 1000);
    let pid = subject.pid();
    let table = shown(&["ps"]);
    let titles = table.lines().next().unwrap();
    assert_eq!(
        titles.split_whitespace().collect::<Vec<_>>(),
        ["PID", "USER", "AGE", "LIVE", "RESIDENT", "RECLAIMABLE", "COMMAND"]
    );
    let shown_line = line(&table, &pid).unwrap_or_else(|| panic!("{table}"));
    assert!(shown_line.ends_with("subject 1000 1000"), "{shown_line}");
    assert!(shown(&["ps", "-q"]).lines().any(|line| line == pid));
    subject.end();
    assert_eq!(line(&shown(&["ps", "--all"]), &pid), None);
}

#[test]
fn json_has_the_figures() {
    let subject = Subject::with_blocks(10_000, 1000);
    let list: Value = serde_json::from_str(&shown(&["ps", "--json"])).unwrap();
    let mut processes = list["processes"].as_array().unwrap().iter();
    let pid: u64 = subject.pid().parse().unwrap();
    let found = processes.find(|row| row["process"]["pid"] == pid);
    let row = found.unwrap_or_else(|| panic!("{list}"));
    assert_eq!(row["reason"], Value::Null, "{row}");
    let figure = |name: &str| row["figures"][name].as_u64().unwrap();
    // 1000 bytes are in a class of 1024 at most; the C library has some blocks of its own.
    assert!((10_000_000..10_400_000).contains(&figure("live_bytes")), "{row}");
    assert!((10_000..10_100).contains(&figure("live_blocks")), "{row}");
    assert!((10_000_000..13_000_000).contains(&figure("resident_bytes")), "{row}");
    assert!(figure("process_resident_bytes") > figure("live_bytes"), "{row}");
    assert!(figure("reclaimable_bytes") < 1_000_000, "{row}");
}

#[test]
fn what_can_be_given_back_shows() {
    // Blocks of 4,096 bytes are pages: every second one is free.
    let subject = Subject::start(&["1000", "4096", "thin"]);
    let pid = subject.pid();
    let snapshot: Value = serde_json::from_str(&shown(&["ps", "--heaps", &pid, "--json"])).unwrap();
    let figure = |name: &str| snapshot["totals"][name].as_u64().unwrap();
    assert!((2_048_000..2_200_000).contains(&figure("live_bytes")), "{snapshot}");
    assert!((1_500_000..2_500_000).contains(&figure("reclaimable_bytes")), "{snapshot}");
    assert!(figure("resident_bytes") >= figure("live_bytes"), "{snapshot}");
    let table = shown(&["ps", "--heaps", &pid]);
    assert!(table.starts_with("HEAP "), "{table}");
    let process_heap = table.lines().nth(1).unwrap();
    assert!(process_heap.trim_start().starts_with("0 "), "{table}");
    assert!(process_heap.ends_with("never  process"), "{table}");
}

#[test]
fn the_order_and_the_user_can_be_chosen() {
    let (small, large) = (Subject::with_blocks(10, 1000), Subject::with_blocks(10_000, 1000));
    let numbers = shown(&["ps", "-q", "--sort", "live"]);
    let place = |subject: &Subject| numbers.lines().position(|line| line == subject.pid()).unwrap();
    assert!(place(&large) < place(&small), "{numbers}");
    assert_eq!(shown(&["ps", "-q", "--user", "nobody-has-this-name"]), "");
}

#[test]
fn what_isnt_there_or_not_on_heapmin_is_said_with_status_3() {
    let mut subject = Subject::with_blocks(1, 1);
    subject.end();
    let own = std::process::id().to_string();
    let cases = [
        (subject.pid(), "there is no process"),
        (own, "doesn't run on heapmin; start its program with 'heapmin run -- PROGRAM'"),
    ];
    for (pid, why) in cases {
        let output = look(&["ps", "--heaps", &pid]);
        assert_eq!(output.status.code(), Some(3), "{output:?}");
        let message = String::from_utf8(output.stderr).unwrap();
        assert!(message.starts_with("heapmin: ") && message.contains(why), "{message}");
    }
}

#[test]
fn wrong_numbers_are_wrong_usage() {
    for words in [&["ps", "--heaps", "0"][..], &["ps", "--watch=0"], &["ps", "--heaps", "x"]] {
        assert_eq!(look(words).status.code(), Some(2), "{words:?}");
    }
}

#[test]
fn a_reader_that_goes_away_ends_it_quietly() {
    let mut watching = heapmin()
        .args(["ps", "--json", "--watch=0.1"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdout = watching.stdout.take().unwrap();
    stdout.read_exact(&mut [0; 10]).unwrap();
    drop(stdout);
    let output = watching.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(String::from_utf8(output.stderr).unwrap(), "");
}

#[test]
fn what_cant_be_written_is_said_with_status_4() {
    let full = std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let output = heapmin().arg("ps").stdout(full).stderr(Stdio::piped()).output().unwrap();
    assert_eq!(output.status.code(), Some(4));
    let message = String::from_utf8(output.stderr).unwrap();
    assert!(message.starts_with("heapmin: cannot write to standard output: "), "{message}");
}
