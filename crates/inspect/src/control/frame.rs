//! What goes into a frame, and how an interrupted system call goes on.
//!
//! A thread that is stopped in a system call has what the call came to in rax. The kernel acts upon it
//! when the thread goes on from that stop: some results mean that the call is made again, all but one
//! of them only if no signal's handler runs before. So the registers as they were are put back at such
//! a stop, and the kernel does the same as it would have done. Only where nobody is there any more to do
//! so, the code of the borrowed thread makes the call again by itself.

use super::tracee::Registers;
use heapmin_directory::control::Frame;

// linux/errno.h, inside the kernel: the call is made again.
const ERESTARTSYS: i64 = -512;
const ERESTARTNOINTR: i64 = -513;
const ERESTARTNOHAND: i64 = -514;
const ERESTART_RESTARTBLOCK: i64 = -516;
/// Bytes of the instruction `syscall`.
const SYSCALL_BYTES: u64 = 2;
/// The flag for one step at a time, and the one that suppresses it.
const STEP_FLAGS: u64 = 0x1_0100;
/// `__USER_CS`: code of 64 bits.
const CODE_64: u64 = 0x33;
/// Flags of a thread that begins something new.
const PLAIN_FLAGS: u64 = 0x202;

// asm/unistd_64.h
const SYS_IO_PGETEVENTS: i64 = 333;

/// Calls that end with `EINTR` when their thread is stopped, though nothing has happened: nothing was
/// done, and they can be made again.
const MADE_AGAIN: [i64; 21] = [
    libc::SYS_epoll_wait,
    libc::SYS_epoll_pwait,
    libc::SYS_epoll_pwait2,
    libc::SYS_semop,
    libc::SYS_semtimedop,
    libc::SYS_rt_sigtimedwait,
    libc::SYS_io_getevents,
    SYS_IO_PGETEVENTS,
    libc::SYS_io_uring_enter,
    libc::SYS_read,
    libc::SYS_readv,
    libc::SYS_write,
    libc::SYS_writev,
    libc::SYS_accept,
    libc::SYS_accept4,
    libc::SYS_recvfrom,
    libc::SYS_recvmsg,
    libc::SYS_recvmmsg,
    libc::SYS_sendto,
    libc::SYS_sendmsg,
    libc::SYS_sendmmsg,
];

/// Whether the registers are those of code of 64 bits.
pub(crate) fn is_64_bit(registers: &Registers) -> bool {
    registers.cs == CODE_64
}

/// Whether the thread is in a system call, so that rcx and r11 mean nothing.
pub(crate) fn is_in_call(registers: &Registers) -> bool {
    registers.orig_rax.cast_signed() >= 0 && registers.rcx == registers.rip
}

/// The registers to be put back: those of a call that only ended for the stop are made such that the
/// kernel makes it again, unless a handler runs before.
pub(crate) fn to_put_back(registers: &Registers) -> Registers {
    let mut back = *registers;
    let call = registers.orig_rax.cast_signed();
    let interrupted = registers.rax.cast_signed() == -i64::from(libc::EINTR);
    if is_in_call(registers) && interrupted && MADE_AGAIN.contains(&call) {
        back.rax = ERESTARTNOHAND.cast_unsigned();
    }
    back
}

/// The registers with which the thread runs the code at `control`.
pub(crate) fn to_run(registers: &Registers, control: u64, frame: u64) -> Registers {
    Registers {
        rip: control,
        rbx: frame,
        eflags: PLAIN_FLAGS,
        // No call is made again from here.
        orig_rax: u64::MAX,
        ..*registers
    }
}

/// What the code needs to put the thread back by itself. `back`: from [`to_put_back`].
pub(crate) fn frame(back: &Registers, mask: u64) -> Frame {
    let (mut rax, mut rip) = (back.rax, back.rip);
    if back.orig_rax.cast_signed() >= 0 {
        let again = match back.rax.cast_signed() {
            ERESTARTSYS | ERESTARTNOINTR | ERESTARTNOHAND => Some(back.orig_rax),
            ERESTART_RESTARTBLOCK => Some(libc::SYS_restart_syscall.cast_unsigned()),
            _ => None,
        };
        if let Some(call) = again {
            rax = call;
            rip = rip.wrapping_sub(SYSCALL_BYTES);
        }
    }
    Frame {
        mask,
        scratch: u64::from(is_in_call(back)),
        flags: back.eflags & !STEP_FLAGS,
        rsp: back.rsp,
        rip,
        registers: [
            rax, back.rbx, back.rcx, back.rdx, back.rsi, back.rdi, back.rbp, back.r8, back.r9,
            back.r10, back.r11, back.r12, back.r13, back.r14, back.r15,
        ],
        ..Frame::default()
    }
}

/// The words of a frame, in order.
pub(crate) fn words(frame: &Frame) -> Vec<u64> {
    let Frame {
        owner,
        mask,
        request,
        token,
        argument,
        secrets,
        block,
        thread,
        scratch,
        flags,
        rsp,
        rip,
        registers,
    } = *frame;
    let mut words = vec![owner, mask, request, token, argument];
    words.extend(secrets);
    words.extend([block, thread, scratch, flags, rsp, rip]);
    words.extend(registers);
    words
}

const _: () = assert!(size_of::<Frame>() == 28 * 8, "as many words as `words` has");
