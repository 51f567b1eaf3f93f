//! The thread's block of 192 bytes, in initial-exec TLS.
//!
//! `thread_local!` in a shared library calls `__tls_get_addr` on each access, which costs more
//! than a whole allocation. The initial-exec model is two loads: the thread pointer, and the
//! block's offset from it, which the dynamic linker writes into the GOT once. Stable Rust can't
//! choose the model for a `thread_local!`, so the block is defined in assembly.
//! It takes 192 bytes of the static TLS reserve that libraries loaded with `dlopen` share.

use core::arch::{asm, global_asm};

/// Bytes in the block; it starts at a cache line and is zero in a new thread.
pub const THREAD_BLOCK_BYTES: usize = 192;

global_asm!(
    ".pushsection .tbss.heapmin_thread_block,\"awT\",%nobits",
    ".p2align 6",
    ".globl heapmin_thread_block",
    ".hidden heapmin_thread_block",
    ".type heapmin_thread_block,%object",
    "heapmin_thread_block:",
    ".zero 192",
    ".size heapmin_thread_block, 192",
    ".popsection",
);

const _: () = assert!(THREAD_BLOCK_BYTES == 192, "the size written in the assembly");

/// A number that no other living thread has, and that a forked child's thread has from its parent.
pub fn thread_token() -> usize {
    thread_block().addr()
}

/// The calling thread's block.
#[inline(always)]
pub fn thread_block() -> *mut u8 {
    let block: *mut u8;
    #[cfg(target_arch = "x86_64")]
    // SAFETY: reads the thread pointer, which the ABI keeps at fs:0, and the symbol's constant
    // offset from it; both stay the same for the life of the thread.
    unsafe {
        asm!(
            "mov {block}, qword ptr fs:[0]",
            "add {block}, qword ptr [rip + heapmin_thread_block@GOTTPOFF]",
            block = out(reg) block,
            options(pure, nomem, nostack),
        );
    }
    #[cfg(target_arch = "aarch64")]
    // SAFETY: reads the thread pointer register and the symbol's constant offset from it.
    unsafe {
        asm!(
            "adrp {offset}, :gottprel:heapmin_thread_block",
            "ldr {offset}, [{offset}, :gottprel_lo12:heapmin_thread_block]",
            "mrs {block}, tpidr_el0",
            "add {block}, {block}, {offset}",
            block = out(reg) block,
            offset = out(reg) _,
            options(pure, nomem, nostack),
        );
    }
    block
}
