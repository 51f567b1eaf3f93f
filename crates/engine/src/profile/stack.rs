//! The calling thread's registers, and what is on its stack.

use crate::os;
use core::ptr;
use core::sync::atomic::{AtomicUsize, Ordering};
use heapmin_directory::profile::Sample;

/// Writes the calling thread's registers into `sample`, where its number is, and up to `bytes` of its
/// stack to `to`, from the stack pointer upwards.
///
/// # Safety
/// `bytes` bytes at `to` are the caller's.
#[inline(never)]
pub unsafe fn copy(sample: &mut Sample, to: usize, bytes: usize) {
    capture(&mut sample.registers);
    let pointer = sample.registers[STACK_POINTER] as usize;
    let to = ptr::with_exposed_provenance_mut::<u8>(to);
    let to_end = END.load(Ordering::Relaxed).wrapping_sub(pointer);
    let to_block = os::thread_token().wrapping_sub(pointer);
    let own = if to_end <= SURELY_THERE {
        Some(to_end)
    } else {
        let is_own = to_block <= SMALLEST_STACK && !os::is_first_thread(sample.thread);
        is_own.then_some(to_block)
    };
    let copied = if let Some(left) = own {
        let bytes = bytes.min(left);
        // SAFETY: from the stack pointer to the end of the thread's own stack all can be read. It is that
        // stack: another, of a coroutine, can't be so near to the end, with a whole stack in between. The
        // rest by the contract of this function.
        unsafe { copy_raw(pointer, to, bytes) };
        bytes
    } else {
        // SAFETY: by the contract of this function.
        unsafe { os::copy_readable(sample.thread, pointer, to, bytes) }
    };
    sample.stack_bytes = copied as u32;
}

/// Where the first thread's stack ends, as far as functions use it.
static END: AtomicUsize = AtomicUsize::new(0);
/// Bytes below that end in which nothing else can be: the system keeps a megabyte below a stack free.
const SURELY_THERE: usize = 512 << 10;
/// Bytes below a thread's block in which there is nothing but its own stack: stacks are at least 16 KiB,
/// of which the thread's data above the block, its other libraries' and a guard page take 10.
const SMALLEST_STACK: usize = 6 << 10;

/// Notes where the first thread's stack ends: whatever its functions use is below.
pub fn set_end_of_stack(address: usize) {
    END.store(address, Ordering::Relaxed);
}

/// Copies bytes that may be anything, some of them never written: so not as values.
///
/// # Safety
/// `bytes` bytes can be read at `from`, and those at `to` are the caller's.
unsafe fn copy_raw(from: usize, to: *mut u8, bytes: usize) {
    #[cfg(target_arch = "x86_64")]
    // SAFETY: by the contract of this function.
    unsafe {
        core::arch::asm!(
            "rep movsb",
            inout("rsi") from => _,
            inout("rdi") to => _,
            inout("rcx") bytes => _,
            options(nostack, preserves_flags),
        );
    }
    #[cfg(not(target_arch = "x86_64"))]
    for index in 0..bytes {
        // SAFETY: by the contract of this function.
        unsafe { to.add(index).write_volatile(at(from + index).read_volatile()) };
    }
}

#[cfg(not(target_arch = "x86_64"))]
fn at(address: usize) -> *const u8 {
    ptr::with_exposed_provenance(address)
}

/// The stack pointer's place among the registers.
const STACK_POINTER: usize = 1;

#[cfg(target_arch = "x86_64")]
#[inline(always)]
fn capture(registers: &mut [u64; 8]) {
    // SAFETY: writes the registers to the eight words.
    unsafe {
        core::arch::asm!(
            "lea {scratch}, [rip]",
            "mov [{to}], {scratch}",
            "mov [{to} + 8], rsp",
            "mov [{to} + 16], rbp",
            "mov [{to} + 24], rbx",
            "mov [{to} + 32], r12",
            "mov [{to} + 40], r13",
            "mov [{to} + 48], r14",
            "mov [{to} + 56], r15",
            to = in(reg) registers.as_mut_ptr(),
            scratch = out(reg) _,
            options(nostack, preserves_flags),
        );
    }
}

#[cfg(target_arch = "aarch64")]
#[inline(always)]
fn capture(registers: &mut [u64; 8]) {
    // SAFETY: writes the registers to the first four words.
    unsafe {
        core::arch::asm!(
            "adr {scratch}, .",
            "str {scratch}, [{to}]",
            "mov {scratch}, sp",
            "str {scratch}, [{to}, 8]",
            "str x29, [{to}, 16]",
            "str x30, [{to}, 24]",
            to = in(reg) registers.as_mut_ptr(),
            scratch = out(reg) _,
            options(nostack, preserves_flags),
        );
    }
}
