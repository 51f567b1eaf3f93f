//! Asking a process to do something with its heaps, from outside.
//!
//! A process offers nothing that others could connect to. Who may trace it (the kernel decides: the
//! same user or root, as for a debugger) borrows one of its threads for a fraction of a millisecond:
//! the thread takes a *control block* from the system and makes a second thread, which does what the
//! block says, keeps the result until it was collected, gives the block back and ends.
//!
//! ```text
//!  control block, 64 KiB:  | Request | stack, downwards | thread-local storage | thread pointer … |
//!                          0                         40 KiB                 56 KiB             64 KiB
//! ```
//! The borrowed thread runs the code at [`Directory::control`](crate::Directory::control), which
//! touches no stack, and finds what it needs in a [`Frame`], its own registers and signals among it:
//! if who asked is gone in the middle, the code puts the thread back by itself.
//!
//! ```text
//!  asker                                             borrowed thread
//!  stops it, writes the frame, sets its registers
//!  to `control`, blocks its signals            ──►   all signals off, mmap, clone  ──►  new thread
//!  stops it before the mark, puts registers    ◄──   waits for 50 ms
//!  and signals back, lets it go                      mark: nobody stopped it, puts itself back
//! ```

use core::sync::atomic::{AtomicU32, AtomicU64};

/// Bytes of a control block.
pub const BLOCK_BYTES: u64 = 64 << 10;
/// Where the stack of its thread begins, downwards.
pub const STACK_OFFSET: u64 = 40 << 10;
/// Where its thread pointer goes.
pub const POINTER_OFFSET: u64 = 56 << 10;

/// What who asks has to know of the process besides [`Directory::control`](crate::Directory::control);
/// written when the heap is loaded.
#[derive(Debug)]
#[repr(C)]
pub struct ThreadWords {
    /// Address of the frames; 0: requests can't be served here, since what a thread reaches by its
    /// thread pointer wouldn't lie inside a control block, or on this architecture.
    pub frames: AtomicU64,
    /// How many there are.
    pub frame_count: AtomicU32,
    /// Bytes from one to the next.
    pub frame_bytes: AtomicU32,
    /// Bytes from the start of the code at `control` to its mark, behind which the thread puts itself
    /// back, and to its end.
    pub mark: AtomicU32,
    /// See `mark`.
    pub end: AtomicU32,
    /// Offset of the heap's own block of a thread from the thread pointer, signed.
    pub thread_block: AtomicU64,
    /// Of `errno`, signed.
    pub errno: AtomicU64,
    /// Addresses of control blocks whose results were collected, each in the place that
    /// [`collected_place`] says: written by who asked. One that is overwritten by another before it was
    /// seen stays until its time is over.
    pub collected: [AtomicU64; COLLECTED],
}

/// Places for collected blocks.
pub const COLLECTED: usize = 64;

/// Where it is said that a block was collected.
pub const fn collected_place(block: u64) -> usize {
    (block / BLOCK_BYTES % COLLECTED as u64) as usize
}

impl ThreadWords {
    /// Nothing known yet.
    pub const fn new() -> Self {
        Self {
            frames: AtomicU64::new(0),
            frame_count: AtomicU32::new(0),
            frame_bytes: AtomicU32::new(0),
            mark: AtomicU32::new(0),
            end: AtomicU32::new(0),
            thread_block: AtomicU64::new(0),
            errno: AtomicU64::new(0),
            collected: [const { AtomicU64::new(0) }; COLLECTED],
        }
    }
}

impl Default for ThreadWords {
    fn default() -> Self {
        Self::new()
    }
}

/// What a borrowed thread needs, and what it has to get back. Words of 8 bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[repr(C)]
pub struct Frame {
    /// The thread, as the process numbers it; 0: the frame is free. Set as long as somebody may need
    /// the frame; the code clears it last, when it has put the thread back by itself.
    pub owner: u64,
    /// Its blocked signals.
    pub mask: u64,
    /// First word of the request: [`crate::MAJOR`], and the kind above.
    pub request: u64,
    /// The request's token.
    pub token: u64,
    /// Its argument.
    pub argument: u64,
    /// The two secrets that compiled code finds by the thread pointer.
    pub secrets: [u64; 2],
    /// Result: the control block, or an error as the system gives it, and then there is no other result.
    pub block: u64,
    /// Result, written last: the new thread as the process numbers it, or an error.
    pub thread: u64,
    /// 1: rcx and r11 mean nothing, as after each system call, so no stack is needed to go back.
    pub scratch: u64,
    /// What it continues with.
    pub flags: u64,
    /// See `flags`.
    pub rsp: u64,
    /// See `flags`.
    pub rip: u64,
    /// rax, rbx, rcx, rdx, rsi, rdi, rbp, r8 to r15.
    pub registers: [u64; 15],
}

/// What is to be done, at the start of a control block.
#[derive(Debug)]
#[repr(C)]
pub struct Request {
    /// [`crate::MAJOR`] of who asks; another one is refused.
    pub major: u32,
    /// One of the `KIND_`s.
    pub kind: u32,
    /// Any number but 0, by which who asks knows the block as its own.
    pub token: u64,
    /// The argument.
    pub argument: u64,
    /// One of the `STATE_`s.
    pub state: AtomicU32,
    /// Padding.
    pub reserved: u32,
    /// Results, by kind.
    pub results: [AtomicU64; 16],
}

/// Trim all heaps. Results: resident bytes before, after, released; left: live, fragmented, cached,
/// huge, metadata.
pub const KIND_TRIM: u32 = 1;
/// Check all heaps. Results: heaps checked, heaps skipped as their users keep each other out
/// themselves or have locked them, 1 if one is damaged; of that one its number, handle, the kind of
/// damage (1 tail, 2 metadata, 3 record, 4 doubly free), address, bytes.
pub const KIND_VALIDATE: u32 = 2;
/// Sample allocations, `argument` bytes apart on average; 0: no more. Results: 1 if it is so now.
pub const KIND_SAMPLE: u32 = 3;

/// Not begun.
pub const STATE_ASKED: u32 = 0;
/// Being done.
pub const STATE_RUNNING: u32 = 1;
/// The results are there.
pub const STATE_DONE: u32 = 2;
/// The kind, or the version, isn't known.
pub const STATE_REFUSED: u32 = 3;

/// Milliseconds for which the results are kept if nobody collects them.
pub const KEPT_MS: u64 = 10_000;
