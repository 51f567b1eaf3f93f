//! `heapmin walk`.

use std::collections::HashSet;
use std::io::Read;
use std::process::Stdio;

use serde_json::Value;

use crate::program::Program;
use crate::subject::{Subject, heapmin, look, shown};

/// The elements of a walk, written as the program `walks` writes its own.
fn as_the_program_writes(json: &str) -> Vec<String> {
    json.lines().map(|line| element(&serde_json::from_str(line).unwrap())).collect()
}

fn element(entry: &Value) -> String {
    let number = |name: &str| entry[name].as_u64().unwrap();
    let start = format!(
        "{:x} {} {} {}",
        number("address"),
        number("bytes"),
        number("overhead"),
        number("region")
    );
    match entry["kind"].as_str().unwrap() {
        "region" => format!(
            "{start} 1 {:x} {:x} {:x} {:x}",
            number("committed_bytes"),
            number("uncommitted_bytes"),
            number("first_block"),
            number("last_block")
        ),
        "uncommitted" => format!("{start} 2 0 0 0 0"),
        "busy" => {
            let moveable = entry["moveable"].as_u64();
            let shared = if entry["ddeshare"].as_bool().unwrap() { 0x20 } else { 0 };
            let flags = 4 | shared | if moveable.is_some() { 0x10 } else { 0 };
            format!("{start} {flags:x} {:x} 0 0 0", moveable.unwrap_or(0))
        }
        "free" | "slack" => format!("{start} 0 0 0 0 0"),
        other => panic!("{other}"),
    }
}

#[test]
fn a_walk_from_outside_is_the_same_as_heap_walk() {
    let mut program = Program::linked("walks", &[]);
    let mut all = Vec::new();
    for _ in 0..5 {
        let mut expected = Vec::new();
        let handle = loop {
            let line = program.line();
            match line.strip_prefix("heap ") {
                Some(handle) => break format!("0x{handle}"),
                None => expected.push(line),
            }
        };
        assert!(expected.len() > 100, "a heap in use");
        let walk = shown(&["walk", &program.pid(), "--heap", &handle, "--json"]);
        let walk = as_the_program_writes(&walk);
        let differ = walk.iter().zip(&expected).position(|(one, other)| one != other);
        let place = differ.map(|index| (&walk[index], &expected[index]));
        assert_eq!((place, walk.len()), (None, expected.len()), "{handle}");
        all.extend(expected);
    }
    for kind in [" 14 ", " 34 "] {
        assert!(all.iter().any(|line| line.contains(kind)), "moveable blocks are among them");
    }
    let walk = as_the_program_writes(&shown(&["walk", &program.pid(), "--format", "json"]));
    assert_eq!(walk, all, "without a heap, all of them");
    let process = shown(&["walk", &program.pid(), "--heap", "0", "--json"]);
    assert_eq!(process, shown(&["walk", &program.pid(), "--heap", "1", "--json"]));
}

#[test]
fn every_block_of_malloc_is_busy_once() {
    let mut program = Program::preloaded("blocks", &[]);
    let mut blocks = HashSet::new();
    loop {
        let line = program.line();
        let Some((address, bytes)) = line.split_once(' ') else { break };
        blocks.insert((address.parse::<u64>().unwrap(), bytes.parse::<u64>().unwrap()));
    }
    assert!(blocks.len() > 1000);
    let mut seen = HashSet::new();
    for line in shown(&["walk", &program.pid(), "--json"]).lines() {
        let entry: Value = serde_json::from_str(line).unwrap();
        let key = (entry["address"].as_u64().unwrap(), entry["bytes"].as_u64().unwrap());
        if entry["kind"] == "busy" {
            assert!(seen.insert(key), "{line}");
        }
    }
    let missing: Vec<_> = blocks.difference(&seen).collect();
    assert!(missing.is_empty(), "{missing:?}");
}

#[test]
fn all_formats_show_the_same_elements() {
    let subject = Subject::start(&["3000", "100", "gaps"]);
    let pid = subject.pid();
    let json = shown(&["walk", &pid, "--json"]);
    let text = shown(&["walk", &pid]);
    let mut lines = text.lines();
    let titles = ["HEAP", "REGION", "ADDRESS", "SIZE", "OVERHEAD", "KIND"];
    assert_eq!(lines.next().unwrap().split_whitespace().collect::<Vec<_>>(), titles);
    let mut rows = csv::Reader::from_reader(shown(&["walk", &pid, "--format", "csv"]).as_bytes())
        .into_records()
        .map(Result::unwrap)
        .collect::<Vec<_>>()
        .into_iter();
    for line in json.lines() {
        let entry: Value = serde_json::from_str(line).unwrap();
        let row = rows.next().unwrap();
        let address = entry["address"].as_u64().unwrap();
        assert_eq!(row[3], format!("{address:#x}"));
        assert_eq!(row[2], *entry["kind"].as_str().unwrap());
        assert_eq!(row[4], entry["bytes"].to_string());
        let words: Vec<_> = lines.next().unwrap().split_whitespace().collect();
        assert_eq!(words[2], format!("{address:016x}"));
        assert_eq!(words[3], entry["bytes"].to_string());
        assert_eq!(words[5], entry["kind"]);
    }
    assert_eq!((lines.next(), rows.next()), (None, None));
}

#[test]
fn a_reader_that_has_seen_enough_ends_the_walk() {
    let subject = Subject::with_blocks(200_000, 16);
    let mut walk = heapmin();
    walk.args(["walk", &subject.pid()]).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut walk = walk.spawn().unwrap();
    let mut some = [0; 100];
    walk.stdout.take().unwrap().read_exact(&mut some).unwrap();
    let output = walk.wait_with_output().unwrap();
    assert_eq!((output.status.code(), output.stderr.as_slice()), (Some(0), &b""[..]));
}

#[test]
fn what_is_not_there_is_said() {
    let mut subject = Subject::with_blocks(1, 1);
    let pid = subject.pid();
    let says = |words: &[&str], status, what: &str| {
        let output = look(words);
        let message = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(status), "{message}");
        assert!(message.contains(what), "{message}");
    };
    says(&["walk", &pid, "--heap", "0x12340000"], 3, "has no heap 0x12340000");
    says(&["walk", &pid, "--heap", "x"], 2, "a heap's number, or its handle");
    says(&["walk", &std::process::id().to_string()], 3, "doesn't run on heapmin");
    subject.end();
    says(&["walk", &pid], 3, "there is no process");
}
