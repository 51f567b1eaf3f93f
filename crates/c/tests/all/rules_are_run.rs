//! The lists of rules in the tests against those in the programs.

use crate::harness::package;
use std::fs;
use std::path::Path;

/// Adds the text of all files in a directory and below it with one of these endings.
fn texts(directory: &Path, endings: &[&str], text: &mut String) {
    for entry in fs::read_dir(directory).expect("the directory can be read") {
        let path = entry.expect("the directory can be read").path();
        if path.is_dir() {
            texts(&path, endings, text);
        } else if path.extension().is_some_and(|ending| endings.iter().any(|e| ending == *e)) {
            text.push_str(&fs::read_to_string(path).expect("the file can be read"));
        }
    }
}

#[test]
fn every_rule_of_the_programs_is_run() {
    let [mut tests, mut programs] = [String::new(), String::new()];
    texts(&package().join("tests/all"), &["rs"], &mut tests);
    texts(&package().join("tests/c"), &["c", "cc"], &mut programs);
    let words: std::collections::BTreeSet<&str> =
        tests.split(|c: char| !c.is_alphanumeric() && c != '_').collect();
    let rules = programs.lines().filter_map(|line| line.strip_prefix("RULE(")?.strip_suffix(") {"));
    let mut count = 0;
    for rule in rules {
        count += 1;
        assert!(words.contains(rule), "no test runs {rule}");
    }
    assert!(count > 0, "no rules found");
}
