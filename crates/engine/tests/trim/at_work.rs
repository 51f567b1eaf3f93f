//! Trims while everything else goes on: eight threads allocate, resize, free, hand blocks to each
//! other, fork and end, and memory goes back by itself as well.

use crate::child::in_child;
use crate::claims::sane;
use crate::kit::alone::in_own_process;
use crate::kit::block::Block;
use crate::kit::random::Random;
use crate::kit::target::Target;
use crate::memory::{block, free};
use crate::watch::{Watchdog, duration};
use heapmin_engine::exact::ExactHeap;
use heapmin_engine::{Decay, process};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

const WORKERS: usize = 8;
/// Operations between two ends of a worker's thread.
const LIFE: usize = 2500;
/// Blocks that a worker keeps.
const KEPT: usize = 300;
/// How long a test works.
fn time() -> Duration {
    duration(Duration::from_millis(2500))
}

/// What the threads share.
struct Table {
    heaps: Vec<Target>,
    inboxes: Vec<Mutex<Vec<Block>>>,
    stop: AtomicBool,
    operations: AtomicU64,
    trims: AtomicU64,
    children: AtomicU64,
    forks: bool,
}

impl Table {
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

/// One life of a worker: what it keeps at its end goes to the next one.
fn live(table: &Table, number: usize, seed: u64, mut kept: Vec<Block>) -> Vec<Block> {
    let mut random = Random::new(seed);
    for _ in 0..LIFE {
        if !table.running() {
            break;
        }
        match random.below(12) {
            _ if kept.len() < KEPT / 2 => kept.push(table.allocate(&mut random)),
            0..3 => kept.push(table.allocate(&mut random)),
            3..7 => kept.swap_remove(random.below(kept.len())).free(),
            7..9 => {
                let block = kept.swap_remove(random.below(kept.len()));
                table.give(random.below(WORKERS), block);
            }
            9 => {
                let index = random.below(kept.len());
                let (size, seed) = (random.size(), random.next());
                assert!(kept[index].reallocate(size, seed), "memory for a block");
            }
            _ => {
                kept.append(&mut table.take(number));
                let surplus = kept.len().saturating_sub(KEPT);
                kept.drain(..surplus).for_each(Block::free);
            }
        }
        table.operations.fetch_add(1, Ordering::Relaxed);
        if table.forks && random.below(LIFE) == 0 {
            in_child(|| of_the_child(table, &kept));
            table.children.fetch_add(1, Ordering::Relaxed);
        }
    }
    kept
}

/// What a child does with the heaps that it inherits.
fn of_the_child(table: &Table, kept: &[Block]) {
    let mut random = Random::new(77);
    kept.iter().for_each(Block::check);
    let blocks: Vec<Block> = (0..150).map(|_| table.allocate(&mut random)).collect();
    for &heap in &table.heaps {
        sane(&heap.trim());
    }
    free(blocks);
    for &heap in &table.heaps {
        sane(&heap.trim());
    }
    kept.iter().for_each(Block::check);
}

fn worker(table: &Table, number: usize) {
    let mut kept = Vec::new();
    let mut seed = number as u64;
    while table.running() {
        seed += WORKERS as u64;
        let mine = std::mem::take(&mut kept);
        kept = thread::scope(|scope| {
            let life = scope.spawn(move || live(table, number, seed, mine));
            life.join().expect("the worker's checks hold")
        });
    }
    free(kept);
}

fn trimmer(table: &Table) {
    while table.running() {
        for &heap in &table.heaps {
            sane(&heap.trim());
            table.trims.fetch_add(1, Ordering::Relaxed);
        }
        thread::sleep(Duration::from_micros(300));
    }
}

/// Trims what others are trimming, and changes its mind about when memory goes back.
fn meddler(table: &Table) {
    let decays = [
        Decay::AtOnce,
        Decay::After { milliseconds: 1 },
        Decay::After { milliseconds: 30 },
        Decay::Never,
    ];
    for decay in decays.into_iter().cycle() {
        if !table.running() {
            break;
        }
        process::set_decay(decay);
        sane(&process::trim());
        sane(&ExactHeap::trim_all());
        thread::sleep(Duration::from_millis(20));
    }
}

fn run(name: &'static str, heaps: Vec<Target>, forks: bool) {
    let _watchdog = Watchdog::start(name, time(), Duration::from_secs(60));
    let before: Vec<usize> = heaps.iter().map(|heap| heap.statistics().live_blocks).collect();
    let table = Table {
        heaps,
        inboxes: (0..WORKERS).map(|_| Mutex::default()).collect(),
        stop: AtomicBool::new(false),
        operations: AtomicU64::new(0),
        trims: AtomicU64::new(0),
        children: AtomicU64::new(0),
        forks,
    };
    thread::scope(|scope| {
        let table = &table;
        (0..WORKERS).for_each(|number| drop(scope.spawn(move || worker(table, number))));
        scope.spawn(|| trimmer(table));
        scope.spawn(|| trimmer(table));
        scope.spawn(|| meddler(table));
        let end = Instant::now() + time();
        while Instant::now() < end {
            thread::sleep(Duration::from_millis(20));
        }
        table.stop.store(true, Ordering::Relaxed);
    });
    let left: Vec<Block> = (0..WORKERS).flat_map(|number| table.take(number)).collect();
    left.iter().for_each(Block::check);
    free(left);
    assert!(table.operations.load(Ordering::Relaxed) > 1000, "the workers were held up");
    assert!(table.trims.load(Ordering::Relaxed) > 5, "the trims were held up");
    assert!(!forks || table.children.load(Ordering::Relaxed) > 0, "nobody forked");
    for (heap, before) in table.heaps.iter().zip(before) {
        assert_eq!(heap.statistics().live_blocks, before, "every block was freed once");
        // SAFETY: the threads have ended, and all blocks were freed.
        unsafe { heap.destroy() };
    }
}

#[test]
fn eight_threads_at_work_and_ending_lose_nothing() {
    in_own_process("at_work::eight_threads_at_work_and_ending_lose_nothing", &[], || {
        run("at work", vec![Target::Process, Target::create()], false);
    });
}

#[test]
fn eight_threads_at_work_ending_and_forking_lose_nothing() {
    in_own_process("at_work::eight_threads_at_work_ending_and_forking_lose_nothing", &[], || {
        run("at work, forking", vec![Target::create(), Target::Process], true);
    });
}

/// Blocks of one heap freed by a thread that doesn't own them, while the heap is trimmed and all of
/// it goes back at once: whoever gets a page back too early sees it in the next block.
#[test]
fn slabs_that_empty_while_they_are_trimmed_are_used_again_whole() {
    let name = "at_work::slabs_that_empty_while_they_are_trimmed_are_used_again_whole";
    in_own_process(name, &[], || {
        process::set_decay(Decay::AtOnce);
        let _watchdog = Watchdog::start(name, time(), Duration::from_secs(60));
        let heap = Target::create();
        let stop = AtomicBool::new(false);
        let running = || !stop.load(Ordering::Relaxed);
        let (send, receive) = std::sync::mpsc::sync_channel::<Vec<Block>>(4);
        thread::scope(|scope| {
            scope.spawn(|| {
                while running() {
                    sane(&heap.trim());
                }
            });
            scope.spawn(|| receive.into_iter().for_each(free));
            scope.spawn(|| {
                let mut random = Random::new(3);
                let send = send;
                while running() {
                    let size = [200, 1500, 6000][random.below(3)];
                    let batch: Vec<Block> =
                        (0..400).map(|_| block(heap, size, random.next())).collect();
                    let (mine, others) = crate::memory::parted(batch, 2, random.next());
                    send.send(others).expect("the other thread lives");
                    free(mine);
                }
            });
            thread::sleep(time());
            stop.store(true, Ordering::Relaxed);
        });
        assert_eq!(heap.statistics().live_blocks, 0);
    });
}
