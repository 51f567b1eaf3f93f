//! Replays inputs of the fuzz targets and tells each call before it is made:
//!
//! ```text
//! heapmin-replay [--quiet] FILE...             inputs that a fuzzer found
//! heapmin-replay [--quiet] --random FROM TO    the random inputs with these numbers
//! ```

use heapmin_fuzz::{random, run_telling};
use std::ops::Range;
use std::process::ExitCode;
use std::{env, fs};

const USAGE: &str = "heapmin-replay [--quiet] FILE... | [--quiet] --random FROM TO";

fn main() -> ExitCode {
    let mut arguments: Vec<String> = env::args().skip(1).collect();
    let is_quiet = arguments.first().is_some_and(|first| first == "--quiet");
    if is_quiet {
        arguments.remove(0);
    }
    let replay = |bytes: &[u8]| {
        run_telling(bytes, |index, call| {
            if !is_quiet {
                eprintln!("{index}: {call:x?}");
            }
        });
    };
    match arguments.as_slice() {
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
