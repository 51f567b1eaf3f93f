//! Several threads at once in the same heaps, each with a model of its own blocks.

use crate::alone;
use crate::kit::target::Target;
use crate::op::{Op, Step, step};
use crate::world::World;
use proptest::prelude::*;
use std::thread;

/// What one thread does to the heap that all share.
fn work(seed: u64, heaps: Vec<Target>, steps: Vec<Step>) -> World {
    let mut world = World::new(heaps, false, seed);
    for Step { heap, op, .. } in steps {
        // Heaps come and go in the tests of single threads: here each thread would have its own.
        if !matches!(op, Op::CreateHeap | Op::DestroyHeap { .. }) {
            world.apply(heap, &op);
        }
    }
    world.check_contents();
    world
}

fn together(heaps: Vec<Target>, plans: Vec<Vec<Step>>) {
    let before: Vec<_> =
        heaps.iter().map(|heap| heap.statistics()).map(|s| (s.live_blocks, s.live_bytes)).collect();
    let worlds: Vec<World> = thread::scope(|scope| {
        let start = |(seed, steps)| {
            let heaps = heaps.clone();
            scope.spawn(move || work(seed, heaps, steps))
        };
        let threads: Vec<_> = (1..).zip(plans).map(start).collect();
        threads.into_iter().map(|thread| thread.join().expect("the thread's checks hold")).collect()
    });
    for (heap, (blocks, bytes)) in heaps.iter().zip(&before) {
        let lives = worlds.iter().map(|world| world.live(*heap));
        let (sum, sum_bytes) =
            lives.fold((*blocks, *bytes), |sum, live| (sum.0 + live.0, sum.1 + live.1));
        let said = heap.statistics();
        assert_eq!((said.live_blocks, said.live_bytes), (sum, sum_bytes), "{heap:?}");
    }
    // By this thread, so every block is freed from elsewhere than it was allocated.
    for mut world in worlds {
        world.heaps.truncate(1);
        world.end();
    }
    for (heap, before) in heaps.iter().zip(before) {
        let said = heap.statistics();
        assert_eq!((said.live_blocks, said.live_bytes), before, "{heap:?}");
        // SAFETY: the threads have ended, and every block was freed.
        unsafe { heap.destroy() };
    }
}

fn config() -> ProptestConfig {
    ProptestConfig {
        cases: 15,
        failure_persistence: None,
        max_shrink_iters: 50,
        ..ProptestConfig::default()
    }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn threads_at_once_each_find_their_blocks_as_they_left_them(
        plans in prop::collection::vec(prop::collection::vec(step(), 20..120), 2..5),
    ) {
        let _alone = alone();
        together(vec![Target::Process, Target::create(), Target::create()], plans);
    }
}
