//! The report: Markdown tables of ratios and of absolute figures, and what is missing in them.

use std::fmt::Write;

use crate::results::{Cell, Clock, Figure, Results, WorkloadEntry};
use crate::statistics::{Representative, geometric_mean, median};

/// How to look at results.
#[derive(Clone, Copy)]
pub struct View<'a> {
    /// What was measured.
    pub results: &'a Results,
    /// The allocator that ratios are taken to.
    pub baseline: &'a str,
    /// Which time is compared.
    pub clock: Clock,
    /// Which sample stands for all rounds.
    pub representative: Representative,
}

impl View<'_> {
    /// The whole report.
    pub fn report(&self) -> String {
        let mut text = String::new();
        self.write(&mut text).expect("a String takes everything");
        text
    }

    /// A workload's ratio of an allocator to the baseline.
    pub fn ratio(&self, workload: &str, allocator: &str, figure: Figure) -> Cell {
        let base = self.cell(workload, self.baseline, figure);
        match (base, self.cell(workload, allocator, figure)) {
            (Cell::Value(base), Cell::Value(value)) if base > 0.0 => Cell::Value(value / base),
            (_, Cell::Failed) => Cell::Failed,
            _ => Cell::Absent,
        }
    }

    /// All ratios of an allocator, over the workloads that count.
    pub fn ratios(&self, allocator: &str, figure: Figure) -> Vec<f64> {
        self.rows()
            .filter_map(|workload| self.ratio(&workload.name, allocator, figure).value())
            .collect()
    }

    /// The workloads whose ratios count.
    pub fn rows(&self) -> impl Iterator<Item = &WorkloadEntry> {
        self.results.workloads.iter().filter(|workload| !workload.absolute)
    }

    fn cell(&self, workload: &str, allocator: &str, figure: Figure) -> Cell {
        self.results.cell(workload, allocator, figure, self.representative)
    }

    fn write(&self, out: &mut String) -> std::fmt::Result {
        let Results { machine, scale, rounds, .. } = self.results;
        let which = match self.representative {
            Representative::Median => "medians",
            Representative::Minimum => "minima",
        };
        writeln!(out, "{machine}\n\n{rounds} rounds, {which}; work: {scale} of the normal.")?;
        if let Some(noise) = self.noise() {
            writeln!(out, "Half of all times spread by more than {:.0} %.", noise * 100.0)?;
        }
        let base = self.baseline;
        if self.rows().next().is_some() {
            let (name, time) = match self.clock {
                Clock::Wall => ("Time", Figure::Time(Clock::Wall)),
                Clock::Processor => ("Processor time", Figure::Time(Clock::Processor)),
            };
            writeln!(out, "\n## {name}\n\n{}", explained(base, "slower"))?;
            self.ratio_table(out, time, "ms", 1e3)?;
            writeln!(out, "\n## Peak memory\n\n{}", explained(base, "more memory"))?;
            self.ratio_table(out, Figure::Memory, "MiB", 1.0 / 1024.0)?;
        }
        self.absolute_table(out)?;
        self.gaps(out)
    }

    fn ratio_table(
        &self,
        out: &mut String,
        figure: Figure,
        unit: &str,
        factor: f64,
    ) -> std::fmt::Result {
        let others: Vec<_> =
            self.results.allocators.iter().filter(|entry| entry.name != self.baseline).collect();
        let version = self.results.allocators.iter().find(|entry| entry.name == self.baseline);
        let version = version.map_or("", |entry| entry.version.as_str());
        write!(out, "\n| workload | {} {version}, {unit} |", self.baseline)?;
        for entry in &others {
            write!(out, " {} {} |", entry.name, entry.version)?;
        }
        writeln!(out, "\n|:--|--:|{}", "--:|".repeat(others.len()))?;
        for workload in self.rows() {
            let base = match self.cell(&workload.name, self.baseline, figure) {
                Cell::Value(value) => format!("{:.1}", value * factor),
                Cell::Failed => "failed".to_owned(),
                Cell::Absent => "–".to_owned(),
            };
            write!(out, "| {} | {base} |", workload.name)?;
            for entry in &others {
                let ratio = self.ratio(&workload.name, &entry.name, figure);
                write!(out, " {} |", shown(ratio))?;
            }
            writeln!(out)?;
        }
        if others.is_empty() {
            return Ok(());
        }
        let lowest: fn(&[f64]) -> Option<f64> = |ratios| ratios.iter().copied().reduce(f64::min);
        for (name, summary) in [("**geometric mean**", geometric_mean as _), ("lowest", lowest)] {
            write!(out, "| {name} | |")?;
            for entry in &others {
                let ratios = self.ratios(&entry.name, figure);
                let mark = if ratios.len() < self.rows().count() { " *" } else { "" };
                match summary(&ratios) {
                    Some(value) => write!(out, " **{value:.2}**{mark} |")?,
                    None => write!(out, " – |")?,
                }
            }
            writeln!(out)?;
        }
        if others.iter().any(|e| self.ratios(&e.name, figure).len() < self.rows().count()) {
            writeln!(out, "\n\\* of fewer workloads: those that ran under both allocators.")?;
        }
        Ok(())
    }

    fn absolute_table(&self, out: &mut String) -> std::fmt::Result {
        let rows: Vec<_> =
            self.results.workloads.iter().filter(|workload| workload.absolute).collect();
        if rows.is_empty() {
            return Ok(());
        }
        writeln!(out, "\n## Small processes\n\nAbsolute figures, not part of the means.\n")?;
        write!(out, "| workload |")?;
        for entry in &self.results.allocators {
            write!(out, " {} {} |", entry.name, entry.version)?;
        }
        writeln!(out, "\n|:--|{}", "--:|".repeat(self.results.allocators.len()))?;
        for workload in rows {
            let figures =
                [("ms", Figure::Time(Clock::Wall), 1e3), ("MiB", Figure::Memory, 1.0 / 1024.0)];
            for (unit, figure, factor) in figures {
                write!(out, "| {}, {unit} |", workload.name)?;
                for entry in &self.results.allocators {
                    match self.cell(&workload.name, &entry.name, figure) {
                        Cell::Value(value) => write!(out, " {:.2} |", value * factor)?,
                        Cell::Failed => write!(out, " failed |")?,
                        Cell::Absent => write!(out, " – |")?,
                    }
                }
                writeln!(out)?;
            }
        }
        Ok(())
    }

    /// What failed and what was not there to be measured.
    fn gaps(&self, out: &mut String) -> std::fmt::Result {
        let failures = self.results.failures();
        if !failures.is_empty() {
            writeln!(out, "\n## Failed\n")?;
            for (workload, allocator, why) in failures {
                writeln!(out, "- {workload} under {allocator}: {why}")?;
            }
        }
        if !self.results.missing.is_empty() {
            writeln!(out, "\n## Not measured\n")?;
            for missing in &self.results.missing {
                writeln!(out, "- {}: {}", missing.name, missing.reason)?;
            }
        }
        Ok(())
    }

    /// The median of the spreads of all times.
    fn noise(&self) -> Option<f64> {
        let spreads: Vec<f64> = self
            .rows()
            .flat_map(|workload| {
                let of = |name: &str| self.results.spread(&workload.name, name);
                self.results.allocators.iter().filter_map(move |entry| of(&entry.name))
            })
            .collect();
        if self.results.rounds < 2 { None } else { median(&spreads) }
    }
}

