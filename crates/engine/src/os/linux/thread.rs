//! A bare thread: one that the C library knows nothing of.
//!
//! `pthread_create` allocates and takes locks that the thread which frees memory may hold, makes
//! the C library think that the program has threads (its locks get slower for good), and keeps the
//! process alive after its last thread has ended. This thread does none of that. In turn it may
//! only do what needs nothing of the C library but `errno`: system calls and the engine's own work.
//!
//! ```text
//!  its memory, one unit:  | stack, downwards | thread-local storage | thread pointer: what the C |
//!                         |                  | of libraries         | library keeps for a thread |
//!                         0               40 KiB                 56 KiB                      64 KiB
//! ```
//! Signals are for the program's threads: in this one all are blocked.

use super::keeping_errno;
use crate::base::units::UNIT;
use core::ffi::c_void;
use core::ptr;
use core::sync::atomic::{AtomicU32, Ordering};

/// What a bare thread runs.
pub type Body = extern "C" fn(*mut c_void) -> i32;

/// Bytes of stack: ten times what the deepest of the engine's work uses.
const STACK: usize = 40 << 10;

#[cfg(target_arch = "x86_64")]
mod layout {
    /// Where the thread pointer goes, from the start of the memory.
    pub const POINTER: usize = 56 << 10;
    /// The storage of libraries that are loaded at the start lies below it.
    pub const STORAGE: core::ops::Range<isize> = -(16 << 10)..0;
    /// The words above it that a new thread has from the thread that makes it: the secrets that
    /// compiled code checks its stack with, and that the C library hides addresses with.
    pub const SECRETS: [usize; 2] = [0x28, 0x30];
    /// The words that hold the thread pointer itself.
    pub const SELVES: [usize; 2] = [0, 0x10];
}

#[cfg(target_arch = "aarch64")]
mod layout {
    /// Where the thread pointer goes, from the start of the memory.
    pub const POINTER: usize = 48 << 10;
    /// The storage of libraries that are loaded at the start lies above it.
    pub const STORAGE: core::ops::Range<isize> = 16..(16 << 10);
    pub const SECRETS: [usize; 0] = [];
    pub const SELVES: [usize; 0] = [];
}

/// Where the stack of a bare thread begins, downwards, from the start of its memory.
pub const BARE_STACK_BYTES: usize = STACK;
/// Where its thread pointer goes.
pub const BARE_POINTER_BYTES: usize = layout::POINTER;

/// How far the thread's block and `errno` are from the thread pointer, in every thread.
pub fn thread_offsets() -> (isize, isize) {
    let pointer = thread_pointer();
    // SAFETY: the C library gives each thread its own errno at a fixed address.
    let errno = unsafe { libc::__errno_location() }.addr();
    let offset = |address: usize| address.wrapping_sub(pointer).cast_signed();
    (offset(super::thread_block().addr()), offset(errno))
}

/// Whether everything that a thread reaches by its thread pointer lies where the memory of a bare
/// thread has room.
pub fn fits_bare_thread() -> bool {
    let (block, errno) = thread_offsets();
    let fits = |start: isize, bytes: usize| {
        let end = start.saturating_add(bytes.cast_signed());
        start >= layout::STORAGE.start && end <= layout::STORAGE.end
    };
    fits(block, super::tls::THREAD_BLOCK_BYTES) && fits(errno, size_of::<i32>())
}

/// Sees to it that forked children don't have this memory.
pub fn keep_from_children(address: usize, bytes: usize) {
    let start = at(address).cast::<c_void>();
    // SAFETY: the advice changes nothing in this process.
    keeping_errno(|| unsafe { libc::madvise(start, bytes, libc::MADV_DONTFORK) });
}

