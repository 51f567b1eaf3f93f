//! `heapmin run`: become the program, with the heap preloaded.
//!
//! `execve` keeps everything by itself that a parent process would have to imitate: the process
//! id, the terminal, signals in both directions, stopping and continuing, the exit status.

use crate::args::Run;
use crate::failure::Failure;
use crate::start::Prepared;

/// Makes the library print statistics at exit.
const STATS: &str = "HEAPMIN_STATS";
/// Restricts that to the process with this number.
const STATS_PROCESS: &str = "HEAPMIN_STATS_PROCESS";
/// When unused memory goes back.
const DECAY: &str = "HEAPMIN_DECAY_MS";
/// Makes the library give memory back when the system runs short of it.
const PRESSURE: &str = "HEAPMIN_PRESSURE";

/// Replaces this process by the program. Returns only if that failed, saying why.
pub fn run(options: &Run) -> Failure {
    match Prepared::new(&options.program, options.library.as_deref(), &settings(options)) {
        Ok(prepared) => prepared.become_it(),
        Err(failure) => failure,
    }
}

/// The variables that tell the library what was asked for on the command line.
///
/// Statistics are printed when this process exits. Processes that the program starts inherit the
/// variables and print nothing, having other numbers.
fn settings(options: &Run) -> Vec<(&'static str, String)> {
    let mut settings = Vec::new();
    if options.stats {
        // `execve` keeps the number.
        let process = std::process::id().to_string();
        settings.extend([(STATS, "1".to_owned()), (STATS_PROCESS, process)]);
    }
    settings.extend(options.decay.iter().map(|decay| (DECAY, decay.as_str().to_owned())));
    settings.extend(options.pressure.then(|| (PRESSURE, "1".to_owned())));
    settings
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use clap::Parser;

    use super::*;
    use crate::args::{Args, Command};
    use crate::start::environment;

    const LIBRARY: &str = "/opt/libheapmin_malloc.so";

    /// The environment of a program that is run with these options.
    fn environment_after(current: &[(&str, &str)], options: &[&str]) -> Vec<String> {
        let words = ["heapmin", "run"].iter().chain(options).chain(&["true"]);
        let Command::Run(options) = Args::try_parse_from(words).unwrap().command else {
            panic!("another command than run");
        };
        let current = current.iter().map(|(name, value)| (name.into(), value.into()));
        let entries = environment(current, Path::new(LIBRARY), &settings(&options));
        entries.into_iter().map(|entry| entry.into_string().unwrap()).collect()
    }

    #[test]
    fn the_library_comes_before_what_was_preloaded_already() {
        assert_eq!(
            environment_after(&[("A", "1"), ("LD_PRELOAD", "/a.so:/b.so"), ("Z", "=")], &[]),
            ["A=1", "Z==", "LD_PRELOAD=/opt/libheapmin_malloc.so:/a.so:/b.so"]
        );
        assert_eq!(
            environment_after(&[("LD_PRELOAD", "")], &[]),
            ["LD_PRELOAD=/opt/libheapmin_malloc.so"]
        );
    }

    #[test]
    fn the_library_is_not_listed_twice() {
        let listed = format!("{LIBRARY} /b.so");
        assert_eq!(
            environment_after(&[("LD_PRELOAD", &listed)], &[]),
            [format!("LD_PRELOAD={listed}")]
        );
    }

    #[test]
    fn statistics_are_asked_of_this_process_only() {
        let process = format!("HEAPMIN_STATS_PROCESS={}", std::process::id());
        let current = [("HEAPMIN_STATS", "0"), ("HEAPMIN_STATS_PROCESS", "7")];
        assert_eq!(
            environment_after(&current, &["--stats"]),
            ["LD_PRELOAD=/opt/libheapmin_malloc.so", "HEAPMIN_STATS=1", &process]
        );
    }

    #[test]
    fn settings_take_the_place_of_those_in_the_environment() {
        let current = [("HEAPMIN_PRESSURE", "0"), ("HEAPMIN_DECAY_MS", "7"), ("A", "1")];
        let preload = "LD_PRELOAD=/opt/libheapmin_malloc.so";
        assert_eq!(
            environment_after(&current, &["--decay", "500", "--pressure"]),
            ["A=1", preload, "HEAPMIN_DECAY_MS=500", "HEAPMIN_PRESSURE=1"]
        );
        assert_eq!(
            environment_after(&current, &["--decay=now"]),
            ["HEAPMIN_PRESSURE=0", "A=1", preload, "HEAPMIN_DECAY_MS=0"]
        );
    }

    #[test]
    fn without_options_the_settings_of_the_environment_stay() {
        let current = [("HEAPMIN_PRESSURE", "1"), ("HEAPMIN_DECAY_MS", "never")];
        assert_eq!(
            environment_after(&current, &[]),
            [
                "HEAPMIN_PRESSURE=1",
                "HEAPMIN_DECAY_MS=never",
                "LD_PRELOAD=/opt/libheapmin_malloc.so"
            ]
        );
    }
}
