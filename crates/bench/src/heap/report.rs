//! The report: times, instructions, and how they stand to what is aimed at.

use std::fmt;

use crate::statistics::Representative;

use super::Counted;
use super::figures::{
    Figures, HEAPS, MALLOC, PRIVATE, PROCESS, Side, UNSERIALIZED, WORKLOADS, Workload,
};

/// Everything that was measured.
pub struct Report {
    /// What it was measured on.
    pub machine: String,
    /// Wine's version, if there is a Wine.
    pub wine: Option<String>,
    /// Processes of each side.
    pub processes: u32,
    /// The times.
    pub figures: Figures,
    /// Instructions; empty if they could not be counted.
    pub counts: Vec<Counted>,
    /// What could not be measured, and why.
    pub missing: Vec<String>,
}

/// A heap on one of the sides.
type Place = (Side, &'static str);

/// A ratio of two times, and what it ought to be.
struct Aim {
    title: &'static str,
    dividend: Place,
    divisor: Place,
    /// With one thread, and with two.
    bounds: [Bound; 2],
}

#[derive(Clone, Copy)]
enum Bound {
    AtMost(f64),
    Below(f64),
    AtLeast(f64),
    None,
}

const AIMS: &[Aim] = &[
    Aim {
        title: "process heap / malloc",
        dividend: (Side::Heapmin, PROCESS),
        divisor: (Side::Heapmin, MALLOC),
        bounds: [Bound::AtMost(1.15); 2],
    },
    Aim {
        title: "private heap / malloc",
        dividend: (Side::Heapmin, PRIVATE),
        divisor: (Side::Heapmin, MALLOC),
        bounds: [Bound::AtMost(1.15); 2],
    },
    Aim {
        title: "HEAP_NO_SERIALIZE / private heap",
        dividend: (Side::Heapmin, UNSERIALIZED),
        divisor: (Side::Heapmin, PRIVATE),
        bounds: [Bound::Below(1.0), Bound::None],
    },
    Aim {
        title: "Wine's process heap / heapmin's",
        dividend: (Side::Wine, PROCESS),
        divisor: (Side::Heapmin, PROCESS),
        bounds: [Bound::AtLeast(2.0), Bound::AtLeast(4.0)],
    },
    Aim {
        title: "Wine's private heap / heapmin's",
        dividend: (Side::Wine, PRIVATE),
        divisor: (Side::Heapmin, PRIVATE),
        bounds: [Bound::AtLeast(2.0), Bound::AtLeast(4.0)],
    },
];

impl Bound {
    fn is_met(self, ratio: f64) -> bool {
        match self {
            Self::AtMost(most) => ratio <= most,
            Self::Below(most) => ratio < most,
            Self::AtLeast(least) => ratio >= least,
            Self::None => true,
        }
    }
}

impl fmt::Display for Bound {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AtMost(most) => write!(f, "≤ {most}"),
            Self::Below(most) => write!(f, "< {most}"),
            Self::AtLeast(least) => write!(f, "≥ {least}"),
            Self::None => f.write_str("–"),
        }
    }
}

impl Aim {
    fn bound(&self, workload: &Workload) -> Bound {
        self.bounds[usize::from(workload.is_threaded)]
    }

    fn ratio(&self, figures: &Figures, workload: &str, which: Representative) -> Option<f64> {
        let time = |(side, heap): Place| figures.time(side, workload, heap, which);
        Some(time(self.dividend)? / time(self.divisor)?)
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "# HeapAlloc and HeapFree\n\n{}.", self.machine)?;
        writeln!(
            f,
            "\nThe same C program on heapmin and, built by mingw-w64, in {}: {} processes each, in \
             turns.\nIn a process the kinds of heap take turns, in rounds of some milliseconds.\n",
            self.wine.as_deref().unwrap_or("Wine (not measured)"),
            self.processes
        )?;
        for workload in WORKLOADS {
            writeln!(f, "- **{}**: {}", workload.name, workload.about)?;
        }
        self.aims(f)?;
        self.times(f)?;
        self.instructions(f)?;
        for missing in &self.missing {
            writeln!(f, "\n- not measured: {missing}")?;
        }
        Ok(())
    }
}

