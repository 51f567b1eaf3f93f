//! What the models' programs do with the engine.

use heapmin_models::api::process;
use heapmin_models::cache::slot::ThreadBlock;
use heapmin_models::heap::registry::PROCESS;
use heapmin_models::program::{Played, spawn};
use loom::thread::JoinHandle;
use std::cell::Cell;
use std::rc::Rc;
use std::sync::atomic::Ordering;

/// Bytes of the largest blocks of slabs: two to a slab, one at a time on a stack.
pub const LARGEST: usize = 32 << 10;

/// Lets the calling thread get a cache the next time that it asks for something.
pub fn want_cache() {
    ThreadBlock::current().process.visits.set(u32::MAX);
}

/// Allocates.
pub fn allocate(size: usize) -> *mut u8 {
    let block = process::allocate(size);
    assert!(!block.is_null(), "there is memory");
    block
}

/// Frees.
pub fn free(block: *mut u8) {
    // SAFETY: nobody uses the models' blocks.
    unsafe { process::free(block) }.expect("a live block");
}

/// Allocates a block and frees it.
pub fn works() {
    free(allocate(16));
}

/// Does its work with a cache of its own.
pub fn works_with_cache() {
    want_cache();
    works();
}

/// Starts a thread that allocates a block, with a cache of its own.
pub fn allocating(size: usize) -> Allocating {
    let block = Rc::new(Cell::new(std::ptr::null_mut()));
    let set = Rc::clone(&block);
    let thread = spawn(move || {
        want_cache();
        set.set(allocate(size));
    });
    Allocating { thread, block }
}

/// See [`allocating`].
pub struct Allocating {
    thread: JoinHandle<()>,
    block: Rc<Cell<*mut u8>>,
}

impl Allocating {
    /// Waits for the thread's end.
    pub fn block(self) -> *mut u8 {
        join(self.thread);
        self.block.get()
    }
}

/// Waits for a thread's end.
pub fn join(thread: JoinHandle<()>) {
    thread.join().expect("it ends");
}

/// Gives the first thread of a process its cache, and leaves another cache behind, which a thread
/// that needs one gets without having to make it.
pub fn process_starts() {
    works();
    let other = Played::new();
    other.does(works_with_cache);
    other.ends();
}

/// With every block freed and every other thread ended: collects what was freed, and checks that
/// nothing is left.
pub fn assert_all_is_collected() {
    // Twice: the first time may put slabs into inboxes that were emptied before.
    for _ in 0..2 {
        PROCESS.each_cache(|cache| cache.spill_all(&PROCESS));
        let shared = *PROCESS.shared.lock();
        // SAFETY: null or the shared cache.
        if let Some(cache) = unsafe { shared.as_ref() } {
            cache.spill_all(&PROCESS);
        }
    }
    assert_eq!(PROCESS.committed.load(Ordering::Relaxed), 0, "a slab has blocks that nobody has");
}
