//! The code that a borrowed thread runs. It is entered with the address of its
//! [`Frame`] in rbx and anything in the other registers, uses no stack, and needs nobody: if who
//! asked is gone, it puts the thread back from the frame, and the interrupted system call is made
//! again.
//!
//! ```text
//!  every signal off, mmap, the request into the block, clone ── new thread ──► serve, munmap, exit
//!  waits a moment: who asked stops the thread here, and puts it back
//!  mark: nobody did
//!  flags, signals as they were, registers, off
//! ```
//! Flags are put back early, by a stack that is the frame, as long as no signal can come. What follows
//! changes none: moves, `jrcxz`, and system calls, which keep them.
//!
//! The last step has to free the frame, and then needs memory that nobody else can write. After a
//! system call rcx and r11 mean nothing, and the frame isn't read any more when it is free. Elsewhere
//! all registers matter, so two words go below the red zone of the thread's stack, as a signal's would.

use super::serve::heapmin_control_serve;
use core::arch::global_asm;
use core::mem::offset_of;
use heapmin_directory::control::{BLOCK_BYTES, Frame, POINTER_OFFSET, Request, STACK_OFFSET};

// A thread that shares everything with its maker, as the C library makes them, but for the word that
// the system would clear in the end: its memory is gone by then.
const CLONE: i32 = libc::CLONE_VM
    | libc::CLONE_FS
    | libc::CLONE_FILES
    | libc::CLONE_SIGHAND
    | libc::CLONE_THREAD
    | libc::CLONE_SYSVSEM
    | libc::CLONE_SETTLS;

/// How long the thread waits for who asked to put it back.
const AT_MARK_NS: u64 = 50_000_000;

// linux/errno.h: results above are errors.
const ERRORS: i32 = -4095;

unsafe extern "C" {
    /// See the module.
    pub fn heapmin_control_entry();
    fn heapmin_control_mark();
    fn heapmin_control_end();
}

/// Bytes from the entry to the mark and to the end.
pub fn lengths() -> (u32, u32) {
    let entry = heapmin_control_entry as *const () as usize;
    let mark = heapmin_control_mark as *const () as usize;
    let end = heapmin_control_end as *const () as usize;
    (mark.wrapping_sub(entry) as u32, end.wrapping_sub(entry) as u32)
}

const fn register(number: usize) -> usize {
    offset_of!(Frame, registers) + number * size_of::<u64>()
}

