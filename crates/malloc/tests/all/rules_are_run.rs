//! The lists of rules in the tests against those in the programs.

use crate::harness::package;
use std::fs;

/// Text of all files of a directory with this ending.
fn texts(directory: &str, endings: &[&str]) -> String {
    let files = fs::read_dir(package().join(directory)).expect("the directory can be read");
    files
        .map(|file| file.expect("the directory can be read").path())
        .filter(|path| path.extension().is_some_and(|ending| endings.iter().any(|e| ending == *e)))
        .map(|path| fs::read_to_string(path).expect("the file can be read"))
        .collect()
}

#[test]
fn every_rule_of_the_programs_is_run() {
    let tests = texts("tests/all", &["rs"]);
    let programs = texts("tests/c", &["c", "cc"]);
    let rules = programs.lines().filter_map(|line| line.strip_prefix("RULE(")?.strip_suffix(") {"));
    let mut count = 0;
    for rule in rules {
        count += 1;
        let named =
            tests.split(|c: char| !c.is_alphanumeric() && c != '_').any(|word| word == rule);
        assert!(named, "no test runs {rule}");
    }
    assert!(count > 100, "only {count} rules found");
}
