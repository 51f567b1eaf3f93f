//! `heapmin check`: are the heaps of a process whole? If not, which block is damaged?

use std::io::Write;

use heapmin_inspect::model::outcome::{Checked, Damage, DamageKind};
use heapmin_inspect::model::snapshot::Process;

use crate::failure::Failure;
use crate::output::json;
use crate::output::pick::{self, pick};
use crate::output::progress::Progress;
use crate::output::visible::visible;
use crate::output::writer::Out;

/// The exit status when a heap is damaged.
const DAMAGED: i32 = 1;

/// Check the heaps of a process for damage
///
/// Reads all heaps and compares everything that is known twice: slabs, lists, free blocks, and the
/// bytes behind blocks that record their size. The process isn't stopped and takes no part. What seems
/// to be wrong is looked at again until it is clear that the process wasn't just changing it.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Check {
    /// The process; the only one of yours on heapmin if there is one
    #[arg(value_parser = pick::pid)]
    pub pid: Option<i32>,

    /// Have the process check its heaps itself, with its threads kept out of each meanwhile
    ///
    /// Finds damage also in what changes all the time. Heaps that the program has locked, or whose
    /// threads it keeps apart itself, are left out.
    #[arg(long)]
    pub inside: bool,

    /// Write JSON: docs/schema/check.json
    #[arg(long)]
    pub json: bool,
}

const EXAMPLES: &str = "\
Examples:
  heapmin check 4711                  is anything damaged?
  heapmin check 4711 || kill -ABRT 4711
  heapmin check --json 4711 | jq '.damages[0]'

Exit status:
    0    no damage was found
    1    a heap is damaged; the report names the block
    2    wrong usage
    3    the process can't be looked into; the message says why
    4    the report can't be written";

/// Does it. Returns the exit status.
pub fn run(args: &Check) -> Result<i32, Failure> {
    let target = pick(args.pid)?;
    let checked = if args.inside {
        target.validate()?
    } else {
        let mut bar = Progress::new("checking");
        target.check(&mut |done, of| {
            bar.step(done, of);
            true
        })?
    };
    let mut out = Out::new();
    if args.json {
        json::document(&mut out, &checked)?;
    } else {
        out.write_all(report(target.process(), &checked).as_bytes())?;
    }
    out.finish()?;
    Ok(if checked.damages.is_empty() { 0 } else { DAMAGED })
}

/// The report for people.
fn report(process: &Process, checked: &Checked) -> String {
    let mut lines: Vec<String> = Vec::new();
    for damage in &checked.damages {
        lines.push(headline(damage));
        lines.push(format!("  {}", damage.message));
        lines.extend(dump(&damage.evidence));
    }
    let name = format!("process {} ({})", process.pid, visible(&process.command));
    let verdict = match checked.damages.len() {
        0 if checked.stopped => "no damage seen".to_owned(),
        0 => "sound".to_owned(),
        1 => "1 damage".to_owned(),
        several => format!("{several} damages"),
    };
    let heaps = counted(u64::from(checked.heaps), "heap");
    let blocks = checked.blocks.map(|blocks| format!(" with {}", counted(blocks, "live block")));
    lines.push(format!("{name}: {verdict}; {heaps}{} checked", blocks.unwrap_or_default()));
    if checked.stopped {
        let what = match checked.unsettled_units {
            0 => "what it was changing".to_owned(),
            units => counted(units, "unit of 64 KiB"),
        };
        lines.push(format!(
            "it is stopped: {what} can't be decided while it is stopped; kill -CONT {}, or look again",
            process.pid
        ));
    } else if checked.unsettled_units > 0 {
        lines.push(format!(
            "{} changed all the time and could not be compared with other data; 'heapmin check \
             --inside {}' looks at those too",
            counted(checked.unsettled_units, "unit of 64 KiB"),
            process.pid
        ));
    }
    lines.push(String::new());
    lines.join("\n")
}

