//! The engine's own thread, played by one of loom's.

use crate::base::atomic::{AtomicU32, Ordering};
use crate::execution;
use crate::program;
use loom::thread::JoinHandle;
use std::cell::{Cell, RefCell};
use std::ffi::c_void;
use std::ptr;

/// What the system does with a bare thread.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bare {
    /// It runs, and when it has ended, the word is cleared that says that it uses its memory.
    Sound,
    /// The word is cleared when it was started: a fault.
    ClearedEarly,
    /// It never runs: a fault.
    NeverRuns,
}

/// Those of an execution.
#[derive(Default)]
pub struct BareThreads {
    running: RefCell<Vec<JoinHandle<()>>>,
    /// Those whose bodies haven't returned.
    inside: Cell<usize>,
    /// Whether one was started in the memory of another.
    met: Cell<bool>,
}

loom::thread_local! {
    static IS_BARE: Cell<bool> = Cell::new(false);
}

/// Whether the calling thread is one.
pub fn is_current() -> bool {
    IS_BARE.with(Cell::get)
}

/// Shows loom that a thread's memory is written. The word that says that it is in use stands for
/// the memory, which the engine makes anew for each thread.
#[track_caller]
fn write_memory(alive: &AtomicU32) {
    let execution = execution::current().expect("only inside a model");
    execution.cell(ptr::from_ref(alive).addr()).with_mut(|_| ());
}

/// See the engine's `os`.
pub fn start(alive: &'static AtomicU32, body: extern "C" fn(*mut c_void) -> i32) {
    let execution = execution::current().expect("only inside a model");
    let bare = &execution.program.bare;
    if bare.inside.get() == 0 {
        write_memory(alive);
    } else {
        bare.met.set(true);
    }
    bare.inside.set(bare.inside.get() + 1);
    alive.store(1, Ordering::Relaxed);
    if program::settings().bare == Bare::NeverRuns {
        return;
    }
    let thread = program::spawn(move || {
        let early = program::settings().bare == Bare::ClearedEarly;
        if early {
            alive.store(0, Ordering::Release);
        }
        IS_BARE.with(|is_bare| is_bare.set(true));
        body(ptr::null_mut());
        let execution = execution::current().expect("only inside a model");
        let inside = &execution.program.bare.inside;
        inside.set(inside.get() - 1);
        if !early {
            write_memory(alive);
            alive.store(0, Ordering::Release);
        }
    });
    bare.running.borrow_mut().push(thread);
}

/// Waits until none is left. No other thread starts one meanwhile.
///
/// # Panics
/// If two of them have used the same memory at a time.
pub fn wait_for_all() {
    let execution = execution::current().expect("only inside a model");
    let bare = &execution.program.bare;
    loop {
        let thread = bare.running.borrow_mut().pop();
        match thread {
            Some(thread) => thread.join().expect("it ends"),
            None => break,
        }
    }
    assert!(!bare.met.get(), "two threads on one stack");
}
