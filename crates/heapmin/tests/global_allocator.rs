//! A whole test program on heapmin: collections, threads and their ends, growth, alignment, trim.

use std::cell::RefCell;
use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::mpsc::channel;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;

#[global_allocator]
static ALLOC: heapmin::Heapmin = heapmin::Heapmin;

/// Tests that look at the memory of the process run one at a time.
fn alone() -> MutexGuard<'static, ()> {
    static ALONE: Mutex<()> = Mutex::new(());
    ALONE.lock().unwrap_or_else(PoisonError::into_inner)
}

#[test]
fn collections_hold_what_was_put_into_them() {
    let numbers = 0..50_000u64;
    let map: HashMap<u64, String> = numbers.clone().map(|n| (n, n.to_string())).collect();
    let tree: BTreeMap<String, u64> = map.iter().map(|(n, text)| (text.clone(), *n)).collect();
    let mut queue: VecDeque<&str> = tree.keys().map(String::as_str).collect();
    queue.rotate_left(777);
    assert!(numbers.clone().all(|n| tree[&map[&n]] == n));
    assert_eq!(
        queue.iter().map(|text| text.len()).sum::<usize>(),
        numbers.map(|n| n.to_string().len()).sum()
    );
}

#[test]
fn vectors_keep_their_contents_while_they_grow_and_shrink() {
    let mut bytes: Vec<u32> = Vec::new();
    for number in 0..6_000_000 {
        bytes.push(number);
    }
    for length in [5_000_000, 100_000, 3000, 10] {
        bytes.truncate(length);
        bytes.shrink_to_fit();
        assert!(bytes.iter().zip(0..).all(|(&found, number)| found == number));
    }
}

#[test]
fn zeroed_memory_is_zero_also_where_it_was_used_before() {
    for round in 1..20u8 {
        for size in [100, 5000, 100_000, 5 << 20] {
            let mut bytes = vec![0u8; size];
            assert!(bytes.chunks(4096).all(|part| *part == [0; 4096][..part.len()]), "{size}");
            bytes.fill(round);
        }
    }
}

#[test]
fn over_aligned_values_are_aligned() {
    #[repr(align(4096))]
    #[derive(Clone)]
    struct Page([u8; 100]);
    #[repr(align(64))]
    #[derive(Clone)]
    struct Line(u8);
    let pages: Vec<Box<Page>> = (0..100).map(|n| Box::new(Page([n; 100]))).collect();
    let lines = vec![Line(3); 1000];
    for (number, page) in (0..).zip(&pages) {
        assert!(std::ptr::from_ref(&**page).addr().is_multiple_of(4096));
        assert!(page.0.iter().all(|&byte| byte == number));
    }
    assert!(
        lines.iter().all(|line| std::ptr::from_ref(line).addr().is_multiple_of(64) && line.0 == 3)
    );
}

#[test]
fn threads_send_each_other_what_they_allocate() {
    let (send, receive) = channel::<Vec<String>>();
    let senders: Vec<_> = (0..4)
        .map(|thread| {
            let send = send.clone();
            thread::spawn(move || {
                for round in 0..200 {
                    let texts = (0..50).map(|n| format!("{thread} {round} {n}")).collect();
                    send.send(texts).expect("the receiver waits");
                }
            })
        })
        .collect();
    drop(send);
    let received: usize =
        receive.iter().map(|texts| texts.iter().filter(|text| text.len() >= 5).count()).sum();
    assert_eq!(received, 4 * 200 * 50);
    senders.into_iter().for_each(|sender| sender.join().expect("a sender ends"));
}

#[test]
fn destructors_of_thread_locals_may_allocate_and_free() {
    struct Late(Vec<String>);
    impl Drop for Late {
        fn drop(&mut self) {
            let more: Vec<String> = self.0.iter().map(|text| text.repeat(3)).collect();
            assert!(more.iter().all(|text| text.starts_with("late")));
        }
    }
    thread_local! {
        static LATE: RefCell<Late> = const { RefCell::new(Late(Vec::new())) };
    }
    for _ in 0..200 {
        let thread = thread::spawn(|| {
            LATE.with_borrow_mut(|late| late.0.extend((0..100).map(|n| format!("late {n}"))));
        });
        thread.join().expect("the destructor's checks hold");
    }
}

#[test]
fn what_is_shared_is_freed_by_whoever_is_last() {
    let shared = Arc::new((0..1000).map(|n| n.to_string()).collect::<Vec<_>>());
    let threads: Vec<_> = (0..8)
        .map(|_| {
            let shared = Arc::clone(&shared);
            thread::spawn(move || shared.iter().map(String::len).sum::<usize>())
        })
        .collect();
    drop(shared);
    assert!(threads.into_iter().all(|thread| thread.join().expect("a thread ends") == 2890));
}

#[test]
fn trim_gives_back_what_is_no_longer_used_and_touches_nothing_else() {
    let _alone = alone();
    let mut texts: Vec<Box<[u8]>> = (0..60_000u32).map(|n| vec![n as u8; 700].into()).collect();
    let mut place = 0;
    texts.retain(|_| {
        place += 1;
        place % 500 == 0
    });
    let report = heapmin::trim();
    assert!(report.released >= 20 << 20, "{report:?}");
    assert!(
        texts.iter().zip(1..).all(|(text, n)| text.iter().all(|&byte| byte == (n * 500 - 1) as u8))
    );
}

#[test]
fn statistics_know_what_lives() {
    let _alone = alone();
    let before = heapmin::statistics().live_bytes;
    let kept = vec![1u8; 30 << 20];
    let during = heapmin::statistics().live_bytes;
    drop(kept);
    let after = heapmin::statistics().live_bytes;
    // Other tests run meanwhile, but none of them keeps as much.
    assert!(during + (15 << 20) > before + (30 << 20), "{before} {during}");
    assert!(after + (15 << 20) < during + (15 << 20), "{during} {after}");
}

#[test]
fn more_memory_than_there_is_is_an_error() {
    let mut bytes: Vec<u8> = vec![1, 2, 3];
    assert!(bytes.try_reserve(isize::MAX as usize - 100).is_err());
    assert!(bytes.try_reserve(usize::MAX).is_err());
    assert_eq!(bytes, [1, 2, 3]);
}
