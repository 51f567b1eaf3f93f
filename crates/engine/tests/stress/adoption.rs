//! Slabs of ended threads change hands while blocks of theirs are being freed, and trims look on.

use crate::kit::block::Block;
use crate::kit::random::Random;
use crate::kit::target::Target;
use crate::watch::{Watchdog, duration};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;
use std::time::{Duration, Instant};

/// Sizes of few classes, so that slabs are fought over.
const SIZES: [usize; 3] = [24, 500, 9000];

/// Starts threads that allocate, send their blocks away and end at once.
fn founders(heap: Target, send: &SyncSender<Vec<Block>>, stop: &AtomicBool) {
    let mut seed = 0;
    while !stop.load(Ordering::Relaxed) {
        seed += 1;
        let found = || {
            let mut random = Random::new(seed);
            let size = SIZES[random.below(SIZES.len())];
            let block =
                |at| Block::allocate(heap, size, 1, false, seed + at).expect("memory for a block");
            let blocks = (0..100 + random.below(300) as u64).map(block).collect();
            send.send(blocks).expect("the heirs are there until the founders have ended");
        };
        thread::scope(|scope| scope.spawn(found).join().expect("the founder's checks hold"));
    }
}

/// Frees what comes in, part by part, and allocates of the same classes: so it adopts.
fn heir(heap: Target, receive: &Receiver<Vec<Block>>) {
    let mut own: Vec<Block> = Vec::new();
    let mut random = Random::new(5);
    for blocks in receive {
        for block in blocks {
            block.free();
            let size = SIZES[random.below(SIZES.len())];
            own.push(
                Block::allocate(heap, size, 1, true, random.next()).expect("memory for a block"),
            );
        }
        own.drain(..own.len().saturating_sub(500)).for_each(Block::free);
    }
    own.into_iter().for_each(Block::free);
}

/// Tells the other threads to end, also when a check here fails: else they would go on for ever.
struct StopAtEnd<'a>(&'a AtomicBool);

impl Drop for StopAtEnd<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

#[test]
fn slabs_change_hands_while_their_blocks_are_freed_and_trims_look_on() {
    let time = duration(Duration::from_secs(2));
    let _watchdog = Watchdog::start("adoption", time, Duration::from_secs(60));
    let heap = Target::create();
    let stop = AtomicBool::new(false);
    thread::scope(|scope| {
        let stop = &stop;
        for _ in 0..2 {
            let (send, receive) = sync_channel(4);
            scope.spawn(move || founders(heap, &send, stop));
            scope.spawn(move || heir(heap, &receive));
        }
        scope.spawn(|| {
            while !stop.load(Ordering::Relaxed) {
                heap.trim();
            }
        });
        let _stop_at_end = StopAtEnd(stop);
        let end = Instant::now() + time;
        while Instant::now() < end {
            let said = heap.statistics();
            assert!(said.live_bytes <= said.committed_bytes, "{said:?}");
            thread::sleep(Duration::from_millis(1));
        }
    });
    assert_eq!(heap.statistics().live_blocks, 0);
    // SAFETY: the threads have ended, and all blocks were freed.
    unsafe { heap.destroy() };
}