/// Starts a bare thread in `memory`, a unit that reads as zero and is nobody else's until `alive`
/// is 0 again; not 0 from now on. `false`: it can't be made.
pub fn start_bare_thread(memory: usize, alive: &'static AtomicU32, body: Body) -> bool {
    if !fits_bare_thread() {
        return false;
    }
    let pointer = thread_pointer();
    let tls = memory + layout::POINTER;
    for (word, value) in layout::SELVES.map(|word| (word, tls)) {
        // SAFETY: inside the memory, above the thread pointer.
        unsafe { at(tls + word).write(value) };
    }
    for word in layout::SECRETS {
        // SAFETY: the calling thread's own block is as long, and so is the new one's.
        unsafe { at(tls + word).write(at(pointer + word).read()) };
    }
    alive.store(1, Ordering::Relaxed);
    let flags = libc::CLONE_VM
        | libc::CLONE_FS
        | libc::CLONE_FILES
        | libc::CLONE_SIGHAND
        | libc::CLONE_THREAD
        | libc::CLONE_SYSVSEM
        | libc::CLONE_SETTLS
        | libc::CLONE_CHILD_CLEARTID;
    let stack = at(memory + STACK).cast::<c_void>();
    let word = alive.as_ptr().cast::<libc::pid_t>();
    let started = without_signals(|| {
        // SAFETY: the stack and the storage are the new thread's alone, aligned, and long enough;
        // the kernel clears `alive` when it is done with both.
        let id = keeping_errno(|| unsafe {
            libc::clone(
                body,
                stack,
                flags,
                ptr::null_mut(),
                ptr::null_mut::<libc::pid_t>(),
                at(tls),
                word,
            )
        });
        id > 0
    });
    if !started {
        alive.store(0, Ordering::Relaxed);
    }
    started
}

/// What a bare thread does first.
pub fn introduce_bare_thread() {
    let name = c"heapmin".as_ptr();
    // SAFETY: the name is a C string.
    keeping_errno(|| unsafe { libc::prctl(libc::PR_SET_NAME, name) });
    drop_rights();
}

/// Gives up every capability: when the program becomes another user, the C library makes its own
/// threads follow, but not this one.
fn drop_rights() {
    // linux/capability.h: version 3, of the calling thread; then two words each of three sets.
    let whose = [0x2008_0522_u32, 0];
    let none = [0u32; 6];
    // SAFETY: both are what the call reads.
    keeping_errno(|| unsafe { libc::syscall(libc::SYS_capset, whose.as_ptr(), none.as_ptr()) });
}

fn at(address: usize) -> *mut usize {
    ptr::with_exposed_provenance_mut(address)
}

/// Runs `work` with every signal blocked, those of the C library too, which its functions would
/// leave out.
fn without_signals(work: impl FnOnce() -> bool) -> bool {
    const BYTES: usize = size_of::<u64>();
    let all = u64::MAX;
    let mut before = 0u64;
    let set = |new: *const u64, old: *mut u64| {
        // SAFETY: both are null or 8 bytes, the kernel's signal set.
        keeping_errno(|| unsafe {
            libc::syscall(libc::SYS_rt_sigprocmask, libc::SIG_SETMASK, new, old, BYTES)
        })
    };
    if set(&all, &mut before) != 0 {
        return false;
    }
    let result = work();
    set(&before, ptr::null_mut());
    result
}

#[cfg(target_arch = "x86_64")]
fn thread_pointer() -> usize {
    let pointer: usize;
    // SAFETY: the ABI keeps the thread pointer at fs:0.
    unsafe {
        core::arch::asm!("mov {}, qword ptr fs:[0]", out(reg) pointer, options(pure, readonly, nostack));
    }
    pointer
}

#[cfg(target_arch = "aarch64")]
fn thread_pointer() -> usize {
    let pointer: usize;
    // SAFETY: reads the thread pointer register.
    unsafe {
        core::arch::asm!("mrs {}, tpidr_el0", out(reg) pointer, options(pure, nomem, nostack))
    };
    pointer
}

const _: () = assert!(STACK + (16 << 10) <= UNIT);
