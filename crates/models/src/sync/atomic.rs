//! `core::sync::atomic` for the engine's source files: types of the same size and layout as the
//! real ones, each of whose operations is done by its twin among loom's.
//!
//! Zero bytes are a valid atomic here as there, so the engine's tables, headers and caches, which
//! are made of zeroed memory, need no other code. The memory itself stays zero, so that the next
//! execution finds the engine's statics as a new process does.

use crate::execution;
use crate::program::Numbers;
use std::cell::UnsafeCell;
use std::marker::PhantomData;

pub use loom::sync::atomic::fence;
pub use std::sync::atomic::Ordering;

macro_rules! integer {
    ($name:ident, $value:ty, $size:literal, $twin:ident) => {
        /// As `core`'s of the same name.
        #[repr(C, align($size))]
        pub struct $name(UnsafeCell<$value>);

        // SAFETY: all threads of a model take turns on one thread of the system.
        unsafe impl Sync for $name {}
        // SAFETY: as above.
        unsafe impl Send for $name {}

        impl $name {
            /// See `core`.
            pub const fn new(value: $value) -> Self {
                Self(UnsafeCell::new(value))
            }

            /// Runs `modelled` on the twin, or `plain` on the memory itself where no model runs
            /// (while a panic unwinds through a guard, say).
            #[track_caller]
            fn on<R>(
                &self,
                modelled: impl FnOnce(&loom::sync::atomic::$name) -> R,
                plain: impl FnOnce(&mut $value) -> R,
            ) -> R {
                // SAFETY: nobody else is running, see above.
                let memory = unsafe { &mut *self.0.get() };
                match execution::current() {
                    Some(execution) => {
                        assert!(*memory == 0, "atomics of a model start from 0: store into them");
                        modelled(&execution.$twin(self.0.get().addr()))
                    }
                    None => plain(memory),
                }
            }

            /// See `core`.
            #[track_caller]
            pub fn load(&self, order: Ordering) -> $value {
                self.on(|twin| twin.load(order), |memory| *memory)
            }

            /// See `core`.
            #[track_caller]
            pub fn store(&self, value: $value, order: Ordering) {
                self.on(|twin| twin.store(value, order), |memory| *memory = value);
            }

            /// See `core`.
            #[track_caller]
            pub fn swap(&self, value: $value, order: Ordering) -> $value {
                self.on(|twin| twin.swap(value, order), |memory| std::mem::replace(memory, value))
            }

            /// See `core`.
            #[track_caller]
            pub fn compare_exchange(
                &self,
                current: $value,
                new: $value,
                success: Ordering,
                failure: Ordering,
            ) -> Result<$value, $value> {
                self.on(
                    |twin| twin.compare_exchange(current, new, success, failure),
                    |memory| {
                        let before = *memory;
                        if before == current {
                            *memory = new;
                            Ok(before)
                        } else {
                            Err(before)
                        }
                    },
                )
            }

            integer!(@change fetch_add, $value, |memory, value| memory.wrapping_add(value));
            integer!(@change fetch_sub, $value, |memory, value| memory.wrapping_sub(value));
            integer!(@change fetch_and, $value, |memory, value| memory & value);
            integer!(@change fetch_or, $value, |memory, value| memory | value);
            integer!(@change fetch_max, $value, |memory, value| memory.max(value));
        }
    };
    (@change $name:ident, $value:ty, |$memory:ident, $operand:ident| $result:expr) => {
        /// See `core`.
        #[track_caller]
        pub fn $name(&self, $operand: $value, order: Ordering) -> $value {
            self.on(
                |twin| twin.$name($operand, order),
                |place| {
                    let $memory = *place;
                    *place = $result;
                    $memory
                },
            )
        }
    };
}

integer!(AtomicU32, u32, 4, word32);
integer!(AtomicU64, u64, 8, word64);

/// As `core`'s: a `u32`-sized twin would be as good, but the size has to be one byte.
#[repr(transparent)]
pub struct AtomicBool(UnsafeCell<bool>);

// SAFETY: all threads of a model take turns on one thread of the system.
unsafe impl Sync for AtomicBool {}

impl AtomicBool {
    /// See `core`.
    pub const fn new(value: bool) -> Self {
        Self(UnsafeCell::new(value))
    }

    /// See `core`.
    #[track_caller]
    pub fn load(&self, order: Ordering) -> bool {
        match execution::current() {
            Some(execution) => execution.word32(self.0.get().addr()).load(order) != 0,
            // SAFETY: nobody else is running, see above.
            None => unsafe { *self.0.get() },
        }
    }

    /// See `core`.
    #[track_caller]
    pub fn store(&self, value: bool, order: Ordering) {
        match execution::current() {
            Some(execution) => {
                execution.word32(self.0.get().addr()).store(u32::from(value), order);
            }
            // SAFETY: nobody else is running, see above.
            None => unsafe { *self.0.get() = value },
        }
    }
}

