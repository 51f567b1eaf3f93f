//! Both formats, read back by a parser that demands what their specifications demand.

use std::collections::{BTreeMap, BTreeSet};

use super::*;
use crate::cmd::metrics::collect::tests::scrape;

/// A sample: its name, its labels, its value.
type Sample = (String, BTreeMap<String, String>, f64);

/// Parses a page. Panics where it breaks the rules that both formats share: lines about a metric
/// come before its samples and once, all of a metric stands together, no sample comes twice.
fn parse(text: &str) -> (BTreeMap<String, String>, Vec<Sample>) {
    let mut types = BTreeMap::new();
    let mut helps = BTreeSet::new();
    let mut samples: Vec<Sample> = Vec::new();
    let mut seen = BTreeSet::new();
    let mut finished = BTreeSet::new();
    let mut current = String::new();
    assert!(text.ends_with('\n'));
    for line in text.lines().filter(|line| *line != "# EOF") {
        if let Some(about) = line.strip_prefix("# ") {
            let mut words = about.splitn(3, ' ');
            let (what, name) = (words.next().unwrap(), words.next().unwrap());
            let rest = words.next().unwrap_or_else(|| panic!("{line}"));
            if name != current {
                assert!(finished.insert(current), "{line}: a metric in two places");
                current = name.to_owned();
            }
            match what {
                "HELP" => assert!(helps.insert(name.to_owned()), "{line}: twice"),
                "TYPE" => {
                    let old = types.insert(name.to_owned(), rest.to_owned());
                    assert_eq!(old, None, "{line}: twice");
                }
                "UNIT" => assert!(name.ends_with(&format!("_{rest}")), "{line}"),
                _ => panic!("{line}: neither HELP, TYPE nor UNIT"),
            }
            continue;
        }
        let (name, labels, value) = sample(line);
        assert!(name.starts_with(&current), "{line}: not of {current}");
        let ending = &name[current.len()..];
        assert!(["", "_total", "_info"].contains(&ending), "{line}");
        assert!(seen.insert((name.clone(), labels.clone())), "{line}: twice");
        samples.push((name, labels, value));
    }
    assert_eq!(helps, types.keys().cloned().collect());
    (types, samples)
}

fn sample(line: &str) -> Sample {
    let end = line.find(['{', ' ']).unwrap_or_else(|| panic!("{line}"));
    let name = line[..end].to_owned();
    assert!(name.bytes().all(|b| b.is_ascii_lowercase() || b == b'_'), "{line}");
    let mut labels = BTreeMap::new();
    let mut rest = &line[end..];
    if let Some(inside) = rest.strip_prefix('{') {
        rest = inside;
        loop {
            let (label, after) = rest.split_once("=\"").unwrap_or_else(|| panic!("{line}"));
            let (value, after) = quoted(after).unwrap_or_else(|| panic!("{line}"));
            assert_eq!(labels.insert(label.to_owned(), value), None, "{line}: a label twice");
            match after.strip_prefix(',') {
                Some(after) => rest = after,
                None => {
                    rest = after.strip_prefix('}').unwrap_or_else(|| panic!("{line}"));
                    break;
                }
            }
        }
    }
    let value = rest.strip_prefix(' ').unwrap_or_else(|| panic!("{line}"));
    (name, labels, value.parse().unwrap_or_else(|_| panic!("{line}")))
}

/// The text up to the closing quote, and what follows.
fn quoted(text: &str) -> Option<(String, &str)> {
    let mut value = String::new();
    let mut characters = text.char_indices();
    while let Some((at, c)) = characters.next() {
        match c {
            '"' => return Some((value, &text[at + 1..])),
            '\\' => value.push(match characters.next()?.1 {
                'n' => '\n',
                c @ ('\\' | '"') => c,
                _ => return None,
            }),
            '\n' => return None,
            c => value.push(c),
        }
    }
    None
}

