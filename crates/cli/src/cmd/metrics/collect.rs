//! The figures, read from the processes.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use heapmin_inspect::model::snapshot::{Class, Heap, Process, Totals};
use heapmin_inspect::{Error, Target};

use crate::failure::Failure;

/// Heaps of a process that get metrics of their own: a program may make any number.
pub const MOST_HEAPS: usize = 100;

/// What is asked for.
#[derive(Clone, Debug)]
pub struct Scope {
    /// Without any: all.
    pids: Vec<i32>,
    heaps: bool,
    classes: bool,
}

/// What was found at one time.
#[derive(Debug)]
pub struct Scrape {
    /// The processes, each once.
    pub found: Vec<Found>,
    /// How long reading took.
    pub took: Duration,
}

/// A process.
#[derive(Debug)]
pub struct Found {
    /// Its number.
    pub pid: i32,
    /// What was read; `None`: it can't be read.
    pub figures: Option<Figures>,
}

/// What was read of a process.
#[derive(Debug)]
pub struct Figures {
    /// The process.
    pub process: Process,
    /// All together.
    pub totals: Totals,
    /// Its first heaps, if asked for.
    pub heaps: Vec<Heap>,
    /// How many heaps it has, if they were read.
    pub heap_count: Option<usize>,
    /// Its size classes in all heaps, if asked for; the large blocks last.
    pub classes: Vec<Row>,
}

/// A size class, or all large blocks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// Bytes of a block, or "large".
    pub name: String,
    /// Slabs; large blocks have none.
    pub slabs: Option<u64>,
    /// Blocks that fit into them.
    pub capacity_blocks: Option<u64>,
    /// Live blocks.
    pub live_blocks: u64,
    /// Bytes in live blocks.
    pub live_bytes: u64,
    /// Bytes in memory.
    pub resident_bytes: u64,
    /// Allocations so far.
    pub allocations: u64,
}

impl Scope {
    /// Of these processes, or of all; with figures of heaps and size classes.
    pub fn new(pids: &[i32], heaps: bool, classes: bool) -> Self {
        let mut pids = pids.to_vec();
        pids.sort_unstable();
        pids.dedup();
        Self { pids, heaps, classes }
    }

    /// Reads everything. A process that is named has to be readable.
    pub fn collect_strictly(&self) -> Result<Scrape, Failure> {
        self.collect_with(Err)
    }

    /// Reads everything that can be read now.
    pub fn collect(&self) -> Result<Scrape, Failure> {
        self.collect_with(|_| Ok(None))
    }

    /// `failed` decides what becomes of a process that is named and can't be read.
    fn collect_with(
        &self,
        failed: impl Fn(Error) -> Result<Option<Figures>, Error>,
    ) -> Result<Scrape, Failure> {
        let begin = Instant::now();
        let mut found = Vec::new();
        if self.pids.is_empty() {
            for listed in Target::list()? {
                let pid = listed.process.pid;
                let figures = match listed.figures {
                    // It costs another look, and the process may have ended meanwhile.
                    Ok(_) if self.heaps || self.classes => match self.read(pid) {
                        Err(Error::Ended(_) | Error::NoSuchProcess(_)) => continue,
                        result => result.ok(),
                    },
                    Ok(totals) => Some(Figures::new(listed.process, totals)),
                    Err(_) => None,
                };
                found.push(Found { pid, figures });
            }
        }
        for pid in self.pids.iter().copied() {
            let figures = self.read(pid).map(Some).or_else(&failed)?;
            found.push(Found { pid, figures });
        }
        Ok(Scrape { found, took: begin.elapsed() })
    }

    fn read(&self, pid: i32) -> Result<Figures, Error> {
        let snapshot = Target::open(pid)?.snapshot()?;
        let mut figures = Figures::new(snapshot.process, snapshot.totals);
        figures.heap_count = Some(snapshot.heaps.len());
        if self.classes {
            figures.classes = rows(&snapshot.heaps);
        }
        if self.heaps {
            figures.heaps = snapshot.heaps;
            figures.heaps.truncate(MOST_HEAPS);
        }
        Ok(figures)
    }
}

impl Figures {
    fn new(process: Process, totals: Totals) -> Self {
        Self { process, totals, heaps: Vec::new(), heap_count: None, classes: Vec::new() }
    }
}

/// The size classes of all heaps together, smallest first, and the large blocks.
fn rows(heaps: &[Heap]) -> Vec<Row> {
    let mut classes: BTreeMap<u32, Class> = BTreeMap::new();
    let mut large = Row {
        slabs: None,
        capacity_blocks: None,
        ..Row::of(&Class::default(), "large".to_owned())
    };
    for heap in heaps {
        for class in &heap.classes {
            let sum = classes.entry(class.block_bytes).or_default();
            sum.block_bytes = class.block_bytes;
            sum.slabs += class.slabs;
            sum.capacity_blocks += class.capacity_blocks;
            sum.live_blocks += class.live_blocks;
            sum.resident_bytes += class.resident_bytes;
            sum.allocations += class.allocations;
        }
        large.live_blocks += heap.large.blocks;
        large.live_bytes += heap.large.live_bytes;
        large.resident_bytes += heap.large.resident_bytes;
        large.allocations += heap.large.allocations;
    }
    let rows = classes.values().map(|class| Row::of(class, class.block_bytes.to_string()));
    rows.chain([large]).collect()
}

impl Row {
    fn of(class: &Class, name: String) -> Self {
        Self {
            name,
            slabs: Some(class.slabs),
            capacity_blocks: Some(class.capacity_blocks),
            live_blocks: class.live_blocks,
            live_bytes: class.live_bytes(),
            resident_bytes: class.resident_bytes,
            allocations: class.allocations,
        }
    }
}

#[cfg(test)]
pub mod tests {
    use super::*;
    use crate::made_up;

    /// A process that is readable, with everything, and one that isn't.
    pub fn scrape() -> Scrape {
        let snapshot = made_up::snapshot();
        let figures = Figures {
            heap_count: Some(snapshot.heaps.len()),
            classes: rows(&snapshot.heaps),
            heaps: snapshot.heaps,
            ..Figures::new(snapshot.process, snapshot.totals)
        };
        let found =
            vec![Found { pid: 4711, figures: Some(figures) }, Found { pid: 4712, figures: None }];
        Scrape { found, took: Duration::from_millis(2) }
    }

    #[test]
    fn classes_of_all_heaps_are_one_row() {
        let rows = rows(&made_up::snapshot().heaps);
        let names: Vec<_> = rows.iter().map(|row| row.name.as_str()).collect();
        assert_eq!(names, ["64", "large"]);
        assert_eq!(rows[0].live_blocks, 101_000);
        assert_eq!(rows[0].live_bytes, 101_000 * 64);
        assert_eq!(rows[1].live_blocks, 2);
        assert_eq!(rows[1].slabs, None);
    }

    #[test]
    fn a_process_that_is_named_twice_is_read_once() {
        assert_eq!(Scope::new(&[9, 3, 9], false, false).pids, [3, 9]);
    }

    #[test]
    fn a_named_process_that_is_not_there_fails_once_and_is_down_when_served() {
        // Numbers of processes are at most 2^22.
        let scope = Scope::new(&[i32::MAX], false, false);
        assert_eq!(scope.collect_strictly().unwrap_err().status(), 3);
        let scrape = scope.collect().unwrap();
        assert_eq!(scrape.found.len(), 1);
        assert!(scrape.found[0].figures.is_none());
    }
}
