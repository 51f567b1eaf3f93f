//! Threads that cost the heap under test only what the C library itself asks for them.
//!
//! `std::thread` allocates handles, names and packets; the workloads count allocations, so they
//! go to `pthread_create` directly.

use std::marker::PhantomData;
use std::ptr;

/// What a thread does with data that outlives it.
pub trait Work: Send + 'static {
    /// The thread's whole life.
    fn run(&'static mut self);
}

/// A running thread, which holds its work until it is joined.
#[must_use = "a thread that is not joined may outlive the measurement"]
pub struct Thread<W: Work> {
    id: libc::pthread_t,
    work: *mut W,
    owns: PhantomData<W>,
}

// SAFETY: the handle is a thread id and the right to get the work back, which is `Send`.
unsafe impl<W: Work> Send for Thread<W> {}

/// Starts a thread on `work`.
pub fn start<W: Work>(work: &'static mut W) -> Thread<W> {
    let work: *mut W = work;
    let mut id = 0;
    // SAFETY: `enter::<W>` takes exactly the pointer given here, and the caller gave up its
    // exclusive reference for good; `join` gives it back when the thread is over.
    let error = unsafe { libc::pthread_create(&mut id, ptr::null(), enter::<W>, work.cast()) };
    if error != 0 {
        eprintln!("pthread_create failed: {}", std::io::Error::from_raw_os_error(error));
        std::process::exit(3);
    }
    Thread { id, work, owns: PhantomData }
}

impl<W: Work> Thread<W> {
    /// Waits for the thread to end and takes its work back.
    pub fn join(self) -> &'static mut W {
        // SAFETY: `self` is the only handle of a thread that nobody has joined yet.
        let error = unsafe { libc::pthread_join(self.id, ptr::null_mut()) };
        assert!(error == 0, "pthread_join failed with {error}");
        // SAFETY: the thread that held the exclusive reference is over.
        unsafe { &mut *self.work }
    }
}

extern "C" fn enter<W: Work>(work: *mut libc::c_void) -> *mut libc::c_void {
    // SAFETY: `start` passed a `&'static mut W` that nobody else uses until `join`.
    unsafe { &mut *work.cast::<W>() }.run();
    ptr::null_mut()
}

/// Lets others run for a moment, while waiting for one of them.
#[inline]
pub fn pause(rounds: &mut u32) {
    *rounds += 1;
    if *rounds < 100 {
        std::hint::spin_loop();
    } else {
        // SAFETY: `sched_yield` has no preconditions.
        unsafe { libc::sched_yield() };
    }
}
