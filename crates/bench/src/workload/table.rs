//! Tables that live outside the heap under test: memory straight from the system.

use std::mem::{align_of, size_of};
use std::ops::{Deref, DerefMut};
use std::ptr::{self, NonNull};

use super::block::Block;

/// The name that `/proc/PID/smaps` shows for tables that were made [`Table::apart`].
pub const OWN_MEMORY: &str = "/memfd:heapmin-bench-own";

/// Types for which a value of all zero bytes is valid.
///
/// # Safety
/// Zero bytes must be a valid value of the type, and the type must not need dropping.
pub unsafe trait Zeroed {}

// SAFETY: zero is a number.
unsafe impl Zeroed for u16 {}
// SAFETY: zero is a number.
unsafe impl Zeroed for u32 {}
// SAFETY: zero is a number.
unsafe impl Zeroed for u64 {}
// SAFETY: `Block` is a transparent non-null pointer, so zero is the `None` of its option.
unsafe impl Zeroed for Option<Block> {}
// SAFETY: an array of valid values is valid.
unsafe impl<T: Zeroed, const N: usize> Zeroed for [T; N] {}

/// `len` values in pages of their own, never given back: workloads end with their process.
pub struct Table<T: Zeroed + 'static>(&'static mut [T]);

impl<T: Zeroed> Table<T> {
    /// A table of zeros.
    pub fn new(len: usize) -> Self {
        let start = pages(len * size_of::<T>(), align_of::<T>()).cast::<T>();
        // SAFETY: `pages` gave zeroed memory for `len` values that nobody else knows and that
        // stays mapped; zero bytes are a valid `T`.
        Self(unsafe { std::slice::from_raw_parts_mut(start.as_ptr(), len) })
    }

    /// A table of zeros in a mapping of its own name, [`OWN_MEMORY`], which those who look at the
    /// process from outside can tell from the heap. Its pages are there from when they are used.
    pub fn apart(len: usize) -> Self {
        let start = named_pages(len * size_of::<T>()).cast::<T>();
        // SAFETY: as in `new`; pages are aligned to 4096 bytes, and no table's type needs more.
        Self(unsafe { std::slice::from_raw_parts_mut(start.as_ptr(), len) })
    }

    /// A table whose values are made from their places.
    pub fn filled(len: usize, value: impl FnMut(usize) -> T) -> Self {
        let mut table = Self::new(len);
        for (place, value) in table.iter_mut().zip((0..len).map(value)) {
            *place = value;
        }
        table
    }

    /// The values as a slice that lives as long as the process.
    pub fn leak(self) -> &'static mut [T] {
        self.0
    }
}

impl<T: Zeroed> Deref for Table<T> {
    type Target = [T];
    #[inline(always)]
    fn deref(&self) -> &[T] {
        self.0
    }
}

impl<T: Zeroed> DerefMut for Table<T> {
    #[inline(always)]
    fn deref_mut(&mut self) -> &mut [T] {
        self.0
    }
}

/// A value in pages of its own, which lives as long as the process.
pub fn leak<T>(value: T) -> &'static mut T {
    placed(pages(size_of::<T>(), align_of::<T>()), value)
}

/// The same, in a mapping named as [`Table::apart`]'s.
pub fn leak_apart<T>(value: T) -> &'static mut T {
    const { assert!(align_of::<T>() <= 4096) };
    placed(named_pages(size_of::<T>()), value)
}

fn placed<T>(pages: NonNull<u8>, value: T) -> &'static mut T {
    let place = pages.cast::<T>();
    // SAFETY: the pages are big enough, aligned, writable and known to nobody else.
    unsafe {
        place.write(value);
        &mut *place.as_ptr()
    }
}

fn pages(bytes: usize, align: usize) -> NonNull<u8> {
    assert!(align <= 4096, "pages are aligned to 4096 bytes, not to {align}");
    mapped(bytes, libc::MAP_PRIVATE | libc::MAP_ANONYMOUS, -1)
}

/// Pages of a file in memory: private ones would melt into the heap's mappings beside them.
fn named_pages(bytes: usize) -> NonNull<u8> {
    // SAFETY: the name is a C string literal.
    let file = unsafe { libc::memfd_create(c"heapmin-bench-own".as_ptr(), libc::MFD_CLOEXEC) };
    // SAFETY: the descriptor is the one just opened, or -1, which the call refuses.
    let error = unsafe { libc::ftruncate(file, bytes.max(1) as libc::off_t) };
    assert!(error == 0, "the system has no file in memory of {bytes} bytes for a table");
    let start = mapped(bytes, libc::MAP_SHARED, file);
    // SAFETY: the descriptor was opened above and is known here only; the mapping stays.
    unsafe { libc::close(file) };
    start
}

fn mapped(bytes: usize, flags: libc::c_int, file: libc::c_int) -> NonNull<u8> {
    let protection = libc::PROT_READ | libc::PROT_WRITE;
    // SAFETY: a new mapping at a place the system chooses disturbs nothing.
    let start = unsafe { libc::mmap(ptr::null_mut(), bytes.max(1), protection, flags, file, 0) };
    assert!(start != libc::MAP_FAILED, "the system has no {bytes} bytes for a table");
    NonNull::new(start.cast()).expect("mmap never maps page 0 unasked")
}
