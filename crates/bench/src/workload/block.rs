//! The blocks that workloads ask `malloc` for, as values that can't be freed twice.
//!
//! ```text
//!   |<------------------------- size -------------------------->|
//!   | size: u32 | mark: u32 |       never touched       | size as u8 |
//! ```
//! A program that asks for memory uses it, so every block is written at both ends when it comes
//! and read at both ends when it goes. A heap that lets two blocks overlap is caught here.
//!
//! `malloc` and `free` are reached as any C program reaches them, by the dynamic linker, so a
//! preloaded library takes the calls.

use std::arch::asm;
use std::mem::{size_of, take};
use std::ptr::NonNull;

/// The smallest block: two words of header and the byte that ends it.
pub const SMALLEST: u32 = 9;

/// A live block of at least [`SMALLEST`] bytes. Holding it is the right to free it.
#[must_use = "a dropped Block is a leaked block"]
#[repr(transparent)]
pub struct Block(NonNull<u8>);

// SAFETY: a block is plain memory that any thread may write and free.
unsafe impl Send for Block {}

#[derive(Clone, Copy)]
#[repr(C)]
struct Header {
    size: u32,
    mark: u32,
}

const _: () = assert!(size_of::<Header>() < SMALLEST as usize);

impl Block {
    /// `malloc(size)`, written at both ends.
    #[inline(always)]
    pub fn new(size: u32, mark: u32) -> Self {
        debug_assert!(size >= SMALLEST);
        let block = Self(allocate(size as usize));
        block.stamp(Header { size, mark });
        block
    }

    /// Frees the block after looking whether its ends are as they were left; gives its mark.
    #[inline(always)]
    pub fn free(self) -> u32 {
        let Header { size, mark } = self.header();
        if self.last_byte(size) != size as u8 {
            overwritten();
        }
        free(self.0);
        mark
    }

    /// `realloc` to `size` bytes; the header moves along and the new end is written.
    #[inline(always)]
    pub fn resize(&mut self, size: u32) {
        debug_assert!(size >= SMALLEST);
        let old = self.header();
        if self.last_byte(old.size) != old.size as u8 {
            overwritten();
        }
        // SAFETY: `self` is the only handle of a live block, and is replaced by the result.
        let moved = unsafe { libc::realloc(self.0.as_ptr().cast(), size as usize) };
        self.0 = opaque(or_exhausted(moved.cast(), size as usize));
        let header = self.header();
        if header.mark != old.mark {
            overwritten();
        }
        self.stamp(Header { size, mark: old.mark });
    }

    /// Sets the bytes from `from` to the end, as a program that fills what it asked for.
    #[inline(always)]
    pub fn fill(&mut self, from: u32, value: u8) {
        let size = self.header().size;
        let from = from.max(size_of::<Header>() as u32);
        if from + 1 < size {
            // SAFETY: `from..size - 1` lies inside the block's `size` bytes.
            unsafe { self.0.add(from as usize).write_bytes(value, (size - 1 - from) as usize) };
        }
    }

    /// Whether the block still is as [`Block::fill`] left it after `fill(0, mark as u8)`.
    pub fn is_filled(&self) -> bool {
        let Header { size, mark } = self.header();
        let from = size_of::<Header>();
        let length = (size as usize - 1).saturating_sub(from);
        // SAFETY: the bytes lie inside the block's `size`, were written by `fill`, and the block
        // is borrowed, so nobody writes to them.
        let inner = unsafe { std::slice::from_raw_parts(self.0.as_ptr().add(from), length) };
        let difference = inner.iter().fold(0, |sum, byte| sum | (byte ^ mark as u8));
        difference == 0 && self.last_byte(size) == size as u8
    }

    /// The bytes that the heap says the program may use.
    pub fn usable(&self) -> usize {
        // SAFETY: `self` is a live block of the `malloc` in use.
        unsafe { libc::malloc_usable_size(self.0.as_ptr().cast()) }
    }

    /// Writes one word in each `stride` bytes between the two ends.
    #[inline(always)]
    pub fn touch(&mut self, stride: u32) {
        let size = self.header().size;
        let mut at = stride;
        while at < size - 8 {
            // SAFETY: `at + 8 < size`, so the word lies inside the block.
            unsafe { self.0.add(at as usize).cast::<u64>().write_unaligned(u64::from(at)) };
            at += stride;
        }
    }

    /// The size that was asked for.
    #[inline(always)]
    pub fn size(&self) -> u32 {
        self.header().size
    }

