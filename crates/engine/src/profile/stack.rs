//! The calling thread's registers, and what is on its stack.

use crate::os;
use core::ptr;
use heapmin_directory::profile::Sample;

/// Writes the calling thread's registers into `sample`, where its number is, and up to `bytes` of its stack to `to`, from
/// the stack pointer upwards.
///
/// # Safety
/// `bytes` bytes at `to` are the caller's.
#[inline(never)]
pub unsafe fn copy(sample: &mut Sample, to: usize, bytes: usize) {
    capture(&mut sample.registers);
    let pointer = sample.registers[STACK_POINTER] as usize;
    let to = ptr::with_exposed_provenance_mut::<u8>(to);
    // SAFETY: by the contract of this function.
    let copied = unsafe { os::copy_readable(sample.thread, pointer, to, bytes) };
    sample.stack_bytes = copied as u32;
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
