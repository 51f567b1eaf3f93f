//! A mutex of one word that never allocates: spin a little, then sleep in the kernel.
//!
//! | word | meaning |
//! |---|---|
//! | 0 | free |
//! | 1 | held, nobody sleeps |
//! | 2 | held, somebody may sleep: the holder wakes one on release |
//!
//! Ranks, outermost first; a thread takes a lock only while it holds none of a lower line:
//! gate (`cache::gate`), shared cache, heap, pool.

use core::cell::UnsafeCell;
use core::ops::{Deref, DerefMut};
use core::sync::atomic::{AtomicU32, AtomicUsize, Ordering};

/// Rounds of spinning before sleeping: longer than the longest common critical section
/// (taking a span, about 100 ns), shorter than a sleep and wake-up (about 5 µs).
const SPINS: u32 = 60;

/// A value behind a lock.
pub struct Lock<T> {
    word: AtomicU32,
    /// The thread that took the lock with [`Lock::hold`], by its token; 0: none did.
    holder: AtomicUsize,
    value: UnsafeCell<T>,
}

// SAFETY: the value is reached only through a `Guard`, and `word` lets one guard exist at a time.
unsafe impl<T: Send> Sync for Lock<T> {}

impl<T> Lock<T> {
    /// Where the value is in it, in bytes.
    pub const VALUE: usize = core::mem::offset_of!(Self, value);

    /// An unlocked value.
    pub const fn new(value: T) -> Self {
        Self { word: AtomicU32::new(0), holder: AtomicUsize::new(0), value: UnsafeCell::new(value) }
    }

    /// Waits for the lock and takes it. A thread that holds it by [`Lock::hold`] doesn't wait.
    #[inline]
    pub fn lock(&self) -> Guard<'_, T> {
        let taken = self.word.compare_exchange(0, 1, Ordering::Acquire, Ordering::Relaxed).is_ok()
            || self.lock_contended();
        Guard { lock: self, taken }
    }

    /// `false`: the calling thread holds the lock already.
    #[cold]
    fn lock_contended(&self) -> bool {
        if self.holder.load(Ordering::Relaxed) == super::thread_token() {
            return false;
        }
        for _ in 0..SPINS {
            core::hint::spin_loop();
            if self.word.load(Ordering::Relaxed) == 0
                && self.word.compare_exchange(0, 1, Ordering::Acquire, Ordering::Relaxed).is_ok()
            {
                return true;
            }
        }
        while self.word.swap(2, Ordering::Acquire) != 0 {
            super::wait(&self.word, 2);
        }
        true
    }

    /// Takes the lock without giving it back: for `fork` and the gate, where a guard can't live on
    /// a stack. Until it is given back, [`Lock::lock`] succeeds at once for the calling thread:
    /// handlers of the program's that run between the two may allocate.
    pub fn hold(&self) {
        core::mem::forget(self.lock());
        self.holder.store(super::thread_token(), Ordering::Relaxed);
    }

    /// [`Lock::hold`] if nobody has the lock, not even the calling thread.
    pub fn try_hold(&self) -> bool {
        let taken = self.word.compare_exchange(0, 1, Ordering::Acquire, Ordering::Relaxed).is_ok();
        if taken {
            self.holder.store(super::thread_token(), Ordering::Relaxed);
        }
        taken
    }

    /// Gives back a lock taken with [`Lock::hold`].
    ///
    /// # Safety
    /// The calling thread took it with `hold`, or is the child of a `fork` of the thread that did.
    pub unsafe fn release_held(&self) {
        self.holder.store(0, Ordering::Relaxed);
        self.unlock();
    }

    /// Whether the lock's own words are what locks have: memory that was overwritten has others.
    pub fn is_sound(&self) -> bool {
        /// No block of a thread begins above this: the upper half of addresses is the system's.
        const HIGHEST: usize = isize::MAX as usize;
        let holder = self.holder.load(Ordering::Relaxed);
        self.word.load(Ordering::Relaxed) <= 2 && holder <= HIGHEST && holder.is_multiple_of(64)
    }

    /// Looks at the value without the lock, for a check of what may be damaged: what is seen may
    /// be half of a change that another thread is about to make, and is believed by nobody.
    pub fn peek_with<R>(&self, look: impl FnOnce(&T) -> R) -> R {
        // SAFETY: the value is only looked at, field by field, each a word.
        look(unsafe { &*self.value.get() })
    }

    fn unlock(&self) {
        if self.word.swap(0, Ordering::Release) == 2 {
            super::wake_one(&self.word);
        }
    }
}

/// The right to the value while the lock is held.
pub struct Guard<'a, T> {
    lock: &'a Lock<T>,
    /// Whether to give the lock back at the end: not if the thread held it before.
    taken: bool,
}

impl<T> Deref for Guard<'_, T> {
    type Target = T;

    #[inline]
    fn deref(&self) -> &T {
        // SAFETY: this thread holds the lock, and no engine function calls another one that locks
        // the same value while it has a guard, so nobody else has a reference to the value.
        unsafe { &*self.lock.value.get() }
    }
}

impl<T> DerefMut for Guard<'_, T> {
    #[inline]
    fn deref_mut(&mut self) -> &mut T {
        // SAFETY: this thread holds the lock, and no engine function calls another one that locks
        // the same value while it has a guard, so nobody else has a reference to the value.
        unsafe { &mut *self.lock.value.get() }
    }
}

impl<T> Drop for Guard<'_, T> {
    #[inline]
    fn drop(&mut self) {
        if self.taken {
            self.lock.unlock();
        }
    }
}
