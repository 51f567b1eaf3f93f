//! Every OS call made to fail in turn: null, nothing lost, no state broken, and all works again
//! once the failures end.

#[path = "../trim/claims.rs"]
#[allow(dead_code, reason = "the tests of trims use all of it")]
mod claims;
#[path = "../kit/mod.rs"]
mod kit;
#[path = "../trim/memory.rs"]
#[allow(dead_code, reason = "as above")]
mod memory;
mod trims;

use heapmin_engine::os::inject;
use kit::alone::in_own_process;
use kit::block::Block;
use kit::random::Random;
use kit::target::Target;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;

/// OS calls that succeed before the failures begin, at most: more than a workload makes.
const POINTS: u32 = 24;

/// The failures are the process's.
fn alone() -> MutexGuard<'static, ()> {
    static ALONE: Mutex<()> = Mutex::new(());
    ALONE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Failures while it lives.
struct Failures;

impl Failures {
    fn after(calls: u32) -> Self {
        inject::fail_after(calls);
        Self
    }
}

impl Drop for Failures {
    fn drop(&mut self) {
        inject::heal();
    }
}

/// Does a bit of everything with memory that was never used before, and returns what is live.
/// Null is fine at each step; anything else must be as promised.
fn workload(heap: Target, seed: u64) -> Vec<Block> {
    let mut random = Random::new(seed);
    let mut blocks: Vec<Block> = Vec::new();
    for round in 0..80 {
        let size = match round {
            // Beyond what earlier workloads have left: fresh address space.
            0 | 50 => (40 << 20) + ((seed as usize) << 20),
            1 | 40 => 9 << 20,
            _ => random.size(),
        };
        let align = if round % 7 == 0 { 1 << random.below(22) } else { 1 };
        blocks.extend(Block::allocate(heap, size, align, round % 2 == 0, random.next()));
        if blocks.is_empty() {
            continue;
        }
        let pick = random.below(blocks.len());
        match round % 10 {
            // Moves the pages of large blocks, and cuts them.
            0 | 1 => drop(blocks[pick].reallocate(random.size() * 3, random.next())),
            2 if blocks[pick].size >= 9 << 20 => drop(blocks[pick].reallocate(12 << 20, 1)),
            3 => drop(blocks[pick].resize_in_place(random.size(), random.next())),
            4 | 5 => blocks.swap_remove(pick).free(),
            6 if round % 40 == 6 => drop(heap.trim().released),
            _ => {}
        }
    }
    heap.trim();
    blocks
}

/// The heap as good as new: all blocks as they were, freed, and others in their place.
fn recovers(heap: Target, blocks: Vec<Block>) {
    assert_eq!(heap.statistics().live_blocks, blocks.len());
    blocks.iter().for_each(Block::check);
    let fresh: Vec<Block> = (0..300)
        .map(|seed| {
            Block::allocate(heap, 1 + seed * 97, 1, true, seed as u64).expect("memory again")
        })
        .collect();
    Block::allocate(heap, 80 << 20, 1, false, 1).expect("memory again").free();
    blocks.into_iter().chain(fresh).for_each(Block::free);
    heap.trim();
    let said = heap.statistics();
    assert_eq!((said.live_blocks, said.live_bytes, said.committed_bytes), (0, 0, 0), "{said:?}");
}

#[test]
fn whichever_os_call_fails_a_private_heap_recovers() {
    let _alone = alone();
    let before = inject::refused();
    for calls in 0..POINTS {
        let heap = Target::create();
        let failures = Failures::after(calls);
        let blocks = workload(heap, u64::from(calls) + 1);
        drop(failures);
        recovers(heap, blocks);
        // SAFETY: all blocks were freed, and nobody uses the heap any more.
        unsafe { heap.destroy() };
    }
    assert!(inject::refused() - before >= 100, "the failures took effect");
}

#[test]
fn whichever_os_call_fails_threads_go_on_with_what_there_is() {
    let _alone = alone();
    for calls in (0..POINTS).step_by(4) {
        let heap = Target::create();
        let failures = Failures::after(calls);
        let blocks: Vec<Block> = thread::scope(|scope| {
            let start = |seed| scope.spawn(move || workload(heap, seed));
            let threads = [start(1), start(2), start(3)];
            threads
                .map(|thread| thread.join().expect("the thread's checks hold"))
                .into_iter()
                .flatten()
                .collect()
        });
        drop(failures);
        recovers(heap, blocks);
        // SAFETY: the threads have ended, and all blocks were freed.
        unsafe { heap.destroy() };
    }
}

#[test]
fn a_heap_that_cannot_be_made_is_none_and_can_be_made_later() {
    let _alone = alone();
    let mut heaps = Vec::new();
    let failures = Failures::after(0);
    while let Some(heap) = Target::with_options(Default::default()) {
        heaps.push(heap);
    }
    drop(failures);
    let later = Target::with_options(Default::default());
    heaps.push(later.expect("memory again"));
    for heap in heaps {
        recovers(heap, Vec::new());
        // SAFETY: the heap has no blocks, and nobody uses it any more.
        unsafe { heap.destroy() };
    }
}

/// The same from the first operation of a process on, where the window is opened.
fn from_the_first_call_on(calls: u32) {
    let failures = Failures::after(calls);
    let blocks = workload(Target::Process, 1);
    drop(failures);
    recovers(Target::Process, blocks);
}

macro_rules! first_calls {
    ($($name:ident: $calls:literal,)*) => {$(
        #[test]
        fn $name() {
            in_own_process(stringify!($name), &[], || from_the_first_call_on($calls));
        }
    )*};
}

first_calls! {
    a_process_recovers_when_its_1st_os_call_fails: 0,
    a_process_recovers_when_its_2nd_os_call_fails: 1,
    a_process_recovers_when_its_3rd_os_call_fails: 2,
    a_process_recovers_when_its_4th_os_call_fails: 3,
    a_process_recovers_when_its_5th_os_call_fails: 4,
    a_process_recovers_when_its_6th_os_call_fails: 5,
    a_process_recovers_when_its_7th_os_call_fails: 6,
    a_process_recovers_when_its_8th_os_call_fails: 7,
    a_process_recovers_when_its_9th_os_call_fails: 8,
    a_process_recovers_when_its_10th_os_call_fails: 9,
}
