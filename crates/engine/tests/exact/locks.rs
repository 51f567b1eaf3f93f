//! The lock of a heap: others wait, whatever they do with it; its holder doesn't, and who asks not
//! to be serialised doesn't either.

use crate::alone;
use crate::block::{Block, at};
use crate::kit::alone::in_own_process;
use crate::watch::Watchdog;
use heapmin_engine::exact::{ExactHeap, ExactOptions, IfLocked, Request, Resize};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::Duration;

/// How long an operation that is to wait is watched.
const MOMENT: Duration = Duration::from_millis(12);
/// How long one that isn't may take at most, on a busy machine.
const ENOUGH: Duration = Duration::from_secs(10);

type Operation = (&'static str, fn(ExactHeap, usize));

const REQUEST: Request = Request { unserialized: true, ..Request::plain(50) };
const RESIZE: Resize = Resize { unserialized: true, ..Resize::plain(5000) };

/// Everything that waits for another thread's lock. Each gets the address of a block of its own.
const SERIALIZED: [Operation; 16] = [
    ("allocate", |heap, _| Block::plain(heap, 50, 1).leak()),
    ("allocate_plain", |heap, _| assert!(!heap.allocate_plain(50).is_null())),
    ("allocate a large block", |heap, _| Block::plain(heap, 100_000, 1).leak()),
    // SAFETY: the block is the operation's.
    ("free", |heap, block| assert_eq!(unsafe { heap.free(at(block), false) }, Ok(()))),
    ("reallocate", |heap, block| {
        // SAFETY: as above.
        let moved = unsafe { heap.reallocate(at(block), &Resize::plain(5000)) };
        assert!(moved.is_ok_and(|p| !p.is_null()));
    }),
    ("size", |heap, block| assert_eq!(heap.size(at(block)), Ok(60))),
    ("check", |heap, block| assert_eq!(heap.check(at(block)), Ok(()))),
    ("marks", |heap, block| assert!(heap.marks(at(block)).is_ok())),
    ("set_flags", |heap, block| assert_eq!(heap.set_flags(at(block), 3), Ok(()))),
    ("word", |heap, block| assert_eq!(heap.word(at(block)), Ok(None))),
    ("set_word", |heap, block| assert_eq!(heap.set_word(at(block), 3), Ok(false))),
    ("walk", |heap, _| assert!(heap.walk(None).is_ok_and(|element| element.is_some()))),
    ("validate", |heap, _| assert_eq!(heap.validate(), None)),
    ("summary", |heap, _| assert!(heap.summary().blocks > 0)),
    ("trim", |heap, _| assert!(heap.trim().expect("the heap is alive").resident_after > 0)),
    ("lock", |heap, _| {
        heap.lock();
        assert!(heap.unlock());
    }),
];

/// Everything that can be asked not to wait.
const UNSERIALIZED: [Operation; 12] = [
    ("allocate", |heap, _| assert!(!heap.allocate(&REQUEST).is_null())),
    ("allocate a large block", |heap, _| {
        assert!(!heap.allocate(&Request { size: 100_000, ..REQUEST }).is_null());
    }),
    ("allocate with a word", |heap, _| {
        let mut request = Request { zero: true, align: 64, ..REQUEST };
        request.marks.has_word = true;
        assert!(!heap.allocate(&request).is_null());
    }),
    // SAFETY: the block is the operation's.
    ("free", |heap, block| assert_eq!(unsafe { heap.free(at(block), true) }, Ok(()))),
    ("reallocate", |heap, block| {
        // SAFETY: as above.
        let moved = unsafe { heap.reallocate(at(block), &RESIZE) };
        assert!(moved.is_ok_and(|p| !p.is_null()));
    }),
    ("size", |heap, block| assert_eq!(heap.size_past(at(block), true), Ok(60))),
    ("check", |heap, block| assert_eq!(heap.check_past(at(block), true), Ok(()))),
    ("validate, looking", |heap, _| assert_eq!(heap.validate_if(IfLocked::Look), None)),
    ("validate, skipping", |heap, _| assert_eq!(heap.validate_if(IfLocked::Skip), None)),
    ("summary", |heap, _| assert!(heap.summary_past(true).blocks > 0)),
    ("try_trim", |heap, _| heap.try_trim()),
    ("trim_all", |_, _| {
        ExactHeap::trim_all();
    }),
];

/// What is asked of the holder's own thread.
fn everything(heap: ExactHeap) {
    for (name, operation) in SERIALIZED.iter().chain(&UNSERIALIZED) {
        println!("{name}");
        operation(heap, heap.allocate_plain(60).expose_provenance());
    }
    heap.fill_free(0xEE);
    let other = ExactHeap::create(ExactOptions::default()).expect("memory for a heap");
    Block::plain(other, 100, 1).leak();
    // SAFETY: nobody else knows the heap.
    unsafe { other.destroy() };
    assert_eq!(heap.validate(), None);
}

fn heaps() -> [ExactHeap; 2] {
    let heap = ExactHeap::create(ExactOptions::default()).expect("memory for a heap");
    [heap, ExactHeap::process().expect("a process heap")]
}

/// Blocks of 60 bytes, so many that the thread has a cache in the heap.
fn warm_up(heap: ExactHeap) -> Vec<Block> {
    (0..150).map(|seed| Block::plain(heap, 60, seed)).collect()
}

/// Runs the operation in a thread, with or without a cache in the heap, which is unlocked when the
/// thread begins and locked by this one when it does the operation.
fn in_thread(heap: ExactHeap, operation: Operation, warm: bool) -> Receiver<()> {
    let (ready, is_ready) = channel();
    let (go, may_go) = channel();
    let (done, is_done) = channel();
    thread::spawn(move || {
        let kept = if warm { warm_up(heap) } else { Vec::new() };
        let block = Block::plain(heap, 60, 1);
        ready.send(()).expect("the test waits");
        may_go.recv().expect("the test goes on");
        operation.1(heap, block.address);
        done.send(()).expect("the test waits");
        drop(kept);
    });
    is_ready.recv().expect("the thread gets ready");
    heap.lock();
    go.send(()).expect("the thread waits");
    is_done
}

#[test]
fn other_threads_wait_for_the_lock_whatever_they_do() {
    let _alone = alone();
    let _watchdog = Watchdog::start("locks", Duration::ZERO, Duration::from_secs(120));
    for heap in heaps() {
        for warm in [false, true] {
            for operation in SERIALIZED {
                let done = in_thread(heap, operation, warm);
                assert!(done.recv_timeout(MOMENT).is_err(), "{} didn't wait", operation.0);
                assert!(heap.unlock());
                assert!(done.recv_timeout(ENOUGH).is_ok(), "{} waits for ever", operation.0);
            }
        }
        assert_eq!(heap.validate(), None);
    }
}

#[test]
fn requests_that_are_not_serialised_do_not_wait() {
    let _alone = alone();
    let _watchdog = Watchdog::start("unserialised", Duration::ZERO, Duration::from_secs(120));
    for heap in heaps() {
        for warm in [false, true] {
            for operation in UNSERIALIZED {
                let done = in_thread(heap, operation, warm);
                assert!(done.recv_timeout(ENOUGH).is_ok(), "{} waits", operation.0);
                assert!(heap.unlock());
            }
        }
        assert_eq!(heap.validate(), None);
    }
}

#[test]
fn a_lock_is_undone_as_often_as_it_was_taken_by_its_holder_alone() {
    let _alone = alone();
    let _watchdog = Watchdog::start("recursion", Duration::ZERO, Duration::from_secs(120));
    for heap in heaps() {
        assert!(!heap.unlock() && !heap.is_locked_by_caller());
        let done = in_thread(heap, SERIALIZED[0], false);
        // `in_thread` has locked it once.
        (0..3).for_each(|_| heap.lock());
        for _ in 0..3 {
            assert!(heap.unlock());
            assert!(heap.is_locked_by_caller());
            assert!(done.recv_timeout(MOMENT).is_err(), "still locked");
        }
        everything(heap);
        let by_another = thread::spawn(move || heap.unlock() || heap.is_locked_by_caller());
        assert!(!by_another.join().expect("the thread ends"));
        assert!(heap.unlock());
        assert!(done.recv_timeout(ENOUGH).is_ok());
        assert!(!heap.unlock() && !heap.is_locked_by_caller());
    }
}

#[test]
fn a_heap_that_is_not_serialised_has_no_lock() {
    let _alone = alone();
    let heap = ExactHeap::create(ExactOptions { unserialized: true, ..Default::default() })
        .expect("memory for a heap");
    heap.lock();
    let other = thread::spawn(move || {
        everything(heap);
        heap.unlock()
    });
    assert!(other.join().expect("the thread's checks hold"));
    assert!(heap.unlock());
    // SAFETY: the blocks are forgotten, and nobody else knows the heap.
    unsafe { heap.destroy() };
}

#[test]
fn a_thread_that_ends_leaves_no_heap_locked() {
    let _alone = alone();
    let _watchdog = Watchdog::start("thread exit", Duration::ZERO, Duration::from_secs(120));
    for heap in heaps() {
        for _ in 0..20 {
            let holder = thread::spawn(move || {
                warm_up(heap).into_iter().for_each(Block::free);
                heap.lock();
                heap.lock();
                // Left on the stacks of its cache.
                warm_up(heap).into_iter().for_each(Block::free);
            });
            holder.join().expect("the thread ends");
            everything(heap);
        }
    }
}

#[test]
fn a_thread_may_end_while_another_one_holds_the_lock() {
    let _alone = alone();
    let _watchdog = Watchdog::start("thread end", Duration::ZERO, Duration::from_secs(120));
    for heap in heaps() {
        let before = heap.summary().blocks;
        let (done, may_end) = channel::<()>();
        let (ready, is_ready) = channel();
        let thread = thread::spawn(move || {
            warm_up(heap).into_iter().for_each(Block::free);
            ready.send(()).expect("the test waits");
            may_end.recv().expect("the test goes on");
        });
        is_ready.recv().expect("the thread gets ready");
        heap.lock();
        let seen = crate::walk::elements(heap);
        done.send(()).expect("the thread waits");
        thread.join().expect("the thread ends");
        assert_eq!(crate::walk::elements(heap), seen, "what the holder sees stays as it is");
        everything(heap);
        assert!(heap.unlock());
        warm_up(heap).into_iter().for_each(Block::free);
        assert!(heap.summary().blocks >= before);
        assert_eq!(heap.validate(), None);
    }
}

/// The last of so many heaps that the threads' tables have no place for it.
fn heap_beyond_the_tables() -> ExactHeap {
    let create = |_| ExactHeap::create(ExactOptions::default()).expect("memory for a heap");
    let heaps: Vec<ExactHeap> = (0..2800).map(create).collect();
    heaps[2799]
}

#[test]
fn heaps_beyond_the_threads_tables_are_locked_like_others() {
    in_own_process("locks::heaps_beyond_the_threads_tables_are_locked_like_others", &[], || {
        let heap = heap_beyond_the_tables();
        heap.lock();
        heap.lock();
        everything(heap);
        assert!(heap.unlock() && heap.is_locked_by_caller() && heap.unlock() && !heap.unlock());
        for operation in SERIALIZED {
            let done = in_thread(heap, operation, false);
            assert!(done.recv_timeout(MOMENT).is_err(), "{} didn't wait", operation.0);
            assert!(heap.unlock());
            assert!(done.recv_timeout(ENOUGH).is_ok(), "{} waits for ever", operation.0);
        }
        assert_eq!(heap.validate(), None);
    });
}

#[test]
fn requests_that_are_not_serialised_do_not_wait_beyond_the_tables_either() {
    in_own_process(
        "locks::requests_that_are_not_serialised_do_not_wait_beyond_the_tables_either",
        &[],
        || {
            let heap = heap_beyond_the_tables();
            for operation in UNSERIALIZED {
                let done = in_thread(heap, operation, false);
                assert!(done.recv_timeout(ENOUGH).is_ok(), "{} waits", operation.0);
                assert!(heap.unlock());
            }
            assert_eq!(heap.validate(), None);
        },
    );
}

#[test]
fn a_thread_that_only_locked_a_heap_leaves_it_unlocked_too() {
    in_own_process("locks::a_thread_that_only_locked_a_heap_leaves_it_unlocked_too", &[], || {
        let heap = ExactHeap::create(ExactOptions::default()).expect("memory for a heap");
        let _watchdog = Watchdog::start("lock alone", Duration::ZERO, ENOUGH);
        thread::spawn(move || heap.lock()).join().expect("the thread ends");
        everything(heap);
    });
}
