//! The times that the benchmark's program tells.

use std::collections::HashMap;

use anyhow::{Context, Result};

use crate::statistics::Representative;

/// Where the program runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Side {
    /// On this system, linked to heapmin.
    Heapmin,
    /// In Wine.
    Wine,
}

impl Side {
    /// For a sentence.
    pub const fn place(self) -> &'static str {
        match self {
            Self::Heapmin => "on heapmin",
            Self::Wine => "in Wine",
        }
    }
}

/// A workload of the program.
pub struct Workload {
    /// Its name in the program.
    pub name: &'static str,
    /// One line about it.
    pub about: &'static str,
    /// Whether two threads take part.
    pub is_threaded: bool,
}

/// All workloads, in the program's order.
pub const WORKLOADS: &[Workload] = &[
    Workload {
        name: "pair",
        about: "one block of 64 bytes comes and goes, over and over",
        is_threaded: false,
    },
    Workload {
        name: "replace-1k",
        about: "a random one of 1,000 blocks is replaced by one of 16 to 512 bytes, which is \
                written to at its beginning",
        is_threaded: false,
    },
    Workload { name: "replace-100k", about: "the same with 100,000 blocks", is_threaded: false },
    Workload {
        name: "two-threads-1k",
        about: "two threads at once, each with 1,000 blocks, in the same heap",
        is_threaded: true,
    },
    Workload {
        name: "two-threads-100k",
        about: "the same with 100,000 blocks each",
        is_threaded: true,
    },
    Workload {
        name: "hand-over",
        about: "one thread allocates 16 to 512 bytes, another frees",
        is_threaded: true,
    },
];

/// A kind of heap of the program.
pub struct Heap {
    /// Its name in the program.
    pub name: &'static str,
    /// Its name in the tables.
    pub title: &'static str,
}

/// All kinds of heap, in the order of the tables.
pub const HEAPS: &[Heap] = &[
    Heap { name: MALLOC, title: "malloc" },
    Heap { name: PROCESS, title: "process heap" },
    Heap { name: PRIVATE, title: "private heap" },
    Heap { name: UNSERIALIZED, title: "HEAP_NO_SERIALIZE" },
];
/// malloc and free of the C library: heapmin's own, or msvcrt's in Wine.
pub const MALLOC: &str = "malloc";
/// The process heap.
pub const PROCESS: &str = "process";
/// A heap of `HeapCreate(0, 0, 0)`.
pub const PRIVATE: &str = "private";
/// A heap of `HeapCreate(HEAP_NO_SERIALIZE, 0, 0)`.
pub const UNSERIALIZED: &str = "no-serialize";

/// What several processes told about the same thing.
#[derive(Default)]
struct Samples {
    least: Vec<f64>,
    medians: Vec<f64>,
}

/// All times, in nanoseconds for an allocation with its free.
#[derive(Default)]
pub struct Figures {
    samples: HashMap<(Side, String, String), Samples>,
}

impl Figures {
    /// Takes in the lines of one process: `WORKLOAD HEAP LEAST MEDIAN`.
    pub fn add(&mut self, side: Side, output: &[u8]) -> Result<()> {
        let text = String::from_utf8_lossy(output);
        for line in text.lines().filter(|line| !line.trim().is_empty()) {
            let words: Vec<&str> = line.split_whitespace().collect();
            let [workload, heap, least, median] = words[..] else {
                anyhow::bail!("the benchmark printed a line that is no figure: {line}");
            };
            let number = |word: &str| -> Result<f64> {
                word.parse().with_context(|| format!("{word} is no number in: {line}"))
            };
            let key = (side, workload.to_owned(), heap.to_owned());
            let samples = self.samples.entry(key).or_default();
            samples.least.push(number(least)?);
            samples.medians.push(number(median)?);
        }
        Ok(())
    }

    /// The figure that stands for all, or `None` if nothing was measured.
    pub fn time(
        &self,
        side: Side,
        workload: &str,
        heap: &str,
        which: Representative,
    ) -> Option<f64> {
        let samples = self.samples.get(&(side, workload.to_owned(), heap.to_owned()))?;
        which.of(match which {
            Representative::Minimum => &samples.least,
            Representative::Median => &samples.medians,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_least_of_all_processes_and_the_median_of_their_medians_stand_for_all() {
        let mut figures = Figures::default();
        for output in ["pair malloc 5 9\r\n", "pair malloc 4 11\r\n", "pair malloc 6 10\r\n"] {
            figures.add(Side::Wine, output.as_bytes()).expect("figures");
        }
        let time = |which| figures.time(Side::Wine, "pair", MALLOC, which);
        assert_eq!(time(Representative::Minimum), Some(4.0));
        assert_eq!(time(Representative::Median), Some(10.0));
        let other = figures.time(Side::Heapmin, "pair", MALLOC, Representative::Median);
        assert_eq!(other, None);
    }

    #[test]
    fn a_line_that_is_no_figure_is_an_error() {
        let mut figures = Figures::default();
        assert!(figures.add(Side::Wine, b"pair malloc five 9\n").is_err());
        assert!(figures.add(Side::Wine, b"wine: cannot find\n").is_err());
    }

    #[test]
    fn the_program_knows_the_same_workloads_and_heaps() {
        let source =
            concat!(include_str!("../../heap/heap_bench.c"), include_str!("../../heap/heaps.h"));
        let names = WORKLOADS.iter().map(|workload| workload.name);
        for name in names.chain(HEAPS.iter().map(|heap| heap.name)) {
            assert!(source.contains(&format!("\"{name}\"")), "{name}");
        }
    }
}
