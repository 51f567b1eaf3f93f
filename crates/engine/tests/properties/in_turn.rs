//! Two threads take turns: between two steps nothing else happens, so everything can be checked
//! exactly after each.

use crate::alone;
use crate::kit::target::Target;
use crate::op::{Op, Step, step};
use crate::world::World;
use proptest::prelude::*;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::{self, JoinHandle};

type Turn = (Box<World>, usize, Op);

/// A thread that does steps when told to. It lives through many steps, so it has caches.
struct Helper {
    turns: Sender<Turn>,
    done: Receiver<Box<World>>,
    thread: JoinHandle<()>,
}

impl Helper {
    fn start() -> Self {
        let (turns, todo) = channel::<Turn>();
        let (report, done) = channel();
        let thread = thread::spawn(move || {
            for (mut world, heap, op) in todo {
                world.apply(heap, &op);
                if report.send(world).is_err() {
                    return;
                }
            }
        });
        Self { turns, done, thread }
    }

    /// Does a step in the thread. A failed check there fails here as well.
    fn apply(&self, world: Box<World>, heap: usize, op: Op) -> Box<World> {
        self.turns.send((world, heap, op)).expect("the helper waits for turns");
        self.done.recv().expect("the helper failed; what it says is above")
    }

    fn end(self) {
        drop(self.turns);
        self.thread.join().expect("the helper ends well");
    }
}

fn run(heaps: Vec<Target>, steps: Vec<Step>) {
    // A heap's own blocks, those of caches, come from the pool like any other. They are taken
    // during the first operations of a thread in a heap: where that may happen, what was just
    // freed may be somebody's already.
    let alone = !steps.iter().any(|step| matches!(step.op, Op::ChangeHelper | Op::CreateHeap));
    let mut world = Box::new(World::new(heaps, alone, 1));
    let before = Target::Process.statistics();
    let before = (before.live_blocks, before.live_bytes);
    let mut helper = Helper::start();
    if alone {
        let count = 100;
        for heap in 0..world.heaps.len() {
            for op in
                [Op::AllocateMany { size: 16, count }, Op::FreeMany { pick: 0, every: 1, count }]
            {
                world.apply(heap, &op);
                world = helper.apply(world, heap, op);
            }
        }
    }
    for Step { by_helper, heap, op } in steps {
        if matches!(op, Op::ChangeHelper) {
            helper.end();
            helper = Helper::start();
        } else if by_helper {
            world = helper.apply(world, heap, op);
        } else {
            world.apply(heap, &op);
        }
        let heap = heap % world.heaps.len();
        let base = if heap == 0 { before } else { (0, 0) };
        world.check_statistics(world.heaps[heap], base);
    }
    world.check_contents();
    helper.end();
    world.end();
    let after = Target::Process.statistics();
    assert_eq!((after.live_blocks, after.live_bytes), before, "the process heap is as it was");
}

fn check(heaps: Vec<Target>, steps: Vec<Step>) -> Result<(), TestCaseError> {
    let text = format!("{steps:?}");
    catch_unwind(AssertUnwindSafe(|| run(heaps, steps)))
        .map_err(|_| TestCaseError::fail(format!("the failed check is above; the steps: {text}")))
}

fn config() -> ProptestConfig {
    ProptestConfig {
        cases: 25,
        failure_persistence: None,
        max_shrink_iters: 400,
        ..ProptestConfig::default()
    }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn the_process_heap_does_what_a_map_of_blocks_does(steps in prop::collection::vec(step(), 1..150)) {
        let _alone = alone();
        check(vec![Target::Process], steps)?;
    }

    #[test]
    fn private_heaps_beside_the_process_heap_do_what_a_map_of_blocks_does(
        steps in prop::collection::vec(step(), 1..150),
    ) {
        let _alone = alone();
        check(vec![Target::Process, Target::create(), Target::create()], steps)?;
    }
}
