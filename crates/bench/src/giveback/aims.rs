//! What heapmin is to reach, and whether it does.

use super::figures::Results;
use super::scenarios::Group;
use super::seen::Seen;

const HEAPMIN: &str = "heapmin";

/// A figure with what it is to be.
pub struct Aim {
    /// What is measured.
    pub figure: String,
    /// What it is to be.
    pub wanted: String,
    /// What it is.
    pub found: String,
    /// Whether that is as it is to be.
    pub reached: bool,
}

/// All aims whose figures were measured.
pub fn aims(results: &Results) -> Vec<Aim> {
    if !results.allocators.iter().any(|entry| entry.name == HEAPMIN) {
        return Vec::new();
    }
    let mut all = Vec::new();
    all.extend(lowest(results));
    all.extend(asleep(results, "asleep-three", 0.78));
    all.extend(asleep(results, "asleep-120", 0.99));
    all.extend(sizes(results));
    all.extend(results.rows(Group::Pause).filter_map(|row| pause(results, &row.name)));
    all.extend(results.rows(Group::Throughput).filter_map(|row| throughput(results, &row.name)));
    all
}

fn lowest(results: &Results) -> Option<Aim> {
    let mine = results.mean(HEAPMIN)?;
    let others = results.allocators.iter().filter(|entry| entry.name != HEAPMIN);
    let means = others.filter_map(|entry| Some((results.mean(&entry.name)?, &entry.name)));
    let (next, name) = means.min_by(|one, other| one.0.total_cmp(&other.0))?;
    Some(Aim {
        figure: "resident/live after the call, geometric mean over (a) to (f)".to_owned(),
        wanted: "the lowest".to_owned(),
        found: format!("{mine:.3}; of the others {name} has the lowest, {next:.3}"),
        reached: mine < next,
    })
}

fn asleep(results: &Results, scenario: &str, wanted: f64) -> Option<Aim> {
    let row = results.rows(Group::Asleep).find(|row| row.name == scenario)?;
    let share = results.figure(scenario, HEAPMIN, |seen| seen.share(seen.asleep.last()?.1))?;
    Some(Aim {
        figure: format!("{}: share that is back after 10 s asleep, without a call", row.about),
        wanted: format!("≥ {:.0} %", wanted * 100.0),
        found: format!("{:.1} %", share * 100.0),
        reached: share >= wanted,
    })
}

fn sizes(results: &Results) -> Option<Aim> {
    let ratios = results
        .rows(Group::Sizes)
        .filter_map(|row| Some((results.heap(&row.name, HEAPMIN)?, &row.name)));
    let (worst, name) = ratios.max_by(|one, other| one.0.total_cmp(&other.0))?;
    Some(Aim {
        figure: "heap/live after the call, every size of whole pages".to_owned(),
        wanted: "≤ 1.02".to_owned(),
        found: format!("{worst:.3} at most ({name})"),
        reached: worst <= 1.02,
    })
}

/// The longest of all rounds in which nobody else got the processor.
fn pause(results: &Results, scenario: &str) -> Option<Aim> {
    let seen = results.seen(scenario, HEAPMIN);
    let pauses = seen.iter().filter_map(|seen| seen.pause);
    let longest = pauses.map(|pause| pause.during_own).reduce(f64::max)?;
    Some(Aim {
        figure: format!("{scenario}: longest pause of another thread"),
        wanted: "≤ 1 ms".to_owned(),
        found: format!("{:.2} ms", longest * 1e3),
        reached: longest <= 1e-3,
    })
}

fn throughput(results: &Results, scenario: &str) -> Option<Aim> {
    let rates = |seen: &Seen| seen.rates.as_ref()?.processor();
    let ratio = results.figure(scenario, HEAPMIN, rates)?;
    Some(Aim {
        figure: format!("{scenario}: replacements per second of processor time, after/before"),
        wanted: "≥ 0.95".to_owned(),
        found: format!("{ratio:.2}"),
        reached: ratio >= 0.95,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::giveback::figures::tests::example;

    #[test]
    fn aims_are_reached_or_not() {
        let found = |aims: &[Aim], word: &str| {
            aims.iter().find(|aim| aim.figure.contains(word)).map(|aim| aim.reached)
        };
        let mut results = example();
        let all = aims(&results);
        assert_eq!(found(&all, "geometric mean"), Some(true));
        // 50 of 55 MiB are back.
        assert_eq!(found(&all, "asleep"), Some(true));
        assert_eq!(found(&all, "whole pages"), Some(false));
        assert_eq!(found(&all, "pause"), Some(true));
        assert_eq!(found(&all, "throughput"), Some(true));
        for sample in &mut results.samples {
            let seen = sample.seen.as_mut().expect("seen");
            seen.after = seen.before;
            seen.asleep.truncate(2);
        }
        let all = aims(&results);
        assert_eq!(found(&all, "geometric mean"), Some(false));
        assert_eq!(found(&all, "asleep"), Some(false));
    }

    #[test]
    fn others_have_no_aims() {
        let mut results = example();
        results.allocators.remove(0);
        assert!(aims(&results).is_empty());
    }
}
