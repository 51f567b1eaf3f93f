//! Heaps and threads: shared, sent, outlived by each other.

use crate::heap;
use allocator_api2::boxed::Box;
use allocator_api2::vec::Vec;
use heapmin::Heap;
use std::sync::mpsc::channel;
use std::sync::{Arc, Barrier};
use std::thread;

const fn is_send_and_sync<T: Send + Sync>() {}

const _: () = is_send_and_sync::<Heap>();
const _: () = is_send_and_sync::<&Heap>();
const _: () = is_send_and_sync::<Vec<u8, Heap>>();
const _: () = is_send_and_sync::<Box<u8, &Heap>>();

#[test]
fn threads_share_a_heap_and_free_each_others_blocks() {
    let heap = heap();
    let (send, receive) = channel();
    thread::scope(|scope| {
        for thread in 0..3u32 {
            let (send, heap) = (send.clone(), &heap);
            scope.spawn(move || {
                for round in 0..3000 {
                    let mut numbers = Vec::new_in(heap);
                    numbers.extend((0..round % 100).map(|n| n + thread));
                    send.send((thread, numbers)).expect("the receiver waits");
                }
            });
        }
        drop(send);
        for (thread, numbers) in receive {
            assert!(numbers.iter().zip(0..).all(|(&found, n)| found == n + thread));
        }
    });
    assert_eq!(heap.statistics().live_blocks, 0);
}

#[test]
fn a_heap_may_be_dropped_after_the_thread_that_used_it_has_ended() {
    for _ in 0..200 {
        let heap = heap();
        let numbers = thread::scope(|scope| {
            let fill = || {
                let mut lists = std::vec::Vec::new();
                for length in 0..200u32 {
                    let mut list = Vec::new_in(&heap);
                    list.extend(0..length);
                    lists.push(list);
                }
                lists
            };
            scope.spawn(fill).join().expect("the thread fills lists")
        });
        assert!(numbers.iter().all(|list| list.iter().zip(0..).all(|(&found, n)| found == n)));
    }
}

#[test]
fn a_thread_may_go_on_after_the_heap_that_it_used_was_dropped() {
    let work = Arc::new(Barrier::new(2));
    let (send, receive) = channel::<Arc<Heap>>();
    let worker = {
        let work = Arc::clone(&work);
        thread::spawn(move || {
            let mut sum = 0;
            for heap in receive {
                for n in 0..200 {
                    sum += *Box::new_in(n, &*heap);
                }
                drop(heap);
                work.wait();
            }
            sum
        })
    };
    for _ in 0..300 {
        let heap = Arc::new(heap());
        send.send(Arc::clone(&heap)).expect("the worker waits");
        work.wait();
        // The last one: the worker has dropped its own.
        assert!(Arc::into_inner(heap).is_some());
    }
    drop(send);
    assert_eq!(worker.join().expect("the worker ends"), 300 * 199 * 100);
}

#[test]
fn whichever_thread_drops_a_heap_last_destroys_it_while_others_end() {
    for _ in 0..300 {
        let heap = Arc::new(heap());
        let threads: std::vec::Vec<_> = (0..4u64)
            .map(|thread| {
                let heap = Arc::clone(&heap);
                thread::spawn(move || {
                    let mut numbers = Vec::new_in(&*heap);
                    (0..200).for_each(|n| numbers.push(Box::new_in(n * thread, &*heap)));
                    numbers.iter().map(|number| **number).sum::<u64>()
                })
            })
            .collect();
        drop(heap);
        let sums = threads.into_iter().map(|thread| thread.join().expect("a thread ends"));
        assert!(sums.zip(0..).all(|(sum, thread)| sum == thread * 199 * 100));
    }
}

#[test]
fn a_heap_may_be_sent_inside_the_collection_that_owns_it() {
    let mut numbers = Vec::new_in(heap());
    numbers.extend(0..100u32);
    for _ in 0..20 {
        numbers = thread::spawn(move || {
            numbers.extend(0..100);
            numbers
        })
        .join()
        .expect("the thread gives it back");
    }
    assert_eq!(numbers.iter().sum::<u32>(), 21 * 4950);
}