impl Report {
    fn aims(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "\n## Ratios\n\nOf the least times of all rounds; in brackets of the medians. **Bold**: \
             not what it is to be.\n"
        )?;
        write!(f, "| ratio | aim: one thread, two |")?;
        WORKLOADS.iter().try_for_each(|workload| write!(f, " {} |", workload.name))?;
        writeln!(f, "\n|:--|:-:|{}", "--:|".repeat(WORKLOADS.len()))?;
        for aim in AIMS {
            let [one, two] = aim.bounds;
            write!(f, "| {} | {one}, {two} |", aim.title)?;
            for workload in WORKLOADS {
                let ratio = |which| aim.ratio(&self.figures, workload.name, which);
                match (ratio(Representative::Minimum), ratio(Representative::Median)) {
                    (Some(least), Some(median)) if aim.bound(workload).is_met(least) => {
                        write!(f, " {least:.2} ({median:.2}) |")?;
                    }
                    (Some(least), Some(median)) => {
                        write!(f, " **{least:.2}** ({median:.2}) |")?;
                    }
                    _ => write!(f, " – |")?,
                }
            }
            writeln!(f)?;
        }
        Ok(())
    }

    fn times(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "\n## Times\n\nNanoseconds for an allocation with its free and the program's own work \
             on them: the least of all\nrounds, in brackets the median. With two threads, of each \
             thread.\n"
        )?;
        write!(f, "| workload |")?;
        HEAPS.iter().try_for_each(|heap| write!(f, " {} |", heap.title))?;
        HEAPS.iter().try_for_each(|heap| write!(f, " Wine: {} |", heap.title))?;
        writeln!(f, "\n|:--|{}", "--:|".repeat(2 * HEAPS.len()))?;
        for workload in WORKLOADS {
            write!(f, "| {} |", workload.name)?;
            for side in [Side::Heapmin, Side::Wine] {
                for heap in HEAPS {
                    let time = |which| self.figures.time(side, workload.name, heap.name, which);
                    match (time(Representative::Minimum), time(Representative::Median)) {
                        (Some(least), Some(median)) => write!(f, " {least:.1} ({median:.1}) |")?,
                        _ => write!(f, " – |")?,
                    }
                }
            }
            writeln!(f)?;
        }
        Ok(())
    }

    fn instructions(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.counts.is_empty() {
            return Ok(());
        }
        writeln!(
            f,
            "\n## Instructions\n\nOf heapmin, for an allocation with its free and the program's own \
             work on them, by valgrind.\n"
        )?;
        write!(f, "| workload |")?;
        HEAPS.iter().try_for_each(|heap| write!(f, " {} |", heap.title))?;
        writeln!(f, "\n|:--|{}", "--:|".repeat(HEAPS.len()))?;
        for Counted { workload, instructions } in &self.counts {
            write!(f, "| {workload} |")?;
            instructions.iter().try_for_each(|count| write!(f, " {count:.1} |"))?;
            writeln!(f)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report(native: &str, wine: &str) -> String {
        let mut figures = Figures::default();
        figures.add(Side::Heapmin, native.as_bytes()).expect("figures");
        figures.add(Side::Wine, wine.as_bytes()).expect("figures");
        let counts = vec![Counted { workload: "pair", instructions: vec![1.0, 2.0, 3.0, 4.25] }];
        let missing = vec!["a thing: it is not there".to_owned()];
        let machine = "A machine".to_owned();
        Report { machine, wine: None, processes: 3, figures, counts, missing }.to_string()
    }

    #[test]
    fn a_ratio_stands_beside_its_aim_and_is_bold_if_it_misses() {
        let native = "pair malloc 10 20\npair process 11 23\npair private 12 24\n\
                      pair no-serialize 12 12\ntwo-threads-1k process 10 10\n";
        let text = report(native, "pair process 33 46\ntwo-threads-1k process 39 50\n");
        let row = |title: &str| {
            let start = format!("| {title} |");
            text.lines().find(|line| line.starts_with(&start)).expect("a row").to_owned()
        };
        assert!(row("process heap / malloc").contains("| ≤ 1.15, ≤ 1.15 | 1.10 (1.15) | – |"));
        assert!(row("private heap / malloc").contains("| **1.20** (1.20) |"));
        assert!(row("HEAP_NO_SERIALIZE / private heap").contains("| **1.00** (0.50) |"));
        let wine = row("Wine's process heap / heapmin's");
        assert!(wine.contains("| 3.00 (2.00) |") && wine.contains("| **3.90** (5.00) |"), "{wine}");
        assert!(text.contains("| pair | 1.0 | 2.0 | 3.0 | 4.2 |"), "{text}");
        assert!(text.contains("- not measured: a thing: it is not there"));
    }
}
