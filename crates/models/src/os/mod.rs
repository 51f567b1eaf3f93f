//! The engine's `os`, played: memory is memory, and threads wait as in [`crate::program`].

pub mod memory;

#[path = "../../../engine/src/os/fatal.rs"]
pub mod fatal;
#[path = "../../../engine/src/os/lock.rs"]
pub mod lock;

pub use memory::{
    HUGE_PAGE, HugePages, Pages, address_space_limit, allow_execution, allow_reading, clear,
    commit, decommit, decommit_many, huge_pages, move_pages, page_size, physical_memory, populate,
    prefer_huge_pages, prefer_small_pages, recommit, release, reserve, resident_bytes,
    resident_pages,
};

use crate::bare_thread;
use crate::base::atomic::AtomicU32;
use crate::program;
use std::ffi::c_void;

/// The calling thread's block.
pub fn thread_block() -> *mut u8 {
    program::block()
}

/// The calling thread's, by its block.
pub fn thread_token() -> usize {
    thread_block().addr()
}

/// The exit hook of all watched threads.
pub fn on_thread_exit(hook: unsafe extern "C" fn(*mut c_void)) {
    program::set_exit_hook(hook);
}

/// The exit hook runs when the calling thread ends.
pub fn watch_thread_exit() -> bool {
    program::watch_exit();
    true
}

/// The hooks of `fork`.
pub fn at_fork(prepare: extern "C" fn(), parent: extern "C" fn(), child: extern "C" fn()) {
    program::set_fork_hooks(prepare, parent, child);
}

/// There is a barrier.
pub fn enable_barrier() -> bool {
    true
}

/// The barrier.
pub fn barrier_all_threads() {
    program::heavy_barrier();
}

/// Whoever looks for a moment may see no change.
pub fn look(_: &AtomicU32, _: u32) -> bool {
    false
}

/// Sleeps while `word` is `expected`.
pub fn wait(word: &AtomicU32, expected: u32) {
    program::sleep_while(std::ptr::from_ref(word).addr(), expected);
}

/// Lets others go on, as far as spinning does; that much time has passed then.
pub fn wait_briefly(_: &AtomicU32, _: u32) {
    crate::hint::spin_loop();
}

/// The engine's own thread wakes up at once, as any moment may be the next; others let it go on.
pub fn wait_at_most(_: &AtomicU32, _: u32, _: u32) {
    if !bare_thread::is_current() {
        loom::thread::yield_now();
    }
}

/// No time passes: steps are never too long. But the machine was started long ago.
pub fn nanoseconds() -> u64 {
    1 << 40
}

/// Starts one in a unit that is nobody else's.
pub fn start_bare_thread(
    _: usize,
    alive: &'static AtomicU32,
    body: extern "C" fn(*mut c_void) -> i32,
) -> bool {
    bare_thread::start(alive, body);
    true
}

/// It needs no name.
pub fn introduce_bare_thread() {}

/// Nor do they take time.
pub fn thread_nanoseconds() -> u64 {
    0
}

/// Lets others go on.
pub fn sleep(_: u32) {
    loom::thread::yield_now();
}

/// Wakes one thread that sleeps on `word`.
pub fn wake_one(word: &AtomicU32) {
    program::wake(std::ptr::from_ref(word).addr(), 1);
}

/// Wakes every thread that sleeps on `word`.
pub fn wake_all(word: &AtomicU32) {
    program::wake(std::ptr::from_ref(word).addr(), usize::MAX);
}

/// The same in each execution.
pub fn random_word() -> u64 {
    0x5EED
}

/// Nobody asks in a model.
pub fn is_readable(_: usize) -> bool {
    true
}

/// Shows the engine's last words.
pub fn write_error(bytes: &[u8]) {
    eprint!("{}", String::from_utf8_lossy(bytes));
}

/// Threads have no numbers.
pub fn thread_id() -> u32 {
    0
}

/// Threads have no numbers.
pub fn is_first_thread(_: u32) -> bool {
    true
}

/// Nothing is sampled in a model.
///
/// # Safety
/// Nothing is copied.
pub unsafe fn copy_readable(_: u32, _: usize, _: *mut u8, _: usize) -> usize {
    0
}

/// The engine found that the program is wrong. A panic, so that a model can expect it.
pub fn abort() -> ! {
    panic!("the engine ended the process")
}
