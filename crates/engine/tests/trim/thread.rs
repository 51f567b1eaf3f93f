//! The thread that gives memory back: there only while there is something to do, and no trouble.

use crate::kit::alone::in_own_process;
use crate::kit::block::Block;
use crate::kit::target::Target;
use crate::memory::{
    MIB, PATIENCE, blocks, falls_to, free, holds_within, of_spans, threads, without_huge_pages,
};
use heapmin_engine::{Decay, process};
use std::fs;
use std::time::Duration;

const SOON: Decay = Decay::After { milliseconds: 150 };

fn alone(test: &str, body: impl FnOnce()) {
    in_own_process(&format!("thread::{test}"), &[], || {
        without_huge_pages();
        process::set_decay(SOON);
        body();
    });
}

/// The threads that weren't there before.
fn new_threads(before: &[i32]) -> Vec<i32> {
    threads().into_iter().filter(|number| !before.contains(number)).collect()
}

#[test]
fn it_ends_when_there_is_nothing_left_and_comes_again_at_need() {
    alone("it_ends_when_there_is_nothing_left_and_comes_again_at_need", || {
        let before = threads();
        for _ in 0..3 {
            let all = blocks(Target::Process, MIB, 50 * MIB);
            let full = of_spans();
            free(all);
            falls_to(full - 45 * MIB, PATIENCE);
            let ended = holds_within(PATIENCE, || new_threads(&before).is_empty());
            assert!(ended, "still there: {:?}", new_threads(&before));
        }
        // What comes and goes must not leave mappings, either.
        let mappings = fs::read_to_string("/proc/self/maps").expect("the mappings").lines().count();
        for _ in 0..5 {
            free(blocks(Target::Process, MIB, 50 * MIB));
            assert!(holds_within(PATIENCE, || new_threads(&before).is_empty()));
        }
        let now = fs::read_to_string("/proc/self/maps").expect("the mappings").lines().count();
        assert!(now <= mappings + 4, "{now} mappings, {mappings} before");
    });
}

#[test]
fn a_program_that_frees_little_has_none() {
    alone("a_program_that_frees_little_has_none", || {
        let before = threads();
        let small: Vec<Block> = (1..400)
            .flat_map(|n| blocks(Target::Process, n * 5, n * 5))
            .chain(blocks(Target::Process, 60_000, MIB / 2))
            .collect();
        free(small);
        let came = holds_within(Duration::from_millis(1500), || !new_threads(&before).is_empty());
        assert!(!came, "{:?}", new_threads(&before));
    });
}

#[test]
fn there_is_never_more_than_one() {
    alone("there_is_never_more_than_one", || {
        let before = threads();
        process::set_decay(Decay::AtOnce);
        let heaps = [Target::Process, Target::create(), Target::create()];
        let mut most = 0;
        std::thread::scope(|scope| {
            let workers: Vec<_> = heaps
                .map(|heap| {
                    scope.spawn(move || {
                        (0..30).for_each(|_| free(blocks(heap, 300_000, 10 * MIB)));
                    })
                })
                .into_iter()
                .collect();
            while !workers.iter().all(|worker| worker.is_finished()) {
                most = most.max(new_threads(&before).len());
            }
        });
        assert!(most <= heaps.len() + 1, "{most} threads");
    });
}

/// A line of a thread's `status`.
fn status(thread: i32, label: &str) -> Option<String> {
    let text = fs::read_to_string(format!("/proc/self/task/{thread}/status")).ok()?;
    text.lines().find_map(|line| line.strip_prefix(label)).map(|rest| rest.trim().to_owned())
}

#[test]
fn it_takes_no_signal() {
    alone("it_takes_no_signal", || {
        let before = threads();
        process::set_decay(Decay::After { milliseconds: 500 });
        let mut seen = 0;
        for _ in 0..20 {
            free(blocks(Target::Process, MIB, 50 * MIB));
            for thread in new_threads(&before) {
                let Some(blocked) = status(thread, "SigBlk:") else { continue };
                let blocked = u64::from_str_radix(&blocked, 16).expect("a set of signals");
                let can_be = !(1 << (libc::SIGKILL - 1) | 1 << (libc::SIGSTOP - 1));
                assert_eq!(blocked & can_be, can_be, "all are blocked, not {blocked:x}");
                seen += 1;
            }
            if seen >= 3 {
                return;
            }
        }
        panic!("no thread was seen");
    });
}

#[test]
fn it_uses_no_processor_time_while_it_waits() {
    alone("it_uses_no_processor_time_while_it_waits", || {
        process::set_decay(Decay::After { milliseconds: 60_000 });
        free(blocks(Target::Process, MIB, 50 * MIB));
        let before = processor_time();
        std::thread::sleep(Duration::from_millis(1500));
        let used = processor_time() - before;
        assert!(used < Duration::from_millis(150), "{used:?} of 1.5 s");
    });
}

/// Each round looks at every heap.
#[test]
fn thousands_of_heaps_cost_it_little() {
    alone("thousands_of_heaps_cost_it_little", || {
        let heaps: Vec<Target> = (0..5000).map(|_| Target::create()).collect();
        let kept: Vec<Block> =
            heaps.iter().map(|&heap| crate::memory::block(heap, 100, 1)).collect();
        // Something waits all the time.
        process::set_decay(Decay::After { milliseconds: 300 });
        let mut least = f64::MAX;
        for _ in 0..5 {
            let (start, before) = (std::time::Instant::now(), processor_time());
            let mut mine = Duration::ZERO;
            while start.elapsed() < Duration::from_millis(600) {
                let began = thread_time();
                free(blocks(Target::Process, MIB, 6 * MIB));
                mine += thread_time() - began;
                std::thread::sleep(Duration::from_millis(50));
            }
            let used = (processor_time() - before).saturating_sub(mine);
            least = least.min(used.as_secs_f64() / start.elapsed().as_secs_f64());
        }
        assert!(least < 0.1, "{least} of a processor");
        kept.into_iter().for_each(Block::free);
    });
}

fn processor_time() -> Duration {
    time_of(libc::CLOCK_PROCESS_CPUTIME_ID)
}

fn thread_time() -> Duration {
    time_of(libc::CLOCK_THREAD_CPUTIME_ID)
}

fn time_of(clock: libc::clockid_t) -> Duration {
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: `time` is valid for writing for the length of the call.
    let got = unsafe { libc::clock_gettime(clock, &mut time) };
    assert_eq!(got, 0);
    Duration::new(time.tv_sec as u64, time.tv_nsec as u32)
}
