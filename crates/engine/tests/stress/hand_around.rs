//! Workers give blocks to each other; meanwhile others trim, count, fork, and come and go.

use crate::children::in_child;
use crate::kit::block::Block;
use crate::kit::random::Random;
use crate::kit::target::Target;
use crate::watch::{Watchdog, duration};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

const WORKERS: usize = 4;
/// Blocks that a worker keeps.
const KEPT: usize = 400;

/// What the threads share.
struct Table {
    heaps: Vec<Target>,
    inboxes: Vec<Mutex<Vec<Block>>>,
    stop: AtomicBool,
    operations: AtomicU64,
}

impl Table {
    fn new(heaps: Vec<Target>) -> Self {
        Self {
            heaps,
            inboxes: (0..WORKERS).map(|_| Mutex::default()).collect(),
            stop: AtomicBool::new(false),
            operations: AtomicU64::new(0),
        }
    }

    fn running(&self) -> bool {
        !self.stop.load(Ordering::Relaxed)
    }

    fn give(&self, to: usize, block: Block) {
        self.inboxes[to].lock().unwrap_or_else(PoisonError::into_inner).push(block);
    }

    fn take(&self, from: usize) -> Vec<Block> {
        std::mem::take(&mut *self.inboxes[from].lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn allocate(&self, random: &mut Random) -> Block {
        let heap = self.heaps[random.below(self.heaps.len())];
        let align = if random.below(20) == 0 { 1 << random.below(17) } else { 1 };
        let seed = random.next();
        Block::allocate(heap, random.size(), align, seed & 1 == 0, seed)
            .expect("memory for a block")
    }
}

fn worker(table: &Table, number: usize) {
    let mut random = Random::new(number as u64 + 1);
    let mut kept: Vec<Block> = Vec::new();
    while table.running() {
        for _ in 0..200 {
            match random.below(10) {
                _ if kept.len() < KEPT / 2 => kept.push(table.allocate(&mut random)),
                0..3 => kept.push(table.allocate(&mut random)),
                3..6 => kept.swap_remove(random.below(kept.len())).free(),
                6..9 => {
                    let block = kept.swap_remove(random.below(kept.len()));
                    table.give(random.below(WORKERS), block);
                }
                _ => {
                    let index = random.below(kept.len());
                    let (size, seed) = (random.size(), random.next());
                    assert!(kept[index].reallocate(size, seed), "memory for a block");
                }
            }
        }
        table.operations.fetch_add(200, Ordering::Relaxed);
        kept.append(&mut table.take(number));
        kept.drain(KEPT.min(kept.len())..).for_each(Block::free);
    }
    kept.into_iter().for_each(Block::free);
}

/// Threads that come, take what lies in an inbox, leave blocks of their own, and end.
fn visitors(table: &Table) {
    let mut seed = 1000;
    while table.running() {
        seed += 1;
        let visit = || {
            let mut random = Random::new(seed);
            let number = random.below(WORKERS);
            for _ in 0..150 {
                table.give(number, table.allocate(&mut random));
            }
            table.take(random.below(WORKERS)).into_iter().for_each(Block::free);
        };
        thread::scope(|scope| scope.spawn(visit).join().expect("the visitor's checks hold"));
    }
}

fn observer(table: &Table, look: impl Fn(Target)) {
    while table.running() {
        table.heaps.iter().for_each(|&heap| look(heap));
        thread::sleep(Duration::from_micros(300));
    }
}

fn trim(heap: Target) {
    heap.trim();
}

fn count(heap: Target) {
    let said = heap.statistics();
    assert!(said.live_bytes <= said.committed_bytes, "{said:?}");
}

/// What a child does with the heaps that it inherits.
fn use_heaps(heaps: &[Target]) {
    let mut random = Random::new(77);
    for &heap in heaps {
        let blocks: Vec<_> = (0..200)
            .map(|seed| {
                Block::allocate(heap, random.size(), 1, true, seed).expect("memory for a block")
            })
            .collect();
        blocks.into_iter().for_each(Block::free);
        heap.trim();
        count(heap);
    }
}

fn run(name: &'static str, heaps: Vec<Target>, forks: bool) {
    let time = duration(Duration::from_millis(2500));
    let _watchdog = Watchdog::start(name, time, Duration::from_secs(60));
    let before: Vec<usize> = heaps.iter().map(|heap| heap.statistics().live_blocks).collect();
    let table = Table::new(heaps);
    thread::scope(|scope| {
        let table = &table;
        (0..WORKERS).for_each(|number| drop(scope.spawn(move || worker(table, number))));
        scope.spawn(|| visitors(table));
        scope.spawn(|| observer(table, trim));
        scope.spawn(|| observer(table, count));
        let end = Instant::now() + time;
        while Instant::now() < end {
            thread::sleep(Duration::from_millis(20));
            if forks {
                in_child(|| use_heaps(&table.heaps));
            }
        }
        table.stop.store(true, Ordering::Relaxed);
    });
    (0..WORKERS).flat_map(|number| table.take(number)).for_each(Block::free);
    assert!(table.operations.load(Ordering::Relaxed) > 1000, "the workers were held up");
    // The process heap is also that of tests beside this one, unless each has a process of its own.
    let alone = std::env::var_os("NEXTEST").is_some();
    for (heap, before) in table.heaps.iter().zip(before) {
        if alone || !matches!(heap, Target::Process) {
            assert_eq!(heap.statistics().live_blocks, before, "every block was freed once");
        }
        // SAFETY: the threads have ended, and all blocks were freed.
        unsafe { heap.destroy() };
    }
}

#[test]
fn blocks_handed_around_stay_as_they_are_while_others_trim_and_count() {
    run("handing around", vec![Target::create(), Target::create()], false);
}

#[test]
fn blocks_handed_around_stay_as_they_are_while_the_process_forks() {
    run("handing around with forks", vec![Target::Process, Target::create()], true);
}
