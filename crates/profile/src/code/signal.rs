//! Signal handlers: who was interrupted stands on the stack, in the system's own form.
//!
//! ```text
//!   handler returns to ─► mov $15, %rax; syscall     the stack pointer there: at the ucontext
//!   ucontext:  40 bytes | r8 … r15 rdi rsi rbp rbx rdx rax rcx rsp rip | …
//! ```
//! The tables for that code say the same in a form that the unwinder doesn't know. On 64-bit Arm,
//! where the code is the system's, a handler's stack ends with it.

use super::unwinder::{CopiedStack, Registers};
use crate::memory::Memory;
use std::collections::HashMap;

/// What a handler returns to, on x86-64.
const TRAMPOLINE: [u8; 9] = [0x48, 0xc7, 0xc0, 0x0f, 0, 0, 0, 0x0f, 0x05];
/// The places of registers in the ucontext.
const FRAME_POINTER: u64 = 40 + 8 * 10;
const STACK_POINTER: u64 = 40 + 8 * 15;
const PROGRAM_COUNTER: u64 = 40 + 8 * 16;

/// The addresses that were looked at.
#[derive(Default)]
pub struct Trampolines(HashMap<u64, bool>);

impl Trampolines {
    /// Whether a call that returns to `address` is really the end of a handler.
    pub fn contain(&mut self, memory: &dyn Memory, address: u64) -> bool {
        *self.0.entry(address).or_insert_with(|| {
            let mut code = [0; TRAMPOLINE.len()];
            memory.read(address, &mut code).is_ok() && code == TRAMPOLINE
        })
    }

    /// Code may have changed.
    pub fn forget(&mut self) {
        self.0.clear();
    }
}

/// The registers of who was interrupted, by the stack pointer behind the handler.
pub fn interrupted(stack: &CopiedStack<'_>, pointer: u64) -> Option<Registers> {
    let word = |offset| stack.word(pointer.checked_add(offset)?);
    Some(Registers {
        counter: word(PROGRAM_COUNTER)?,
        stack: word(STACK_POINTER)?,
        frame: word(FRAME_POINTER)?,
        link: 0,
    })
}
