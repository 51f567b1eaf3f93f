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
use core::sync::atomic::{AtomicU32, Ordering};

/// Rounds of spinning before sleeping: longer than the longest common critical section
/// (taking a span, about 100 ns), shorter than a sleep and wake-up (about 5 µs).
const SPINS: u32 = 60;

/// A value behind a lock.
pub struct Lock<T> {
    word: AtomicU32,
    value: UnsafeCell<T>,
}

// SAFETY: the value is reached only through a `Guard`, and `word` lets one guard exist at a time.
unsafe impl<T: Send> Sync for Lock<T> {}

impl<T> Lock<T> {
    /// An unlocked value.
    pub const fn new(value: T) -> Self {
        Self { word: AtomicU32::new(0), value: UnsafeCell::new(value) }
    }

    /// Waits for the lock and takes it.
    #[inline]
    pub fn lock(&self) -> Guard<'_, T> {
        if self.word.compare_exchange(0, 1, Ordering::Acquire, Ordering::Relaxed).is_err() {
            self.lock_contended();
        }
        Guard { lock: self }
    }

    #[cold]
    fn lock_contended(&self) {
        for _ in 0..SPINS {
            core::hint::spin_loop();
            if self.word.load(Ordering::Relaxed) == 0
                && self.word.compare_exchange(0, 1, Ordering::Acquire, Ordering::Relaxed).is_ok()
            {
                return;
            }
        }
        while self.word.swap(2, Ordering::Acquire) != 0 {
            super::wait(&self.word, 2);
        }
    }

    /// Takes the lock without giving it back: for `fork`, where the guard can't live on a stack.
    pub fn hold(&self) {
        core::mem::forget(self.lock());
    }

    /// Gives back a lock taken with [`Lock::hold`].
    ///
    /// # Safety
    /// The calling thread took it with `hold`, or is the child of a `fork` of the thread that did.
    pub unsafe fn release_held(&self) {
        self.unlock();
    }

    fn unlock(&self) {
        if self.word.swap(0, Ordering::Release) == 2 {
            super::wake_one(&self.word);
        }
    }

    /// The value, without taking the lock.
    ///
    /// # Safety
    /// Nobody else reaches the value meanwhile: the caller holds the lock through [`Lock::hold`].
    #[expect(clippy::mut_from_ref, reason = "the lock word stands for the exclusive borrow")]
    pub unsafe fn held_value(&self) -> &mut T {
        // SAFETY: exclusive by the contract of this function.
        unsafe { &mut *self.value.get() }
    }
}

/// The right to the value while the lock is held.
pub struct Guard<'a, T> {
    lock: &'a Lock<T>,
}

impl<T> Deref for Guard<'_, T> {
    type Target = T;

    #[inline]
    fn deref(&self) -> &T {
        // SAFETY: this guard holds the lock, so nobody else has a reference to the value.
        unsafe { &*self.lock.value.get() }
    }
}

impl<T> DerefMut for Guard<'_, T> {
    #[inline]
    fn deref_mut(&mut self) -> &mut T {
        // SAFETY: this guard holds the lock, so nobody else has a reference to the value.
        unsafe { &mut *self.lock.value.get() }
    }
}

impl<T> Drop for Guard<'_, T> {
    #[inline]
    fn drop(&mut self) {
        self.lock.unlock();
    }
}
