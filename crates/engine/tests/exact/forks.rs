//! `fork` with heaps locked, by the forking thread and by others.

use crate::alone;
use crate::block::Block;
use crate::child::in_child;
use crate::kit::alone::in_own_process;
use crate::walk;
use crate::watch::Watchdog;
use heapmin_engine::exact::{ExactHeap, ExactOptions, Request};
use std::sync::mpsc::channel;
use std::thread;
use std::time::Duration;

fn heaps() -> [ExactHeap; 4] {
    let create = |options| ExactHeap::create(options).expect("memory for a heap");
    [
        create(ExactOptions::default()),
        create(ExactOptions { limit: 1 << 20, ..Default::default() }),
        create(ExactOptions { unserialized: true, ..Default::default() }),
        ExactHeap::process().expect("a process heap"),
    ]
}

fn blocks(heap: ExactHeap) -> Vec<Block> {
    (0..150).map(|seed| Block::plain(heap, 10 + seed as usize * 7, seed)).collect()
}

/// Uses the heap, whole and in part.
fn use_it(heap: ExactHeap) {
    let (kept, freed): (Vec<_>, Vec<_>) =
        blocks(heap).into_iter().partition(|block| block.seed % 2 == 0);
    freed.into_iter().for_each(Block::free);
    kept.iter().for_each(Block::check);
    assert_eq!(heap.validate(), None);
    walk::checked(heap);
    heap.trim();
    kept.into_iter().for_each(Block::free);
}

#[test]
fn a_child_uses_heaps_that_its_parent_had_locked_and_unlocks_them() {
    let _alone = alone();
    let _watchdog = Watchdog::start("forks", Duration::ZERO, Duration::from_secs(120));
    for warm in [false, true] {
        for heap in heaps() {
            let kept: Vec<Block> =
                if warm { blocks(heap) } else { vec![Block::plain(heap, 50, 1)] };
            for depth in 0..3 {
                (0..depth).for_each(|_| heap.lock());
                in_child(|| {
                    let serialized = !heap.options().unserialized;
                    assert_eq!(heap.is_locked_by_caller(), serialized && depth > 0);
                    kept.iter().for_each(|block| {
                        block.agrees();
                        block.check();
                    });
                    use_it(heap);
                    (0..depth).for_each(|_| assert!(heap.unlock()));
                    assert_eq!(heap.unlock(), !serialized);
                    use_it(heap);
                    if serialized {
                        thread::spawn(move || use_it(heap))
                            .join()
                            .expect("a thread of the child's");
                    }
                    let other = ExactHeap::create(ExactOptions::default()).expect("memory");
                    use_it(other);
                    // SAFETY: nobody else knows the heap.
                    unsafe { other.destroy() };
                });
                use_it(heap);
                (0..depth).for_each(|_| assert!(heap.unlock()));
                use_it(heap);
            }
            kept.into_iter().for_each(Block::free);
        }
    }
}

#[test]
fn a_fork_waits_for_another_threads_lock() {
    let _alone = alone();
    let _watchdog = Watchdog::start("fork waits", Duration::ZERO, Duration::from_secs(120));
    for heap in heaps().into_iter().filter(|heap| !heap.options().unserialized) {
        let (locked, is_locked) = channel();
        let holder = thread::spawn(move || {
            heap.lock();
            locked.send(()).expect("the test waits");
            let mine = blocks(heap);
            thread::sleep(Duration::from_millis(30));
            mine.into_iter().for_each(Block::free);
            assert!(heap.unlock());
        });
        is_locked.recv().expect("the thread locks it");
        in_child(|| {
            assert!(!heap.is_locked_by_caller() && !heap.unlock());
            use_it(heap);
        });
        holder.join().expect("the holder's checks hold");
        use_it(heap);
    }
}

#[test]
fn the_first_operations_of_a_process_are_forked_whole() {
    in_own_process("forks::the_first_operations_of_a_process_are_forked_whole", &[], || {
        let heap = ExactHeap::create(ExactOptions::default()).expect("memory for a heap");
        let (locked, is_locked) = channel();
        let holder = thread::spawn(move || {
            heap.lock();
            locked.send(()).expect("the test waits");
            thread::sleep(Duration::from_millis(30));
            assert!(heap.unlock());
        });
        is_locked.recv().expect("the thread locks it");
        in_child(|| use_it(heap));
        holder.join().expect("the holder's checks hold");
    });
}

#[test]
fn a_child_is_whole_whatever_other_threads_were_doing() {
    let _alone = alone();
    let _watchdog = Watchdog::start("forks at work", Duration::ZERO, Duration::from_secs(120));
    let [plain, limited, _, process] = heaps();
    let stop = std::sync::atomic::AtomicBool::new(false);
    thread::scope(|scope| {
        for heap in [plain, process, plain] {
            scope.spawn({
                let stop = &stop;
                move || {
                    while !stop.load(std::sync::atomic::Ordering::Relaxed) {
                        heap.lock();
                        assert!(!heap.allocate(&Request::plain(30)).is_null());
                        assert!(heap.unlock());
                        blocks(heap).into_iter().for_each(Block::free);
                    }
                }
            });
        }
        for _ in 0..25 {
            in_child(|| {
                for heap in [plain, limited, process] {
                    assert_eq!(heap.validate(), None);
                    use_it(heap);
                }
            });
        }
        stop.store(true, std::sync::atomic::Ordering::Relaxed);
    });
}
