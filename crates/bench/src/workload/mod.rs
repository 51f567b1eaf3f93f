//! The synthetic workloads: fixed work with fixed seeds, run in a process of their own.
//!
//! Each is a function from a [`Scale`] to an [`Outcome`]; it makes its tables outside the heap,
//! then times everything it does with the heap, from the first allocation to the last free.

mod batches;
pub(crate) mod block;
mod growth;
mod handover;
mod large;
pub mod random;
mod replacement;
mod sharing;
mod short_lived;
pub mod table;
pub(crate) mod threads;
mod zeroed;

use std::time::{Duration, Instant};

/// How much of the normal work to do; 1.0 takes glibc about half a second to a second.
#[derive(Clone, Copy, Debug)]
pub struct Scale(pub f64);

impl Scale {
    /// `count` at full scale; never less than 1.
    pub fn of(self, count: u64) -> u64 {
        ((count as f64 * self.0) as u64).max(1)
    }
}

/// What a workload did, and how long that took.
#[derive(Clone, Copy, Debug)]
pub struct Outcome {
    /// Allocations, or what the workload counts instead (appends, bytes written).
    pub operations: u64,
    /// Time between the first allocation and the last free.
    pub elapsed: Duration,
}

/// Times `work`, whose result is the number of operations it did.
fn timed(work: impl FnOnce() -> u64) -> Outcome {
    let start = Instant::now();
    let operations = work();
    Outcome { operations, elapsed: start.elapsed() }
}

/// A synthetic workload.
pub struct Synthetic {
    /// Its name on the command line and in the tables.
    pub name: &'static str,
    /// One line about what it does.
    pub about: &'static str,
    /// Threads that use the heap; instructions are counted for single-threaded workloads only.
    pub threads: u32,
    /// Does the work.
    pub run: fn(Scale) -> Outcome,
}

/// All synthetic workloads, in the order of the tables.
pub const SYNTHETIC: &[Synthetic] = &[
    Synthetic {
        name: "ping-pong",
        about: "malloc(64) and free of one block, over and over",
        threads: 1,
        run: replacement::ping_pong,
    },
    Synthetic {
        name: "single-1k",
        about: "64-byte blocks, a random one of 1,000 replaced each time",
        threads: 1,
        run: replacement::single_1k,
    },
    Synthetic {
        name: "single-100k",
        about: "the same among 100,000 live blocks",
        threads: 1,
        run: replacement::single_100k,
    },
    Synthetic {
        name: "single-1m",
        about: "the same among 1,000,000 live blocks",
        threads: 1,
        run: replacement::single_1m,
    },
    Synthetic {
        name: "mixed-1k",
        about: "16 bytes to 8 KiB, mostly small, a random one of 1,000 replaced each time",
        threads: 1,
        run: replacement::mixed_1k,
    },
    Synthetic {
        name: "mixed-100k",
        about: "the same among 100,000 live blocks",
        threads: 1,
        run: replacement::mixed_100k,
    },
    Synthetic {
        name: "mixed-1m",
        about: "the same among 1,000,000 live blocks",
        threads: 1,
        run: replacement::mixed_1m,
    },
    Synthetic {
        name: "batch-lifo",
        about: "20,000 blocks of 16 to 256 bytes, freed last first",
        threads: 1,
        run: batches::lifo,
    },
    Synthetic {
        name: "batch-fifo",
        about: "the same, freed first first",
        threads: 1,
        run: batches::fifo,
    },
    Synthetic {
        name: "batch-random",
        about: "the same, freed in random order",
        threads: 1,
        run: batches::random,
    },
    Synthetic {
        name: "grow-vectors",
        about: "48 vectors that double by realloc up to between 4 KiB and 4 MiB, in turns",
        threads: 1,
        run: growth::vectors,
    },
    Synthetic {
        name: "grow-strings",
        about: "256 strings that grow by 1 to 64 bytes per realloc up to 16 KiB",
        threads: 1,
        run: growth::strings,
    },
    Synthetic {
        name: "calloc",
        about: "calloc of 32 bytes to 32 KiB, a random one of 2,000 replaced each time",
        threads: 1,
        run: zeroed::replacement,
    },
    Synthetic {
        name: "large",
        about: "blocks of 100 KB to 20 MB, each page touched, a random one of 16 replaced",
        threads: 1,
        run: large::replacement,
    },
    Synthetic {
        name: "larson",
        about: "two threads replace random blocks, hand all on to a successor and die",
        threads: 2,
        run: handover::larson,
    },
    Synthetic {
        name: "producer-consumer",
        about: "one thread allocates, another frees, in batches of 128",
        threads: 2,
        run: handover::producer_consumer,
    },
    Synthetic {
        name: "cache-scratch",
        about: "threads free a block got from the main thread, then write to one of their own",
        threads: 2,
        run: sharing::scratch,
    },
    Synthetic {
        name: "cache-thrash",
        about: "two threads allocate 8 bytes, write to them and free them, over and over",
        threads: 2,
        run: sharing::thrash,
    },
    Synthetic {
        name: "short-threads",
        about: "thousands of threads that allocate 100 blocks, free them and end, two at a time",
        threads: 2,
        run: short_lived::threads,
    },
    Synthetic {
        name: "idle-threads",
        about: "200 threads that allocate 50 blocks once and then wait (memory only)",
        threads: 200,
        run: short_lived::idle,
    },
];

/// Runs the workload called `name` and prints `OPERATIONS NANOSECONDS` for the runner.
pub fn run_and_print(name: &str, scale: Scale) -> Result<(), String> {
    let workload = SYNTHETIC
        .iter()
        .find(|workload| workload.name == name)
        .ok_or_else(|| format!("there is no synthetic workload called \"{name}\""))?;
    let outcome = (workload.run)(scale);
    println!("{} {}", outcome.operations, outcome.elapsed.as_nanos());
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_workload_runs_at_a_small_scale_and_counts_its_work() {
        for workload in SYNTHETIC {
            let outcome = (workload.run)(Scale(0.002));
            assert!(outcome.operations > 0, "{} did nothing", workload.name);
            assert!(outcome.elapsed > Duration::ZERO, "{} took no time", workload.name);
        }
    }

    #[test]
    fn the_work_is_the_same_each_time() {
        for workload in SYNTHETIC {
            let [first, second] = [(); 2].map(|()| (workload.run)(Scale(0.001)).operations);
            assert_eq!(first, second, "{}", workload.name);
        }
    }

    #[test]
    fn a_scale_never_asks_for_nothing() {
        assert_eq!(Scale(0.5).of(100), 50);
        assert_eq!(Scale(0.001).of(100), 1);
    }
}
