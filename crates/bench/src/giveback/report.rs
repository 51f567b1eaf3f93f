//! The report: a Markdown table per figure.

use std::fmt::{self, Write};

use super::aims::aims;
use super::figures::{Results, Row};
use super::scenarios::{Group, whole_pages};
use super::seen::{Pause, Rates, Seen};

/// The report of everything that was measured.
pub fn report(results: &Results) -> String {
    let mut text = String::new();
    Report { results }.write(&mut text).expect("a String takes everything");
    text
}

struct Report<'a> {
    results: &'a Results,
}

/// A cell of a table: the medians of what the rounds gave.
type Cell<'a> = &'a dyn Fn(&Row, &str) -> Option<String>;

impl Report<'_> {
    fn write(&self, out: &mut String) -> fmt::Result {
        let Results { machine, .. } = self.results;
        writeln!(out, "# What is given back\n\n{machine}.\n\n{HOW}\n")?;
        self.calls(out)?;
        self.aims(out)?;
        self.ratios(out)?;
        self.asleep(out)?;
        self.course(out)?;
        self.sizes(out)?;
        self.pauses(out)?;
        self.throughput(out)?;
        self.scenarios(out)?;
        self.gaps(out)
    }

    fn calls(&self, out: &mut String) -> fmt::Result {
        writeln!(out, "| allocator | the call |\n|:--|:--|")?;
        for entry in &self.results.allocators {
            let call = entry.call.as_deref().unwrap_or("has none");
            writeln!(out, "| {} {} | {call} |", entry.name, entry.version)?;
        }
        Ok(())
    }

    fn aims(&self, out: &mut String) -> fmt::Result {
        let all = aims(self.results);
        if all.is_empty() {
            return Ok(());
        }
        writeln!(out, "\n## What heapmin is to reach\n")?;
        writeln!(out, "| figure | aim | heapmin | reached |\n|:--|:--|:--|:-:|")?;
        for aim in all {
            let reached = if aim.reached { "yes" } else { "**no**" };
            writeln!(out, "| {} | {} | {} | {reached} |", aim.figure, aim.wanted, aim.found)?;
        }
        Ok(())
    }

    /// (a) to (f): resident over live bytes, and the time of the call.
    fn ratios(&self, out: &mut String) -> fmt::Result {
        let is_wanted = |group| Group::MEAN.contains(&group);
        if !self.any(is_wanted) {
            return Ok(());
        }
        let results = self.results;
        writeln!(out, "\n## Resident over live bytes after the call\n")?;
        self.table(out, is_wanted, &|row, name| ratio(results.resident(&row.name, name)))?;
        write!(out, "| **geometric mean**, each letter alike |")?;
        for entry in &results.allocators {
            match results.mean(&entry.name) {
                Some(mean) => write!(out, " **{mean:.3}** |")?,
                None => write!(out, " – |")?,
            }
        }
        writeln!(out, "\n\nBefore the call, when all was freed:\n")?;
        self.table(out, is_wanted, &|row, name| {
            let before = |seen: &Seen| seen.ratio(&seen.before, results.live(&row.name, seen));
            ratio(results.figure(&row.name, name, before))
        })?;
        writeln!(out, "\n## Time of the call, ms\n")?;
        self.table(out, is_wanted, &|row, name| self.milliseconds(row, name))
    }

    /// (g) and (h): the share of the freed memory that is back.
    fn asleep(&self, out: &mut String) -> fmt::Result {
        let results = self.results;
        if !self.any(|group| group == Group::Asleep) {
            return Ok(());
        }
        writeln!(
            out,
            "\n## Asleep, without a call\n\n\
             The share of the freed memory that is back at the system after 1, 5 and 10 s, and\n\
             after the call that follows. In (g), {:.0} % of it lie in whole free pages, if blocks\n\
             lie on pages as they fit.\n",
            whole_pages(0.05) * 100.0
        )?;
        self.table(out, |group| group == Group::Asleep, &|row, name| {
            let share = |pss: &dyn Fn(&Seen) -> Option<u64>| {
                results.figure(&row.name, name, |seen| seen.share(pss(seen)?))
            };
            // Looks are a little late; the one at 10 s is the last.
            let asleep = [1.0, 5.0, 10.0].map(|at| share(&|seen| seen.asleep_at(at + 0.2)));
            let after = share(&|seen| Some(seen.after.pss))?;
            let [one, five, ten] = asleep.map(|share| percent(share.unwrap_or(0.0)));
            Some(format!("{one}, {five}, **{ten}** %; {} %", percent(after)))
        })
    }

    fn course(&self, out: &mut String) -> fmt::Result {
        if !self.any(|group| group == Group::Phases) {
            return Ok(());
        }
        writeln!(
            out,
            "\n## Phases over time, without a call\n\n\
             ![Resident memory over time](giveback.svg)\n\n\
             The mean over time of what is resident, over that of what is live:\n"
        )?;
        self.table(out, |group| group == Group::Phases, &|row, name| {
            let mean = |seen: &Seen| seen.course.as_ref()?.mean_ratio();
            ratio(self.results.figure(&row.name, name, mean))
        })
    }

    fn sizes(&self, out: &mut String) -> fmt::Result {
        if !self.any(|group| group == Group::Sizes) {
            return Ok(());
        }
        writeln!(
            out,
            "\n## Blocks of whole pages\n\n\
             Heap over live bytes after the call: anonymous memory, without what the program itself\n\
             has before its first block (that is, what it has then under the leanest allocator).\n"
        )?;
        self.table(out, |group| group == Group::Sizes, &|row, name| {
            ratio(self.results.heap(&row.name, name))
        })
    }

    fn pauses(&self, out: &mut String) -> fmt::Result {
        if !self.any(|group| group == Group::Pause) {
            return Ok(());
        }
        writeln!(
            out,
            "\n## Pauses of another thread\n\n\
             The longest time, in ms, in which a thread that allocates and frees made no progress\n\
             during the call, without times in which the scheduler gave its processor to others; in\n\
             brackets with them, and then the same for as long a time before the call. The longest\n\
             of all rounds.\n"
        )?;
        self.table(out, |group| group == Group::Pause, &|row, name| {
            let seen = self.results.seen(&row.name, name);
            let pauses: Vec<_> = seen.iter().filter_map(|seen| seen.pause).collect();
            let longest = |of: fn(&Pause) -> f64| pauses.iter().map(of).fold(0.0, f64::max) * 1e3;
            let (own, any) = (longest(|p| p.during_own), longest(|p| p.during));
            let (own_before, any_before) = (longest(|p| p.before_own), longest(|p| p.before));
            let called = seen.iter().any(|seen| seen.called);
            called.then(|| format!("**{own:.2}** ({any:.2}; {own_before:.2}, {any_before:.2})"))
        })?;
        writeln!(out, "\nTime of the call, ms, median:\n")?;
        self.table(out, |group| group == Group::Pause, &|row, name| self.milliseconds(row, name))
    }

    fn throughput(&self, out: &mut String) -> fmt::Result {
        if !self.any(|group| group == Group::Throughput) {
            return Ok(());
        }
        writeln!(
            out,
            "\n## Going on after the call\n\n\
             Replacements per second after the call over those before it: by processor time, and in\n\
             brackets by wall time, and of the first second by wall time.\n"
        )?;
        self.table(out, |group| group == Group::Throughput, &|row, name| {
            let rates = |of: fn(&Rates) -> Option<f64>| {
                self.results.figure(&row.name, name, |seen| of(seen.rates.as_ref()?))
            };
            let processor = rates(|rates| rates.processor())?;
            let wall = rates(|rates| rates.wall())?;
            let first = rates(|rates| rates.first_second())?;
            Some(format!("**{processor:.2}** ({wall:.2}, {first:.2})"))
        })
    }

    /// What the names of the rows stand for.
    fn scenarios(&self, out: &mut String) -> fmt::Result {
        writeln!(out, "\n## What was done\n")?;
        let mut sizes = 0;
        for row in &self.results.scenarios {
            sizes += usize::from(row.group == Group::Sizes);
            match (row.group, sizes) {
                // They differ in their sizes, which their names tell.
                (Group::Sizes, 1) => writeln!(out, "- **size-SIZE-FREED**: {}", row.about)?,
                (Group::Sizes, _) => {}
                _ => writeln!(out, "- **{}**: {}", row.name, row.about)?,
            }
        }
        Ok(())
    }

    fn gaps(&self, out: &mut String) -> fmt::Result {
        let failed = self.results.samples.iter().filter_map(|sample| {
            let failure = sample.failure.as_ref()?;
            Some(format!("{} under {}: {failure}", sample.scenario, sample.allocator))
        });
        let missing = self.results.missing.iter();
        let lines: Vec<String> =
            failed.chain(missing.map(|gap| format!("{}: {}", gap.name, gap.reason))).collect();
        if !lines.is_empty() {
            writeln!(out, "\n## Not measured\n\n- {}", lines.join("\n- "))?;
        }
        Ok(())
    }

    fn any(&self, is_wanted: impl Fn(Group) -> bool) -> bool {
        self.results.scenarios.iter().any(|row| is_wanted(row.group))
    }

    /// Rows of the groups, columns of the allocators.
    fn table(
        &self,
        out: &mut String,
        is_wanted: impl Fn(Group) -> bool,
        cell: Cell<'_>,
    ) -> fmt::Result {
        write!(out, "| |")?;
        for entry in &self.results.allocators {
            write!(out, " {} |", entry.name)?;
        }
        writeln!(out, "\n|:--|{}", "--:|".repeat(self.results.allocators.len()))?;
        for row in self.results.scenarios.iter().filter(|row| is_wanted(row.group)) {
            write!(out, "| {} |", row.name)?;
            for entry in &self.results.allocators {
                match cell(row, &entry.name) {
                    Some(text) => write!(out, " {text} |")?,
                    None if self.failed(row, &entry.name) => write!(out, " failed |")?,
                    None => write!(out, " – |")?,
                }
            }
            writeln!(out)?;
        }
        Ok(())
    }

    fn failed(&self, row: &Row, allocator: &str) -> bool {
        let mut samples = self.results.samples.iter();
        samples.any(|s| s.scenario == row.name && s.allocator == allocator && s.failure.is_some())
    }

    /// The time of the call, if there is one.
    fn milliseconds(&self, row: &Row, name: &str) -> Option<String> {
        let time = |seen: &Seen| seen.called.then_some(seen.seconds * 1e3);
        self.results.figure(&row.name, name, time).map(|time| format!("{time:.1}"))
    }
}

