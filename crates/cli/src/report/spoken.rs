//! The few lines that heapmin says at the end.

use std::fmt::Write;
use std::path::Path;

use heapmin_pages::report::{End, Report};
use heapmin_profile::{Measure, Profile, Stack};

use crate::output::bytes::bytes;
use crate::output::visible::visible;

/// How many call stacks are named.
const STACKS: usize = 3;
/// How many functions of each.
const CALLS: usize = 4;

/// See the module.
pub fn lines(report: &Report, place: &Path) -> String {
    let mut text = format!("heapmin: report in {}\n", visible(&place.to_string_lossy()));
    // Writing to a string can't fail.
    let _ = figures(&mut text, report);
    if let Some(profile) = &report.profile {
        let _ = stacks(&mut text, profile);
    }
    for note in &report.notes {
        let _ = writeln!(text, "  note: {}", visible(note));
    }
    text
}

fn figures(text: &mut String, report: &Report) -> std::fmt::Result {
    let Some(last) = &report.last else {
        return Ok(());
    };
    let timeline = &report.timeline;
    writeln!(
        text,
        "  peak: {} live after {}, {} of the heap resident",
        bytes(timeline.peak_live_bytes),
        seconds(timeline.peak_live_ms),
        bytes(timeline.peak_resident_bytes)
    )?;
    let when = match report.end {
        End::WentOn => "at the last look",
        _ if report.last_is_the_end => "at exit",
        _ => "shortly before the exit",
    };
    writeln!(
        text,
        "  live {when}: {} in {} blocks",
        bytes(last.totals.live_bytes),
        last.totals.live_blocks
    )
}

fn stacks(text: &mut String, profile: &Profile) -> std::fmt::Result {
    let mut sorted: Vec<&Stack> =
        profile.stacks.iter().filter(|stack| stack.amounts.peak_bytes > 0).collect();
    sorted.sort_by_key(|stack| std::cmp::Reverse(stack.amounts.peak_bytes));
    if sorted.is_empty() {
        return Ok(());
    }
    writeln!(text, "  most of the peak, by samples:")?;
    for stack in sorted.iter().take(STACKS) {
        let names = stack.frames.iter().take(CALLS).filter_map(|&frame| {
            Some(visible(&profile.frames.get(frame as usize)?.function).into_owned())
        });
        let names: Vec<String> = names.collect();
        let amount = bytes(stack.amounts.bytes(Measure::Peak));
        writeln!(text, "  {amount:>10}  {}", names.join(" < "))?;
    }
    Ok(())
}

fn seconds(ms: f64) -> String {
    if ms < 1000.0 { format!("{ms:.0} ms") } else { format!("{:.1} s", ms / 1000.0) }
}
