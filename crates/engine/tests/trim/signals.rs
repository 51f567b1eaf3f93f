//! Signals every 100 µs while memory is given back, asked for and not.

use crate::claims::sane;
use crate::kit::alone::in_own_process;
use crate::kit::block::Block;
use crate::kit::random::Random;
use crate::kit::target::Target;
use crate::memory::{MIB, block, blocks, free, holds_within, parted, threads};
use crate::watch::{Watchdog, duration};
use heapmin_engine::{Decay, process};
use std::sync::atomic::{AtomicBool, AtomicI32, AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

/// How long a test works.
fn time() -> Duration {
    duration(Duration::from_millis(2000))
}

static HANDLED: AtomicU64 = AtomicU64::new(0);
static FLAG: AtomicBool = AtomicBool::new(false);
/// The last thread that ran a handler.
static BY: AtomicI32 = AtomicI32::new(0);

/// Works a little, with the stack, and calls the system; allocates nothing.
extern "C" fn works(_: libc::c_int) {
    let mut place = [0u8; 512];
    place[HANDLED.fetch_add(1, Ordering::Relaxed) as usize % 512] = 1;
    std::hint::black_box(&mut place);
    // SAFETY: asks for a number.
    BY.store(unsafe { libc::syscall(libc::SYS_gettid) } as i32, Ordering::Relaxed);
}

extern "C" fn sets_a_flag(_: libc::c_int) {
    FLAG.store(true, Ordering::Relaxed);
}

/// A storm of `SIGALRM`.
fn storm(handler: extern "C" fn(libc::c_int), restart: bool) {
    // SAFETY: an all-zero sigaction is a valid value of this plain C struct.
    let mut action: libc::sigaction = unsafe { std::mem::zeroed() };
    action.sa_sigaction = handler as *const () as usize;
    action.sa_flags = if restart { libc::SA_RESTART } else { 0 };
    // SAFETY: the handler does what handlers may.
    let set = unsafe { libc::sigaction(libc::SIGALRM, &action, std::ptr::null_mut()) };
    assert_eq!(set, 0);
    send_every(100);
}

/// Sends `SIGALRM` again and again; 0 ends it.
fn send_every(microseconds: libc::suseconds_t) {
    let time = libc::timeval { tv_sec: 0, tv_usec: microseconds };
    let every = libc::itimerval { it_interval: time, it_value: time };
    // SAFETY: `every` is valid for reading for the length of the call.
    let set = unsafe { libc::setitimer(libc::ITIMER_REAL, &every, std::ptr::null_mut()) };
    assert_eq!(set, 0);
}

/// Threads that allocate, free and trim for a while, with their blocks checked.
fn work(threads: u64, decay: Decay) {
    process::set_decay(decay);
    let heap = Target::create();
    let end = Instant::now() + time();
    thread::scope(|scope| {
        for seed in 0..threads {
            scope.spawn(move || {
                let mut random = Random::new(seed + 1);
                let mut held: Vec<Block> = Vec::new();
                while Instant::now() < end {
                    for _ in 0..50 {
                        let heap = if random.below(2) == 0 { heap } else { Target::Process };
                        held.push(block(heap, random.size(), random.next()));
                    }
                    let (kept, rest) = parted(std::mem::take(&mut held), 4, random.next());
                    free(rest);
                    held = kept;
                    if random.below(3) == 0 {
                        sane(&heap.trim());
                    }
                    if random.below(6) == 0 {
                        sane(&process::trim());
                    }
                }
                free(held);
            });
        }
        // Something for the helper thread.
        scope.spawn(move || {
            while Instant::now() < end {
                free(blocks(Target::Process, MIB, 12 * MIB));
                thread::yield_now();
            }
        });
    });
    assert_eq!(heap.statistics().live_blocks, 0);
}

fn in_a_storm(test: &'static str, handler: extern "C" fn(libc::c_int), restart: bool) {
    in_own_process(&format!("signals::{test}"), &[], || {
        let _watchdog = Watchdog::start(test, time(), Duration::from_secs(60));
        storm(handler, restart);
        work(3, Decay::AtOnce);
        send_every(0);
        let came = FLAG.load(Ordering::Relaxed) || HANDLED.load(Ordering::Relaxed) > 1000;
        assert!(came, "there was no storm");
    });
}

#[test]
fn a_storm_does_no_harm_to_trims() {
    in_a_storm("a_storm_does_no_harm_to_trims", works, true);
}

#[test]
fn a_storm_that_interrupts_system_calls_does_no_harm() {
    in_a_storm("a_storm_that_interrupts_system_calls_does_no_harm", works, false);
}

#[test]
fn a_storm_whose_handler_sets_a_flag_does_no_harm() {
    in_a_storm("a_storm_whose_handler_sets_a_flag_does_no_harm", sets_a_flag, false);
}

/// All threads of the program block the signal: the one that gives memory back must not take it.
#[test]
fn handlers_run_on_the_programs_threads_only() {
    let test = "signals::handlers_run_on_the_programs_threads_only";
    in_own_process(test, &[], || {
        let _watchdog = Watchdog::start(test, time(), Duration::from_secs(60));
        // SAFETY: an all-zero set is a valid value of this plain C struct.
        let mut set: libc::sigset_t = unsafe { std::mem::zeroed() };
        // SAFETY: `set` is valid for writing.
        unsafe { libc::sigemptyset(&mut set) };
        // SAFETY: as above.
        unsafe { libc::sigaddset(&mut set, libc::SIGALRM) };
        // Threads started from here on inherit it. One was started before: the watchdog.
        // SAFETY: `set` is valid for reading.
        let done = unsafe { libc::pthread_sigmask(libc::SIG_BLOCK, &set, std::ptr::null_mut()) };
        assert_eq!(done, 0);
        let before = threads();
        storm(works, true);
        process::set_decay(Decay::After { milliseconds: 50 });
        let mut came = false;
        for _ in 0..10 {
            free(blocks(Target::Process, MIB, 30 * MIB));
            came |= threads().len() > before.len();
            thread::sleep(Duration::from_millis(60));
            let by = BY.load(Ordering::Relaxed);
            assert!(by == 0 || before.contains(&by), "thread {by} ran a handler");
        }
        send_every(0);
        assert!(came, "no thread was started");
        assert!(holds_within(Duration::from_secs(10), || threads().len() <= before.len()));
    });
}