fn headline(damage: &Damage) -> String {
    let what = match damage.kind {
        DamageKind::Tail => "block overrun",
        DamageKind::Metadata => "heap data damaged",
        DamageKind::Header => "heap record damaged",
        DamageKind::DoubleListed => "block free twice or in use while free",
    };
    let bytes = match damage.bytes {
        0 => String::new(),
        bytes => format!(", {}", counted(bytes, "byte")),
    };
    let Damage { heap, heap_name, address, .. } = damage;
    format!("{what}: {address:#x}{bytes}, in heap {heap}, {heap_name}")
}

/// "1 heap", "2 heaps", "3 units of 64 KiB".
fn counted(count: u64, what: &str) -> String {
    match (count, what.split_once(' ')) {
        (1, _) => format!("1 {what}"),
        (_, Some(("live", noun))) => format!("{count} live {noun}s"),
        (_, Some((noun, rest))) => format!("{count} {noun}s {rest}"),
        (_, None) => format!("{count} {what}s"),
    }
}

/// Lines of 16 bytes, in hexadecimal and as text.
fn dump(bytes: &[u8]) -> impl Iterator<Item = String> {
    bytes.chunks(16).map(|line| {
        let hex: Vec<String> = line.iter().map(|byte| format!("{byte:02x}")).collect();
        let is_shown = |byte: &u8| byte.is_ascii_graphic() || *byte == b' ';
        let text = line.iter().map(|byte| if is_shown(byte) { char::from(*byte) } else { '.' });
        format!("    {:47}  |{}|", hex.join(" "), text.collect::<String>())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn process() -> Process {
        Process {
            pid: 4711,
            command: "a\x1b b".into(),
            uid: 0,
            user: "root".into(),
            threads: 1,
            engine: "0.1.0".into(),
            file: "/usr/lib/libheapmin_malloc.so".into(),
            started: 1,
        }
    }

    #[test]
    fn a_sound_process_takes_one_line() {
        let checked = Checked { heaps: 2, blocks: Some(1), ..Checked::default() };
        let expected = "process 4711 (a\\x1b b): sound; 2 heaps with 1 live block checked\n";
        assert_eq!(report(&process(), &checked), expected);
    }

    #[test]
    fn blocks_that_nobody_counted_are_left_out() {
        let checked = Checked { heaps: 2, ..Checked::default() };
        let expected = "process 4711 (a\\x1b b): sound; 2 heaps checked\n";
        assert_eq!(report(&process(), &checked), expected);
    }

    #[test]
    fn of_a_stopped_process_it_is_said_what_cannot_be_decided() {
        let checked = |unsettled_units| Checked {
            heaps: 2,
            blocks: Some(5),
            unsettled_units,
            stopped: true,
            ..Checked::default()
        };
        let expected = "\
process 4711 (a\\x1b b): no damage seen; 2 heaps with 5 live blocks checked
it is stopped: 1 unit of 64 KiB can't be decided while it is stopped; kill -CONT 4711, or look again
";
        assert_eq!(report(&process(), &checked(1)), expected);
        assert!(report(&process(), &checked(0)).contains("what it was changing can't be decided"));
    }

    #[test]
    fn a_damaged_block_is_named_with_what_stands_there() {
        let damage = Damage {
            heap: 1,
            heap_name: "process (HeapAlloc)".into(),
            kind: DamageKind::Tail,
            address: 0x7f00_0040,
            bytes: 100,
            message: "the bytes behind were overwritten".into(),
            evidence: b"too long\0\xab".to_vec(),
        };
        let checked = Checked {
            heaps: 3,
            blocks: Some(17),
            unsettled_units: 2,
            stopped: false,
            damages: vec![damage],
        };
        let expected = "\
block overrun: 0x7f000040, 100 bytes, in heap 1, process (HeapAlloc)
  the bytes behind were overwritten
    74 6f 6f 20 6c 6f 6e 67 00 ab                    |too long..|
process 4711 (a\\x1b b): 1 damage; 3 heaps with 17 live blocks checked
2 units of 64 KiB changed all the time and could not be compared with other data; 'heapmin check \
--inside 4711' looks at those too
";
        assert_eq!(report(&process(), &checked), expected);
    }
}