fn explained(baseline: &str, above: &str) -> String {
    format!("Ratios to {baseline}: above 1 means {above} than {baseline}.")
}

fn shown(ratio: Cell) -> String {
    match ratio {
        Cell::Value(value) => format!("{value:.2}"),
        Cell::Failed => "failed".to_owned(),
        Cell::Absent => "–".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::results::tests::example;

    fn report(results: &Results, baseline: &str) -> String {
        let (clock, representative) = (Clock::Wall, Representative::Median);
        View { results, baseline, clock, representative }.report()
    }

    #[test]
    fn each_row_has_the_baseline_in_its_unit_and_the_others_as_ratios() {
        let text = report(&example(), "heapmin");
        assert!(text.contains("| workload | heapmin 0.1.0, ms | other 3.3.2 |"), "{text}");
        assert!(text.contains("| a | 110.0 | 2.00 |"), "{text}");
        assert!(text.contains("| b | 400.0 | 0.50 |"), "{text}");
        assert!(text.contains("| a | 1.0 | 2.00 |"), "{text}");
    }

    #[test]
    fn the_mean_covers_what_ran_under_both_and_says_so() {
        let text = report(&example(), "heapmin");
        assert!(text.contains("| **geometric mean** | | **1.00** * |"), "{text}");
        assert!(text.contains("| lowest | | **0.50** * |"), "{text}");
        assert!(text.contains("of fewer workloads"), "{text}");
    }

    #[test]
    fn a_failure_is_shown_in_its_cell_and_explained_below() {
        let text = report(&example(), "heapmin");
        assert!(text.contains("| c | 500.0 | failed |"), "{text}");
        assert!(text.contains("- c under other: killed by signal 11"), "{text}");
        assert!(text.contains("- lua: not installed"), "{text}");
    }

    #[test]
    fn a_failed_baseline_leaves_no_ratio() {
        let text = report(&example(), "other");
        assert!(text.contains("| c | failed | – |"), "{text}");
    }

    #[test]
    fn absolute_figures_stay_out_of_the_ratios() {
        let text = report(&example(), "heapmin");
        assert!(!text.contains("| idle |"), "{text}");
        assert!(text.contains("| idle, ms | 1.00 | 1.50 |"), "{text}");
        assert!(text.contains("| idle, MiB | 1.50 | 3.00 |"), "{text}");
    }

    #[test]
    fn every_line_of_a_table_has_the_same_number_of_cells() {
        let text = report(&example(), "heapmin");
        for table in text.split("\n\n").filter(|part| part.starts_with('|')) {
            let cells: Vec<usize> = table.lines().map(|line| line.matches('|').count()).collect();
            assert!(cells.windows(2).all(|pair| pair[0] == pair[1]), "{table}");
        }
    }
}
