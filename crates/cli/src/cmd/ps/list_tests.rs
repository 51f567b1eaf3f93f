//! The list from processes that are made up.

use clap::Parser;

use super::*;

#[derive(Parser)]
struct Line {
    #[command(flatten)]
    ps: Ps,
}

fn args(words: &[&str]) -> Ps {
    Line::try_parse_from(["ps"].iter().chain(words)).map(|line| line.ps).unwrap()
}

fn row(pid: i32, user: &str, command: &str, amounts: Option<[u64; 3]>) -> Row {
    let process = Process {
        pid,
        command: command.into(),
        uid: if user == "root" { 0 } else { 1000 },
        user: user.into(),
        threads: 1,
        engine: "0.1.0".into(),
        file: "/usr/lib/libheapmin_malloc.so".into(),
        started: 0,
    };
    let figures = amounts
        .map(|[live_bytes, resident_bytes, reclaimable_bytes]| Totals {
            live_bytes,
            resident_bytes,
            reclaimable_bytes,
            ..Totals::default()
        })
        .ok_or_else(|| "another version".to_owned());
    Row::from(Listed { process, figures })
}

fn rows() -> Vec<Row> {
    vec![
        row(7, "root", "redis-server", Some([1 << 20, 3 << 20, 1 << 20])),
        row(12, "ann", "sort \x1b[2J big.txt", Some([812, 4096, 0])),
        row(300, "ann", "old", None),
    ]
}

fn order(key: Key) -> Vec<i32> {
    let mut rows = rows();
    rows.reverse();
    sort(key, &mut rows);
    rows.iter().map(|row| row.process.pid).collect()
}

#[test]
fn the_order_is_that_of_the_key() {
    assert_eq!(order(Key::Pid), [7, 12, 300]);
    assert_eq!(order(Key::User), [12, 300, 7]);
    assert_eq!(order(Key::Live), [7, 12, 300]);
    assert_eq!(order(Key::Reclaimable), [7, 12, 300]);
    assert_eq!(order(Key::Command), [300, 7, 12]);
}

#[test]
fn what_cant_be_looked_into_is_shown_when_asked_for() {
    let shown = |words: &[&str]| {
        let args = args(words);
        rows().iter().filter(|row| wanted(&args, row)).map(|row| row.process.pid).collect()
    };
    let all: [(&[&str], Vec<i32>); 5] = [
        (&[], vec![7, 12]),
        (&["--all"], vec![7, 12, 300]),
        (&["--user", "ann"], vec![12]),
        (&["-au", "1000"], vec![12, 300]),
        (&["--user", "nobody"], vec![]),
    ];
    for (words, expected) in all {
        let shown: Vec<i32> = shown(words);
        assert_eq!(shown, expected, "{words:?}");
    }
}

#[test]
fn the_table_is_aligned_and_foreign_text_is_only_shown() {
    let list = Processes { schema: SCHEMA, time_ms: 0, processes: rows() };
    let mut text = Vec::new();
    list.table(200).write(&mut text, None).unwrap();
    let expected = "\
PID  USER  AGE     LIVE  RESIDENT  RECLAIMABLE  COMMAND
  7  root   3m  1.0 MiB   3.0 MiB      1.0 MiB  redis-server
 12  ann    3m    812 B   4.0 KiB          0 B  sort \\x1b[2J big.txt
300  ann    3m        -         -            -  old (another version)
";
    assert_eq!(String::from_utf8(text).unwrap(), expected);
}

#[test]
fn a_row_has_figures_or_a_reason() {
    let json = serde_json::to_value(rows()).unwrap();
    assert_eq!(json[0]["figures"]["live_bytes"], 1 << 20);
    assert_eq!(json[0]["reason"], serde_json::Value::Null);
    assert_eq!(json[2]["figures"], serde_json::Value::Null);
    assert_eq!(json[2]["reason"], "another version");
}