fn ratio(value: Option<f64>) -> Option<String> {
    value.map(|value| format!("{value:.3}"))
}

fn percent(share: f64) -> String {
    format!("{:.1}", share * 100.0)
}

const HOW: &str = "\
Every measurement is a fresh process, and the allocators take turns. Each block is written to its
last byte before any is freed, and the live ones are looked through at the end. *Resident* is the
process's share of what is in memory (PSS of all mappings), with the program and its libraries, but
without the tables in which the program keeps its pointers. *Live* is what the program asked for:
the blocks themselves; in python as it counts itself (tracemalloc); in redis its `used_memory`, of
the allocator with the least. Medians, if there are several rounds.";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::giveback::figures::tests::example;
    use crate::results::Missing;

    #[test]
    fn every_figure_has_its_table() {
        let text = report(&example());
        for part in [
            "| heapmin 1.0 | malloc_trim(0) |",
            "| other 1.0 | has none |",
            "| freed-50 | 1.200 | 2.000 |",
            "| freed-50 | 25.0 | 25.0 |",
            "| **geometric mean**, each letter alike | **1.200** | **2.000** |",
            "| asleep-three | 21.8, 21.8, **90.9** %; 94.5 % |",
            "| size-4K-50 | 1.160 | 1.960 |",
            "| pause-50 | **0.70** (4.00; 0.01, 5.00) |",
            "| throughput-50 | **0.98** (1.00, 0.85) |",
            "(giveback.svg)",
            "- **size-SIZE-FREED**: about size-4K-50",
        ] {
            assert!(text.contains(part), "no {part:?} in\n{text}");
        }
    }

    #[test]
    fn failures_and_what_is_missing_are_told() {
        let mut results = example();
        results.samples[1].seen = None;
        results.samples[1].failure = Some("killed by signal 11".to_owned());
        results.missing.push(Missing { name: "redis".to_owned(), reason: "none".to_owned() });
        let text = report(&results);
        assert!(text.contains("| freed-50 | 1.200 | failed |"), "{text}");
        assert!(text.contains("- freed-50 under other: killed by signal 11"), "{text}");
        assert!(text.contains("- redis: none"), "{text}");
    }

    #[test]
    fn every_line_of_a_table_has_the_same_number_of_cells() {
        let text = report(&example());
        for table in text.split("\n\n").filter(|part| part.starts_with('|')) {
            let cells: Vec<usize> = table.lines().map(|line| line.matches('|').count()).collect();
            assert!(cells.windows(2).all(|pair| pair[0] == pair[1]), "{table}");
        }
    }
}
