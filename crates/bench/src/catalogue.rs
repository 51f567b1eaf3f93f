//! All workloads: the synthetic ones, real programs, and starting a program.

use anyhow::{Context, Result, bail};
use glob::Pattern;
use heapmin_bench::workload::{SYNTHETIC, Synthetic};

use crate::programs::{PROGRAMS, Program};
use crate::redis;

/// Something to run under each allocator.
#[derive(Clone, Copy)]
pub struct Workload {
    /// Its name on the command line and in the tables.
    pub name: &'static str,
    /// One line about what it does.
    pub about: &'static str,
    /// Whether its figures are ratios among others or stand for themselves.
    pub place: Place,
    /// How it is run.
    pub kind: Kind,
}

/// Where the figures of a workload go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// A row of the ratio tables, part of the geometric means.
    Ratios,
    /// A row of the table of absolute figures: a ratio would compare mostly the kernel with itself.
    Absolute,
}

/// How a workload is run.
#[derive(Clone, Copy)]
pub enum Kind {
    /// The workload program.
    Synthetic(&'static Synthetic),
    /// A program that does nothing, started many times.
    StartUp,
    /// An installed program on a script.
    Program(&'static Program),
    /// redis-server, served by redis-benchmark.
    Redis,
}

impl Workload {
    /// What is missing to run it, if anything: the reason and what to do.
    pub fn missing(&self) -> Option<String> {
        match self.kind {
            Kind::Synthetic(_) | Kind::StartUp => None,
            Kind::Program(program) => program.missing(),
            Kind::Redis => redis::missing(),
        }
    }
}

/// Every workload, in the order of the tables.
pub fn all() -> Vec<Workload> {
    let synthetic = SYNTHETIC.iter().map(|workload| Workload {
        name: workload.name,
        about: workload.about,
        place: if workload.name == "idle-threads" { Place::Absolute } else { Place::Ratios },
        kind: Kind::Synthetic(workload),
    });
    let programs = PROGRAMS.iter().map(|program| Workload {
        name: program.name,
        about: program.about,
        place: Place::Ratios,
        kind: Kind::Program(program),
    });
    let redis =
        Workload { name: "redis", about: redis::ABOUT, place: Place::Ratios, kind: Kind::Redis };
    let start_up = Workload {
        name: "start-up",
        about: "/bin/true, from the call to start it to its end; median of many",
        place: Place::Absolute,
        kind: Kind::StartUp,
    };
    synthetic.chain(programs).chain([redis, start_up]).collect()
}

/// The workloads that one of the patterns matches; all if there are none.
pub fn select(patterns: &[String]) -> Result<Vec<Workload>> {
    let mut wanted = vec![patterns.is_empty(); all().len()];
    for pattern in patterns {
        let compiled = Pattern::new(pattern)
            .with_context(|| format!("--workloads: \"{pattern}\" is not a pattern"))?;
        let mut matched = false;
        for (workload, wanted) in all().iter().zip(&mut wanted) {
            if compiled.matches(workload.name) {
                (matched, *wanted) = (true, true);
            }
        }
        if !matched {
            bail!("no workload matches \"{pattern}\"; --list shows all");
        }
    }
    Ok(all().into_iter().zip(wanted).filter_map(|(one, wanted)| wanted.then_some(one)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(patterns: &[&str]) -> Vec<&'static str> {
        let patterns: Vec<String> = patterns.iter().map(|&pattern| pattern.to_owned()).collect();
        select(&patterns).expect("they match").iter().map(|workload| workload.name).collect()
    }

    #[test]
    fn names_are_unique() {
        let mut names: Vec<_> = all().iter().map(|workload| workload.name).collect();
        names.sort_unstable();
        let count = names.len();
        names.dedup();
        assert_eq!(names.len(), count);
    }

    #[test]
    fn patterns_select_in_table_order_and_once() {
        let mixed = ["mixed-1k", "mixed-100k", "mixed-1m"];
        assert_eq!(names(&["mixed-*"]), mixed);
        assert_eq!(names(&["mixed-1m", "mixed-*"]), mixed);
        assert_eq!(names(&[]).len(), all().len());
    }

    #[test]
    fn a_pattern_that_matches_nothing_is_refused() {
        let error = select(&["mixed-9k".to_owned()]).err().expect("no such workload");
        assert!(error.to_string().contains("mixed-9k"));
    }
}
