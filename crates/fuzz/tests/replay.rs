//! Inputs that are known, and inputs from random bytes.

use heapmin_fuzz::{Target, random};
use std::fs;
use std::path::Path;

/// Runs all inputs of `corpus/DIRECTORY`; how many there are.
fn replay(target: Target, directory: &str) -> usize {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus").join(directory);
    let entries = fs::read_dir(&directory).expect("the corpus is there");
    let mut paths: Vec<_> = entries.map(|entry| entry.expect("it is readable").path()).collect();
    paths.sort();
    for path in &paths {
        println!("{}", path.display());
        target.run(&fs::read(path).expect("it is readable"));
    }
    paths.len()
}

#[test]
fn programs_of_the_corpus_do_as_the_model_says() {
    assert_ne!(replay(Target::Program, "program"), 0, "the corpus is empty");
}

#[test]
fn threads_of_the_corpus_do_as_the_model_says() {
    assert_ne!(replay(Target::Threads, "threads"), 0, "the corpus is empty");
}

#[test]
fn programs_from_random_bytes_do_as_the_model_says() {
    for number in 0..100 {
        Target::Program.run(&random::input(number));
    }
}

#[test]
fn threads_from_random_bytes_do_as_the_model_says() {
    for number in 0..25 {
        Target::Threads.run(&random::input(number));
    }
}