/// As `core`'s, on top of an integer of the pointer's size.
#[repr(transparent)]
pub struct AtomicPtr<T>(AtomicU64, PhantomData<*mut T>);

// SAFETY: all threads of a model take turns on one thread of the system.
unsafe impl<T> Sync for AtomicPtr<T> {}

impl<T> AtomicPtr<T> {
    /// See `core`; of null only, as all of a model's start from 0.
    pub const fn new(_: *mut T) -> Self {
        Self(AtomicU64::new(0), PhantomData)
    }

    /// See `core`.
    #[track_caller]
    pub fn load(&self, order: Ordering) -> *mut T {
        std::ptr::with_exposed_provenance_mut(self.0.load(order) as usize)
    }

    /// See `core`.
    #[track_caller]
    pub fn store(&self, value: *mut T, order: Ordering) {
        self.0.store(value.expose_provenance() as u64, order);
    }
}

/// A fence for the compiler alone. The engine relies on one only together with the barrier that
/// reaches every thread; see [`crate::program::light_barrier`].
pub fn compiler_fence(order: Ordering) {
    assert!(order == Ordering::SeqCst, "the engine's light barrier");
    crate::program::light_barrier();
}

/// As `core`'s, but in most models a plain number: the engine has them for the window's constants,
/// which fast paths read, for sums of sizes, and for who holds a lock, which only the holder finds
/// to be itself. With loom's each would be one more place at which threads can take turns. Models
/// of what the engine decides by such numbers have loom's all the same ([`Numbers::Atomic`]).
#[repr(transparent)]
pub struct AtomicUsize(UnsafeCell<usize>);

// SAFETY: all threads of a model take turns on one thread of the system.
unsafe impl Sync for AtomicUsize {}

impl AtomicUsize {
    /// See `core`.
    pub const fn new(value: usize) -> Self {
        Self(UnsafeCell::new(value))
    }

    /// Runs `modelled` on the twin where numbers are atomic, or makes the number `plain` of it.
    #[track_caller]
    fn on(
        &self,
        modelled: impl FnOnce(&loom::sync::atomic::AtomicU64) -> u64,
        plain: impl FnOnce(usize) -> usize,
    ) -> usize {
        let address = self.0.get().addr();
        match execution::current() {
            Some(execution) if execution.program.settings().numbers == Numbers::Atomic => {
                modelled(&execution.word64(address)) as usize
            }
            Some(execution) => execution.number(address, plain),
            None => {
                // SAFETY: nobody else is running, see above.
                let memory = unsafe { &mut *self.0.get() };
                std::mem::replace(memory, plain(*memory))
            }
        }
    }

    /// See `core`; it never fails without a reason here.
    #[track_caller]
    pub fn compare_exchange_weak(
        &self,
        current: usize,
        new: usize,
        success: Ordering,
        failure: Ordering,
    ) -> Result<usize, usize> {
        let modelled = |twin: &loom::sync::atomic::AtomicU64| {
            let (current, new) = (current as u64, new as u64);
            twin.compare_exchange(current, new, success, failure).unwrap_or_else(|before| before)
        };
        let before = self.on(modelled, |before| if before == current { new } else { before });
        if before == current { Ok(before) } else { Err(before) }
    }

    /// See `core`.
    #[track_caller]
    pub fn load(&self, order: Ordering) -> usize {
        self.on(|twin| twin.load(order), |value| value)
    }

    /// See `core`.
    #[track_caller]
    pub fn store(&self, value: usize, order: Ordering) {
        let modelled = |twin: &loom::sync::atomic::AtomicU64| {
            twin.store(value as u64, order);
            0
        };
        self.on(modelled, |_| value);
    }

    /// See `core`.
    #[track_caller]
    pub fn swap(&self, value: usize, order: Ordering) -> usize {
        self.on(|twin| twin.swap(value as u64, order), |_| value)
    }

    /// See `core`.
    #[track_caller]
    pub fn fetch_add(&self, value: usize, order: Ordering) -> usize {
        self.on(|twin| twin.fetch_add(value as u64, order), |before| before.wrapping_add(value))
    }

    /// See `core`.
    #[track_caller]
    pub fn fetch_sub(&self, value: usize, order: Ordering) -> usize {
        self.on(|twin| twin.fetch_sub(value as u64, order), |before| before.wrapping_sub(value))
    }

    /// See `core`.
    #[track_caller]
    pub fn fetch_max(&self, value: usize, order: Ordering) -> usize {
        self.on(|twin| twin.fetch_max(value as u64, order), |before| before.max(value))
    }

    /// See `core`; only where numbers are plain.
    pub fn fetch_update(
        &self,
        _: Ordering,
        _: Ordering,
        mut update: impl FnMut(usize) -> Option<usize>,
    ) -> Result<usize, usize> {
        let before = self.load(Ordering::Relaxed);
        let after = update(before).ok_or(before)?;
        self.store(after, Ordering::Relaxed);
        Ok(before)
    }
}
