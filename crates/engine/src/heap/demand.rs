//! Demand for giving memory back: slow paths count what they free, and whoever registered is called
//! when it is much.
//!
//! The heap doesn't know who gives old memory back. It only counts, and says so at the end of an
//! operation, when the calling thread is outside every heap and holds no lock.

use core::ptr;
use core::sync::atomic::{AtomicPtr, AtomicUsize, Ordering, fence};

/// Freed bytes that are worth a look: less than a program of 10 MiB notices, and more than the
/// coming and going of small ones.
const MUCH: usize = 4 << 20;

/// Bytes freed since somebody last looked.
static FREED: AtomicUsize = AtomicUsize::new(0);
/// 1: somebody is to look.
static WANTED: AtomicUsize = AtomicUsize::new(0);
/// A [`Hook`], or null.
static HOOK: AtomicPtr<()> = AtomicPtr::new(ptr::null_mut());
/// The same for forked children.
static FORKED: AtomicPtr<()> = AtomicPtr::new(ptr::null_mut());

/// What is called when there is much to look at. It must not allocate.
pub type Hook = extern "C" fn();

/// Registers who is called, and who is told in a forked child.
pub fn register(hook: Hook, forked: Hook) {
    FORKED.store(forked as *mut (), Ordering::Release);
    HOOK.store(hook as *mut (), Ordering::Release);
}

/// Counts bytes that are free in slabs more than before, or fewer. Any lock may be held.
pub fn count(bytes: isize) {
    let mut before = FREED.load(Ordering::Relaxed);
    loop {
        // Not below 0: what was looked at in between may be used again without being owed.
        let after = before.saturating_add_signed(bytes);
        let swapped =
            FREED.compare_exchange_weak(before, after, Ordering::Relaxed, Ordering::Relaxed);
        match swapped {
            Ok(_) if after >= MUCH => return want(),
            Ok(_) => return,
            Err(now) => before = now,
        }
    }
}

/// Calls who is registered if there is much to look at. No lock is held, and the thread is outside
/// every heap.
#[inline]
pub fn attend() {
    if WANTED.load(Ordering::Relaxed) != 0 {
        call();
    }
}

#[cold]
fn call() {
    // Whoever wanted it may be another thread: what that one counted is seen after this.
    WANTED.swap(0, Ordering::Acquire);
    // Pairs with the store of who stops looking, and asks then whether there is much.
    fence(Ordering::SeqCst);
    call_hook(&HOOK);
}

/// In a forked child: tells who is registered.
pub fn forked() {
    call_hook(&FORKED);
}

/// Is told how much there is in free spans.
pub fn of_spans(bytes: usize) {
    if bytes >= MUCH {
        // Counted too, for a thread that has looked at the spans before and is about to end.
        if FREED.load(Ordering::Relaxed) < MUCH {
            FREED.fetch_max(MUCH, Ordering::Relaxed);
        }
        want();
    }
}

/// Says that there is much to look at.
pub fn want() {
    WANTED.store(1, Ordering::Release);
}

/// Whether much was freed since somebody last looked.
pub fn is_much() -> bool {
    fence(Ordering::SeqCst);
    FREED.load(Ordering::Relaxed) >= MUCH
}

fn call_hook(hook: &AtomicPtr<()>) {
    let hook = hook.load(Ordering::Acquire);
    if !hook.is_null() {
        // SAFETY: only `register` stores here, and it stores a `Hook`.
        let hook = unsafe { core::mem::transmute::<*mut (), Hook>(hook) };
        hook();
    }
}

/// Begins to look: what is counted from now on is for the next time.
pub fn take() {
    WANTED.store(0, Ordering::Relaxed);
    FREED.store(0, Ordering::Relaxed);
}
