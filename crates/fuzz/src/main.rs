//! Replays inputs of the fuzz targets and tells each call before it is made:
//!
//! ```text
//! heapmin-replay [--quiet] TARGET FILE...             inputs that a fuzzer found
//! heapmin-replay [--quiet] TARGET --random FROM TO    the random inputs with these numbers
//! ```
//! TARGET is `program` or `threads`.

use heapmin_fuzz::{Target, random};
use std::ops::Range;
use std::process::ExitCode;
use std::{env, fs};

const USAGE: &str = "usage: heapmin-replay [--quiet] program|threads FILE...|--random FROM TO";

fn main() -> ExitCode {
    let mut arguments: Vec<String> = env::args().skip(1).collect();
    let is_quiet = arguments.first().is_some_and(|first| first == "--quiet");
    if is_quiet {
        arguments.remove(0);
    }
    let target = match arguments.first().map(String::as_str) {
        Some("program") => Target::Program,
        Some("threads") => Target::Threads,
        _ => {
            eprintln!("heapmin-replay: no target; {USAGE}");
            return ExitCode::from(2);
        }
    };
    let replay = |bytes: &[u8]| {
        target.run_telling(bytes, &mut |index, call| {
            if !is_quiet {
                eprintln!("{index}: {call:x?}");
            }
        });
    };
    match &arguments[1..] {
        [] => {
            eprintln!("heapmin-replay: nothing to replay; {USAGE}");
            return ExitCode::from(2);
        }
        [random, from, to] if random == "--random" => {
            let Some(numbers) = range(from, to) else {
                eprintln!("heapmin-replay: {from} and {to} aren't numbers; {USAGE}");
                return ExitCode::from(2);
            };
            for number in numbers {
                eprintln!("random input {number}");
                replay(&random::input(number));
            }
        }
        paths => {
            for path in paths {
                match fs::read(path) {
                    Ok(bytes) => replay(&bytes),
                    Err(error) => {
                        eprintln!("heapmin-replay: {path} can't be read: {error}");
                        return ExitCode::from(2);
                    }
                }
            }
        }
    }
    ExitCode::SUCCESS
}

fn range(from: &str, to: &str) -> Option<Range<u64>> {
    Some(from.parse().ok()?..to.parse().ok()?)
}
