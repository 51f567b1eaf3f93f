//! Several threads at once in several heaps, while others trim, walk, validate and sum up.

use crate::alone;
use crate::block::Block;
use crate::kit::random::Random;
use crate::watch::Watchdog;
use crate::world::size;
use heapmin_engine::exact::{ExactHeap, ExactOptions, Marks, Request, Resize};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

const MEANT: Duration = Duration::from_millis(1500);
/// Live blocks that a thread keeps at most.
const KEPT: usize = 150;

/// Allocates, resizes and frees, and hands blocks to the other threads, which free them.
fn work(heaps: &[ExactHeap], handed: &Mutex<Vec<Block>>, stop: &AtomicBool, seed: u64) {
    let mut random = Random::new(seed);
    let mut mine: Vec<Block> = Vec::new();
    while !stop.load(Ordering::Relaxed) {
        let heap = heaps[random.below(heaps.len())];
        let request = Request {
            zero: random.below(4) == 0,
            marks: Marks { has_word: random.below(4) == 0, flags: random.below(8) as u8 },
            ..Request::plain(size(&mut random).min(300_000))
        };
        if mine.len() < KEPT {
            mine.extend(Block::allocate(heap, &request, random.next()));
        }
        if mine.is_empty() {
            continue;
        }
        let pick = random.below(mine.len());
        match random.below(8) {
            0..3 => mine.swap_remove(pick).free(),
            3 => drop(mine[pick].resize(&Resize::plain(size(&mut random)), random.next())),
            4 | 5 => {
                let block = mine.swap_remove(pick);
                let mut handed = handed.lock().expect("no other thread failed");
                handed.push(block);
                if handed.len() > 60 {
                    let at = random.below(60);
                    mine.push(handed.swap_remove(at));
                }
            }
            _ => mine[pick].agrees(),
        }
    }
    mine.into_iter().for_each(Block::free);
}

/// Looks at the heaps and gives memory back, over and over.
fn look(heaps: &[ExactHeap], stop: &AtomicBool) {
    let mut round = 0;
    while !stop.load(Ordering::Relaxed) {
        let heap = heaps[round % heaps.len()];
        match round % 7 {
            0 => assert!(heap.trim().is_some()),
            1 => {
                ExactHeap::trim_all();
            }
            2 => assert_eq!(heap.validate(), None),
            3 => drop(crate::walk::checked(heap)),
            4 => assert!(heap.summary().blocks < 100_000),
            5 => heap.try_trim(),
            _ => {
                heap.lock();
                heap.fill_free(0xAA);
                assert!(heap.unlock());
            }
        }
        round += 1;
    }
}

#[test]
fn heaps_stay_whole_while_threads_allocate_hand_blocks_around_and_trim() {
    let _alone = alone();
    let _watchdog = Watchdog::start("threads", MEANT, Duration::from_secs(120));
    let create = |options| ExactHeap::create(options).expect("memory for a heap");
    let process = ExactHeap::process().expect("a process heap");
    let live = process.summary().blocks;
    let heaps = [
        create(ExactOptions::default()),
        create(ExactOptions { limit: 8 << 20, ..Default::default() }),
        create(ExactOptions { executable: true, ..Default::default() }),
        process,
    ];
    let handed = Mutex::new(Vec::new());
    let stop = AtomicBool::new(false);
    thread::scope(|scope| {
        for seed in 1..=3 {
            let (heaps, handed, stop) = (&heaps, &handed, &stop);
            scope.spawn(move || work(heaps, handed, stop, seed));
        }
        scope.spawn(|| look(&heaps, &stop));
        // Threads that come and go leave their slabs to the others.
        let end = Instant::now() + MEANT;
        let mut seed = 10;
        while Instant::now() < end {
            let ends = AtomicBool::new(false);
            thread::scope(|inner| {
                let (heaps, handed, ends) = (&heaps, &handed, &ends);
                inner.spawn(move || work(heaps, handed, ends, seed));
                thread::sleep(Duration::from_millis(20));
                ends.store(true, Ordering::Relaxed);
            });
            seed += 1;
        }
        stop.store(true, Ordering::Relaxed);
    });
    handed.into_inner().expect("no thread failed").into_iter().for_each(Block::free);
    for heap in heaps {
        assert_eq!(heap.validate(), None);
        crate::walk::checked(heap);
        assert_eq!(heap.summary().blocks, if heap.is_process() { live } else { 0 });
        heap.trim();
        assert_eq!(heap.validate(), None);
        // SAFETY: its blocks were freed, and the threads have ended.
        unsafe { heap.destroy() };
    }
}