fn value(samples: &[Sample], name: &str, labels: &[(&str, &str)]) -> f64 {
    let labels = labels.iter().map(|&(label, text)| (label.to_owned(), text.to_owned())).collect();
    let mut matching = samples.iter().filter(|(n, l, _)| n == name && *l == labels);
    let (_, _, value) = matching.next().unwrap_or_else(|| panic!("no {name} {labels:?}"));
    *value
}

#[test]
fn both_formats_tell_the_same() {
    let (text_types, text) = parse(&write(&scrape(), Format::Text));
    let (open_types, open) = parse(&write(&scrape(), Format::OpenMetrics));
    assert_eq!(text, open);
    assert_eq!(text_types["heapmin_returned_bytes_total"], "counter");
    assert_eq!(open_types["heapmin_returned_bytes"], "counter");
    assert_eq!(text_types["heapmin_process_info"], "gauge");
    assert_eq!(open_types["heapmin_process"], "info");
    let process = [("command", "redis-server"), ("pid", "4711")];
    assert_eq!(value(&text, "heapmin_live_bytes", &process), 6_464_000.0);
    assert_eq!(value(&text, "heapmin_returned_bytes_total", &process), 50_000_000.0);
    assert_eq!(value(&text, "heapmin_up", &[("pid", "4711")]), 1.0);
    assert_eq!(value(&text, "heapmin_up", &[("pid", "4712")]), 0.0);
    assert_eq!(value(&text, "heapmin_processes", &[]), 1.0);
    let heap = [process[0], process[1], ("heap", "process")];
    assert_eq!(value(&text, "heapmin_heap_live_bytes", &heap), 6_400_000.0);
    let class = [process[0], process[1], ("class", "large")];
    assert_eq!(value(&text, "heapmin_class_live_blocks", &class), 2.0);
}

#[test]
fn openmetrics_has_units_and_an_end() {
    let text = write(&scrape(), Format::OpenMetrics);
    assert!(text.contains("\n# UNIT heapmin_live_bytes bytes\n"), "{text}");
    assert!(text.ends_with("\n# EOF\n"), "{text}");
    assert_eq!(text.matches("# EOF").count(), 1);
    let text = write(&scrape(), Format::Text);
    assert!(!text.contains("# UNIT") && !text.contains("# EOF"), "{text}");
}

#[test]
fn arguments_are_never_shown() {
    let text = write(&scrape(), Format::Text);
    assert!(text.contains("command=\"redis-server\""), "{text}");
    assert!(!text.contains("secret"), "{text}");
    assert_eq!(program("/opt/my\"prog --password x"), "my\"prog");
    assert_eq!(program("[secretive/name]"), "secretive/name");
    assert_eq!(program("nginx: worker process"), "nginx");
    assert_eq!(program("/"), "/");
    assert_eq!(program(""), "");
}

#[test]
fn foreign_text_stays_inside_its_label() {
    let mut scrape = scrape();
    let figures = scrape.found[0].figures.as_mut().unwrap();
    let hostile = "a\"} 1\nheapmin_up{pid=\"1\\";
    figures.process.user = hostile.into();
    figures.heaps[0].name = hostile.into();
    figures.heaps[1].name = hostile.into();
    let (_, samples) = parse(&write(&scrape, Format::OpenMetrics));
    let (_, labels, _) = samples.iter().find(|(name, ..)| name == "heapmin_process_info").unwrap();
    assert_eq!(labels["user"], hostile);
    let heaps = samples.iter().filter(|(name, ..)| name == "heapmin_heap_live_bytes").count();
    assert_eq!(heaps, 1, "two heaps of one name would be the same series twice");
}

#[test]
fn names_follow_the_conventions() {
    let mut names = BTreeSet::new();
    for metric in METRICS {
        let name = metric.name;
        assert!(name.starts_with("heapmin_"), "{name}");
        assert!(names.insert(name), "{name}: twice");
        assert!(metric.help.ends_with('.') && !metric.help.contains(['\n', '\\', '"']), "{name}");
        if let Some(unit) = metric.unit {
            assert!(name.ends_with(&format!("_{unit}")), "{name}");
        }
        assert!(!name.ends_with("_total") && !name.ends_with("_info"), "{name}");
    }
}
