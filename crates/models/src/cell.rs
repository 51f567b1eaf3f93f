//! `core::cell` for the engine's source files: each access is shown to loom, which panics where
//! two threads reach a cell without one's access happening before the other's.

use crate::execution;
use std::cell::UnsafeCell as Memory;

/// As `core`'s.
#[repr(transparent)]
pub struct Cell<T: ?Sized>(Memory<T>);

impl<T> Cell<T> {
    /// See `core`.
    pub const fn new(value: T) -> Self {
        Self(Memory::new(value))
    }

    /// See `core`.
    #[track_caller]
    pub fn set(&self, value: T) {
        if let Some(execution) = execution::current() {
            execution.cell(self.0.get().addr()).with_mut(|_| ());
        }
        // SAFETY: no reference to the contents leaves this type, and nobody else is running.
        unsafe { *self.0.get() = value };
    }
}

impl<T: Copy> Cell<T> {
    /// See `core`.
    #[track_caller]
    pub fn replace(&self, value: T) -> T {
        let before = self.get();
        self.set(value);
        before
    }

    /// See `core`.
    #[track_caller]
    pub fn get(&self) -> T {
        if let Some(execution) = execution::current() {
            execution.cell(self.0.get().addr()).with(|_| ());
        }
        // SAFETY: as in `set`.
        unsafe { *self.0.get() }
    }
}

/// As `core`'s. Asking for the address counts as writing: only the lock has such a cell, and it
/// asks when its holder reaches the value.
#[repr(transparent)]
pub struct UnsafeCell<T: ?Sized>(Memory<T>);

impl<T> UnsafeCell<T> {
    /// See `core`.
    pub const fn new(value: T) -> Self {
        Self(Memory::new(value))
    }

    /// See `core`.
    #[track_caller]
    pub fn get(&self) -> *mut T {
        if let Some(execution) = execution::current() {
            execution.cell(self.0.get().addr()).with_mut(|_| ());
        }
        self.0.get()
    }
}
