//! `heapmin walk`: every element of a process's heaps.
//!
//! | module | |
//! |---|---|
//! | `text` | as a table for people |
//! | `rows` | as CSV |

mod rows;
mod text;

use std::io::{self, Write};

use clap::ValueEnum;
use heapmin_inspect::Target;
use heapmin_inspect::model::entry::Entry;

use crate::failure::Failure;
use crate::output::pick::{self, pick};
use crate::output::writer::Out;

/// List every element of a process's heaps
///
/// Regions, live blocks, free blocks and uncommitted ranges, as HeapWalk gives them to the process
/// itself and in the same order. The process isn't stopped and takes no part: what it changes
/// meanwhile may be shown as it was before or after.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Walk {
    /// The process; the only one of yours on heapmin if there is one
    #[arg(value_parser = pick::pid)]
    pub pid: Option<i32>,

    /// Only this heap: its number, or its handle
    ///
    /// 0 and 1 are the process heap: what malloc and HeapAlloc(GetProcessHeap(), …) give.
    #[arg(long, value_name = "HEAP", value_parser = number)]
    pub heap: Option<u64>,

    /// What to write: a table, lines of JSON, or CSV
    #[arg(long, value_name = "FORMAT", value_enum, default_value_t)]
    pub format: Format,

    /// The same as --format json
    #[arg(long, conflicts_with = "format")]
    pub json: bool,
}

/// What is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// A table with a line for each element
    #[default]
    Text,
    /// A JSON object in a line for each element
    Json,
    /// Comma-separated values, with a line of titles
    Csv,
}

const EXAMPLES: &str = "\
Examples:
  heapmin walk 4711                       everything
  heapmin walk 4711 --heap 0x7f0c3a470000 one heap
  heapmin walk 4711 --format csv > heap.csv
  heapmin walk 4711 --json | jq 'select(.kind == \"busy\") | .bytes'

Exit status:
    0    all elements were listed
    2    wrong usage
    3    the process can't be looked into; the message says why
    4    the list can't be written";

/// Does it. Returns the exit status.
pub fn run(args: &Walk) -> Result<i32, Failure> {
    let target = pick(args.pid)?;
    let mut out = Out::new();
    match args.format {
        _ if args.json => json(&target, args.heap, &mut out)?,
        Format::Json => json(&target, args.heap, &mut out)?,
        Format::Text => {
            text::title(&mut out)?;
            let mut line = Vec::new();
            each(&target, args.heap, &mut out, |out, entry| {
                text::line(&mut line, entry);
                out.write_all(&line)
            })?;
        }
        Format::Csv => rows::write(&target, args.heap, &mut out)?,
    }
    out.finish()?;
    Ok(0)
}

fn json(target: &Target, heap: Option<u64>, out: &mut Out) -> Result<(), Failure> {
    each(target, heap, out, |out, entry| {
        serde_json::to_writer(&mut *out, entry)?;
        out.write_all(b"\n")
    })
}

/// Writes each element, until there are no more or nobody reads any more.
fn each(
    target: &Target,
    heap: Option<u64>,
    out: &mut Out,
    mut write: impl FnMut(&mut Out, &Entry) -> io::Result<()>,
) -> Result<(), Failure> {
    let mut result = Ok(());
    let walked = target.walk(heap, &mut |entry| {
        result = write(out, entry);
        result.is_ok() && out.is_open()
    });
    result?;
    Ok(walked?)
}

/// A number as people write it: decimal, or hexadecimal with 0x.
fn number(word: &str) -> Result<u64, String> {
    let digits = word.strip_prefix("0x").or_else(|| word.strip_prefix("0X"));
    let number = match digits {
        // `from_str_radix` would take a sign.
        Some(digits) if digits.starts_with('+') => None,
        Some(digits) => u64::from_str_radix(digits, 16).ok(),
        None if word.starts_with('+') => None,
        None => word.parse().ok(),
    };
    number.ok_or_else(|| "it takes a heap's number, or its handle as 0x7f0c3a470000".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn heaps_are_named_by_number_or_handle() {
        assert_eq!(number("17"), Ok(17));
        assert_eq!(number("0x7f0c3a470000"), Ok(0x7f0c_3a47_0000));
        assert_eq!(number("0XAB"), Ok(0xAB));
        for word in ["", "0x", "+1", "0x+1", "-1", "1g", "0x1_0", "0x10000000000000000"] {
            assert!(number(word).is_err(), "{word}");
        }
    }
}
