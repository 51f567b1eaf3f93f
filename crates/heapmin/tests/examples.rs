//! The examples run, and print what they promise.

use std::process::Command;

fn output_of(example: &str) -> String {
    let run = ["run", "--quiet", "--offline", "-p", "heapmin", "--example", example];
    let output = Command::new(env!("CARGO")).args(run).output().expect("cargo starts");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("the examples print text")
}

/// The numbers in a line of output.
fn numbers(line: &str) -> Vec<usize> {
    line.split(|c: char| !c.is_ascii_digit()).filter_map(|number| number.parse().ok()).collect()
}

#[test]
fn trim_gives_most_of_a_burst_back() {
    let output = output_of("trim");
    let lines: Vec<&str> = output.lines().collect();
    let [busy, quiet, trimmed] = lines[..] else { panic!("three lines: {output}") };
    assert!(numbers(busy)[0] >= 20, "{output}");
    assert!(numbers(quiet)[0] <= 5, "{output}");
    let [before, after] = numbers(trimmed)[..] else { panic!("two numbers: {trimmed}") };
    assert!(before >= 20 && after <= before / 2, "{output}");
}

#[test]
fn heaps_sum_up_trees_and_keep_to_their_limits() {
    let output = output_of("heap");
    assert_eq!(
        output,
        "sums: [1818, 1818]\nsum: 1818, 6825 blocks in the heap\n100 KiB: true\n100 MiB: false\n"
    );
}
