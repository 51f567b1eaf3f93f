//! The examples run, and print what they promise.

use std::process::Command;

/// What an example prints, and what heapmin says on standard error, with `HEAPMIN_DECAY_MS` set or
/// not.
fn outputs_of(example: &str, decay: Option<&str>) -> [String; 2] {
    let run = ["run", "--quiet", "--offline", "-p", "heapmin", "--example", example];
    let mut command = Command::new(env!("CARGO"));
    command.args(run).env_remove("HEAPMIN_DECAY_MS").env_remove("HEAPMIN_PRESSURE");
    command.envs(decay.map(|decay| ("HEAPMIN_DECAY_MS", decay)));
    let output = command.output().expect("cargo starts");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let [output, errors] =
        [output.stdout, output.stderr].map(|text| String::from_utf8(text).expect("text"));
    // The others are cargo's.
    let said = errors.lines().filter(|line| line.starts_with("heapmin: "));
    [output, said.collect::<Vec<_>>().join("\n")]
}

fn output_of(example: &str) -> String {
    let [output, errors] = outputs_of(example, None);
    assert_eq!(errors, "");
    output
}

/// The numbers in a line of output.
fn numbers(line: &str) -> Vec<usize> {
    line.split(|c: char| !c.is_ascii_digit()).filter_map(|number| number.parse().ok()).collect()
}

#[test]
fn trim_gives_most_of_a_burst_back() {
    let output = output_of("trim");
    let lines: Vec<&str> = output.lines().collect();
    let [busy, quiet, decay, trimmed, ref left @ ..] = lines[..] else { panic!("{output}") };
    assert!(numbers(busy)[0] >= 20, "{output}");
    assert!(numbers(quiet)[0] <= 5, "{output}");
    let [before, after] = numbers(trimmed)[..] else { panic!("two numbers: {trimmed}") };
    assert!(before >= 20 && after <= before / 2, "{output}");
    // In KiB, each rounded down.
    let [live, fragmented, cached, huge, metadata] = left
        .iter()
        .map(|line| numbers(line.strip_prefix("left: ").expect("what is left"))[0])
        .collect::<Vec<_>>()[..]
    else {
        panic!("five parts: {output}")
    };
    let sum = live + fragmented + cached + huge + metadata;
    assert!(sum + 4 >= after << 10 && sum < (after + 1) << 10, "{output}");
    assert!(decay.ends_with(" ms") && numbers(decay)[0] >= 100, "{output}");
    assert!(live > 0 && metadata > 0, "{output}");
}

#[test]
fn the_environment_says_when_free_memory_goes_back() {
    for (value, line) in [
        ("0", "free memory goes back at once"),
        ("never", "free memory stays"),
        ("1234", "free memory goes back after 1234 ms"),
    ] {
        let [output, errors] = outputs_of("trim", Some(value));
        assert!(output.lines().any(|found| found == line), "{value}: {output}");
        assert_eq!(errors, "", "{value}");
    }
}

#[test]
fn a_bad_value_in_the_environment_is_named_and_has_no_effect() {
    let [usual, _] = outputs_of("trim", None);
    let usual = usual.lines().find(|line| line.starts_with("free memory")).expect("the setting");
    for value in ["soon", "-1", "12s", "99999999999"] {
        let [output, errors] = outputs_of("trim", Some(value));
        assert!(output.lines().any(|line| line == usual), "{value}: {output}");
        assert_eq!(errors.lines().count(), 1, "{value}: {errors}");
        assert!(errors.contains("HEAPMIN_DECAY_MS"), "{value}: {errors}");
    }
}

#[test]
fn heaps_sum_up_trees_and_keep_to_their_limits() {
    let output = output_of("heap");
    assert_eq!(
        output,
        "sums: [1818, 1818]\nsum: 1818, 6825 blocks in the heap\n100 KiB: true\n100 MiB: false\n"
    );
}
