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
        let _ = stacks(&mut text, profile, report.peak_between_readings());
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
        "  largest reading: {} live after {}, {} of the heap resident",
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

fn stacks(text: &mut String, profile: &Profile, between: Option<u64>) -> std::fmt::Result {
    let mut sorted: Vec<&Stack> =
        profile.stacks.iter().filter(|stack| stack.amounts.peak_bytes > 0).collect();
    sorted.sort_by_key(|stack| std::cmp::Reverse(stack.amounts.peak_bytes));
    if sorted.is_empty() {
        return Ok(());
    }
    if let Some(peak) = between {
        writeln!(text, "  the peak was between two readings: about {} by samples", bytes(peak))?;
    }
    let peak = bytes(profile.totals.bytes(Measure::Peak));
    writeln!(text, "  by samples, estimated: {peak} at the peak, most of it in")?;
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::findings::Findings;
    use heapmin_profile::{Amounts, Frame};

    /// What is said of 100 MiB by samples, where the largest reading was so many.
    fn said(reading: u64, lost_frees: u64) -> String {
        let amounts = Amounts { peak_bytes: 100 << 20, ..Amounts::default() };
        let frame = Frame { function: "libz.so.1+0x93".to_owned(), ..Frame::default() };
        let profile = Profile {
            rate_bytes: 512 << 10,
            lost_frees,
            totals: amounts,
            frames: vec![frame],
            stacks: vec![Stack { frames: vec![0], amounts }],
            ..Profile::default()
        };
        let findings = Findings::new(1, String::new(), false);
        let mut report = findings.finish(0, 0.0, End::Gone, Some(profile));
        report.timeline.peak_live_bytes = reading;
        lines(&report, Path::new("page"))
    }

    #[test]
    fn samples_and_readings_do_not_contradict() {
        let by_samples = "  by samples, estimated: 100 MiB at the peak, most of it in\n     \
                          100 MiB  libz.so.1+0x93\n";
        let between = "  the peak was between two readings: about 100 MiB by samples\n";
        let page = "heapmin: report in page\n";
        assert_eq!(said(60 << 20, 0), format!("{page}{between}{by_samples}"));
        // The error of 200 samples is 7 %.
        assert_eq!(said(90 << 20, 0), format!("{page}{by_samples}"));
        assert_eq!(said(110 << 20, 0), format!("{page}{by_samples}"));
        assert_eq!(said(60 << 20, 1), format!("{page}{by_samples}"), "freed, and not known");
    }
}