global_asm!(
    ".pushsection .text.heapmin_control,\"ax\",@progbits",
    ".globl heapmin_control_entry",
    ".hidden heapmin_control_entry",
    ".type heapmin_control_entry,@function",
    ".p2align 4",
    "heapmin_control_entry:",
    // rt_sigprocmask(SIG_SETMASK, all, null, 8)
    "mov eax, {sigprocmask}",
    "mov edi, {setmask}",
    "lea rsi, [rip + 90f]",
    "xor edx, edx",
    "mov r10d, 8",
    "syscall",
    // mmap(null, BLOCK, READ | WRITE, PRIVATE | ANONYMOUS, -1, 0)
    "mov eax, {mmap}",
    "xor edi, edi",
    "mov esi, {block_bytes}",
    "mov edx, {protection}",
    "mov r10d, {mapping}",
    "mov r8, -1",
    "xor r9d, r9d",
    "syscall",
    "mov [rbx + {block}], rax",
    "cmp rax, {errors}",
    "jae 20f",
    "mov r12, rax",
    // The request.
    "mov rax, [rbx + {request}]",
    "mov [r12], rax",
    "mov rax, [rbx + {token}]",
    "mov [r12 + {to_token}], rax",
    "mov rax, [rbx + {argument}]",
    "mov [r12 + {to_argument}], rax",
    // The thread pointer, its two copies, the two secrets.
    "lea r8, [r12 + {pointer}]",
    "mov [r8], r8",
    "mov [r8 + 0x10], r8",
    "mov rax, [rbx + {secrets}]",
    "mov [r8 + 0x28], rax",
    "mov rax, [rbx + {secrets} + 8]",
    "mov [r8 + 0x30], rax",
    // clone(flags, stack, null, null, thread pointer)
    "mov eax, {clone}",
    "mov edi, {flags_of_clone}",
    "lea rsi, [r12 + {stack}]",
    "xor edx, edx",
    "xor r10d, r10d",
    "syscall",
    "test rax, rax",
    "jz 80f",
    "mov r13, rax",
    "jns 10f",
    // There is no thread to give the block back.
    "mov eax, {munmap}",
    "mov rdi, r12",
    "mov esi, {block_bytes}",
    "syscall",
    "10:",
    "mov [rbx + {thread}], r13",
    // The mark: rt_sigtimedwait(nothing, null, time, 8). Other calls that wait would forget how the
    // interrupted one goes on.
    "20:",
    "mov eax, {sigtimedwait}",
    "lea rdi, [rip + 91f]",
    "xor esi, esi",
    "lea rdx, [rip + 92f]",
    "mov r10d, 8",
    "syscall",
    ".globl heapmin_control_mark",
    ".hidden heapmin_control_mark",
    "heapmin_control_mark:",
    // Nobody has stopped the thread before.
    "lea rsp, [rbx + {flags}]",
    "popfq",
    "mov rsp, [rbx + {rsp}]",
    // rt_sigprocmask(SIG_SETMASK, as it was, null, 8)
    "mov eax, {sigprocmask}",
    "mov edi, {setmask}",
    "lea rsi, [rbx + {mask}]",
    "mov edx, 0",
    "mov r10d, 8",
    "syscall",
    "mov rax, [rbx + {rax}]",
    "mov rdx, [rbx + {rdx}]",
    "mov rsi, [rbx + {rsi}]",
    "mov rdi, [rbx + {rdi}]",
    "mov rbp, [rbx + {rbp}]",
    "mov r8, [rbx + {r8}]",
    "mov r9, [rbx + {r9}]",
    "mov r10, [rbx + {r10}]",
    "mov r12, [rbx + {r12}]",
    "mov r13, [rbx + {r13}]",
    "mov r14, [rbx + {r14}]",
    "mov r15, [rbx + {r15}]",
    "mov rcx, [rbx + {scratch}]",
    "jrcxz 30f",
    "mov rcx, [rbx + {rip}]",
    "mov r11, rbx",
    "mov rbx, [r11 + {rbx}]",
    "mov qword ptr [r11], 0",
    "jmp rcx",
    "30:",
    "mov r11, [rbx + {r11}]",
    "lea rsp, [rsp - 144]",
    "mov rcx, [rbx + {rbx}]",
    "mov [rsp], rcx",
    "mov rcx, [rbx + {rip}]",
    "mov [rsp + 8], rcx",
    "mov rcx, [rbx + {rcx}]",
    "mov qword ptr [rbx], 0",
    "pop rbx",
    "ret 128",
    // The new thread, on its own stack.
    "80:",
    "xor ebp, ebp",
    "mov rdi, r12",
    "call {serve}",
    // munmap(block), exit(0), without a stack.
    "mov eax, {munmap}",
    "mov rdi, r12",
    "mov esi, {block_bytes}",
    "syscall",
    "mov eax, {exit}",
    "xor edi, edi",
    "syscall",
    "ud2",
    ".p2align 3",
    "90:",
    ".quad -1",
    "91:",
    ".quad 0",
    "92:",
    ".quad 0, {at_mark}",
    ".globl heapmin_control_end",
    ".hidden heapmin_control_end",
    "heapmin_control_end:",
    ".size heapmin_control_entry, . - heapmin_control_entry",
    ".popsection",
    serve = sym heapmin_control_serve,
    sigtimedwait = const libc::SYS_rt_sigtimedwait,
    at_mark = const AT_MARK_NS,
    sigprocmask = const libc::SYS_rt_sigprocmask,
    mmap = const libc::SYS_mmap,
    munmap = const libc::SYS_munmap,
    clone = const libc::SYS_clone,
    exit = const libc::SYS_exit,
    setmask = const libc::SIG_SETMASK,
    protection = const libc::PROT_READ | libc::PROT_WRITE,
    mapping = const libc::MAP_PRIVATE | libc::MAP_ANONYMOUS,
    flags_of_clone = const CLONE,
    errors = const ERRORS,
    block_bytes = const BLOCK_BYTES,
    pointer = const POINTER_OFFSET,
    stack = const STACK_OFFSET,
    mask = const offset_of!(Frame, mask),
    request = const offset_of!(Frame, request),
    token = const offset_of!(Frame, token),
    argument = const offset_of!(Frame, argument),
    secrets = const offset_of!(Frame, secrets),
    block = const offset_of!(Frame, block),
    thread = const offset_of!(Frame, thread),
    scratch = const offset_of!(Frame, scratch),
    flags = const offset_of!(Frame, flags),
    rsp = const offset_of!(Frame, rsp),
    rip = const offset_of!(Frame, rip),
    rax = const register(0),
    rbx = const register(1),
    rcx = const register(2),
    rdx = const register(3),
    rsi = const register(4),
    rdi = const register(5),
    rbp = const register(6),
    r8 = const register(7),
    r9 = const register(8),
    r10 = const register(9),
    r11 = const register(10),
    r12 = const register(11),
    r13 = const register(12),
    r14 = const register(13),
    r15 = const register(14),
    to_token = const offset_of!(Request, token),
    to_argument = const offset_of!(Request, argument),
);

// The code writes the first word of each.
const _: () = assert!(offset_of!(Frame, owner) == 0);
const _: () = assert!(offset_of!(Request, major) == 0 && offset_of!(Request, kind) == 4);