    #[inline(always)]
    fn header(&self) -> Header {
        // SAFETY: the block is live and at least `SMALLEST` bytes long, and `stamp` wrote the
        // header when it was made.
        unsafe { self.0.cast::<Header>().read_unaligned() }
    }

    #[inline(always)]
    fn last_byte(&self, size: u32) -> u8 {
        // SAFETY: the block has `size` bytes, so `size - 1` is inside; `stamp` wrote the byte.
        unsafe { self.0.add(size as usize - 1).read() }
    }

    #[inline(always)]
    fn stamp(&self, header: Header) {
        // SAFETY: the block has `header.size >= SMALLEST` bytes, so the header fits before the
        // last byte, and nobody else holds the block.
        unsafe {
            self.0.cast::<Header>().write_unaligned(header);
            self.0.add(header.size as usize - 1).write(header.size as u8);
        }
    }
}

/// A block from `calloc`: `size` zero bytes, found non-zero nowhere it was looked at.
pub fn zeroed(size: u32, mark: u32) -> Block {
    // SAFETY: `calloc` may be called with any two numbers.
    let memory = unsafe { libc::calloc(1, size as usize) };
    let start = opaque(or_exhausted(memory.cast(), size as usize));
    let mut sum = 0u64;
    let mut at = 0;
    while at + 8 <= size as usize {
        // SAFETY: `at + 8 <= size`, so the word lies inside the block, and `calloc` set it.
        sum |= unsafe { start.add(at).cast::<u64>().read_unaligned() };
        at += 64;
    }
    if sum != 0 {
        fail("calloc gave memory that is not zero");
    }
    let block = Block(start);
    block.stamp(Header { size, mark });
    block
}

/// A block of one byte or more whose content is the workload's own business.
#[must_use = "a dropped Raw is a leaked block"]
pub struct Raw(NonNull<u8>);

// SAFETY: as for `Block`.
unsafe impl Send for Raw {}

impl Raw {
    /// `malloc(8)`.
    pub fn word() -> Self {
        Self(allocate(8))
    }

    /// Adds one to each of the eight bytes, `times` times, really going to memory.
    #[inline(always)]
    pub fn hammer(&mut self, times: u64) {
        for _ in 0..times {
            for at in 0..8 {
                // SAFETY: `Raw` has eight bytes and only this handle reaches them.
                unsafe {
                    let byte = self.0.add(at);
                    byte.write_volatile(byte.read_volatile().wrapping_add(1));
                }
            }
        }
    }

    /// Sets all eight bytes to zero.
    pub fn clear(&mut self) {
        // SAFETY: `Raw` has eight bytes.
        unsafe { self.0.write_bytes(0, 8) };
    }

    /// Frees the block.
    pub fn free(self) {
        free(self.0);
    }
}

/// Frees what a slot holds.
#[inline(always)]
pub fn free_slot(slot: &mut Option<Block>) {
    if let Some(block) = take(slot) {
        block.free();
    }
}

#[inline(always)]
fn allocate(size: usize) -> NonNull<u8> {
    // SAFETY: `malloc` may be called with any number.
    opaque(or_exhausted(unsafe { libc::malloc(size) }.cast(), size))
}

#[inline(always)]
fn free(start: NonNull<u8>) {
    // SAFETY: the callers own the only handle of a live block and give it up.
    unsafe { libc::free(opaque(start).as_ptr().cast()) };
}

#[inline(always)]
fn or_exhausted(memory: *mut u8, size: usize) -> NonNull<u8> {
    match NonNull::new(memory) {
        Some(start) => start,
        None => exhausted(size),
    }
}

/// Hides where a pointer comes from, so that the compiler can't drop a `malloc` whose block is
/// freed soon after or merge it with a `memset`. Costs no instruction.
#[inline(always)]
fn opaque(start: NonNull<u8>) -> NonNull<u8> {
    let mut start = start.as_ptr();
    // SAFETY: the text is a comment: nothing is executed and the register keeps its value, which
    // therefore is not null.
    unsafe {
        asm!("/* {0} */", inout(reg) start, options(nostack, preserves_flags));
        NonNull::new_unchecked(start)
    }
}

#[cold]
fn exhausted(size: usize) -> ! {
    fail(&format!("the heap had no {size} bytes"))
}

#[cold]
fn overwritten() -> ! {
    fail("a live block was overwritten: two blocks overlap, or realloc lost the content")
}

#[cold]
fn fail(message: &str) -> ! {
    eprintln!("{message}");
    std::process::exit(3)
}
