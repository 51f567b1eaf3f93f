//! Requests from outside: who may trace the process has it trim or check its heaps. How that goes on
//! is described in [`heapmin_directory::control`].
//!
//! | module | |
//! |---|---|
//! | `entry` | the code that a borrowed thread runs, and with which a serving thread begins |
//! | `elsewhere` | stands for it on architectures without |
//! | `serve` | what the serving thread does |
//! | `validate` | checks all heaps |
//!
//! Nobody gets in by this who isn't in already: the process opens nothing and listens to nothing, and
//! whoever can write a thread's registers, which is what starts it, can make the process do anything.
//! The kernel lets do that whom it lets debug the process: the same user, unless the process has made
//! itself undumpable or the system is set stricter, and root.

#[cfg_attr(not(target_arch = "x86_64"), path = "elsewhere.rs")]
mod entry;
mod serve;
mod validate;

use crate::os;
use core::mem::size_of;
use core::sync::atomic::{AtomicU64, Ordering};
use heapmin_directory::control::{BLOCK_BYTES, Frame, POINTER_OFFSET, STACK_OFFSET, ThreadWords};

pub use entry::heapmin_control_entry as entry;

/// What who asks has to know.
pub static THREAD_WORDS: ThreadWords = ThreadWords::new();

/// Words of a frame, and frames: one is in use at a time, and one is lost for good when who asks is
/// killed while it has stopped a thread that wasn't in a system call.
const FRAME_WORDS: usize = 32;
const FRAMES: usize = 64;

/// Written from outside only.
static FRAME_MEMORY: [[AtomicU64; FRAME_WORDS]; FRAMES] =
    [const { [const { AtomicU64::new(0) }; FRAME_WORDS] }; FRAMES];

const _: () = assert!(size_of::<Frame>() <= FRAME_WORDS * size_of::<u64>());
const _: () = assert!(os::BARE_STACK_BYTES as u64 == STACK_OFFSET);
const _: () = assert!(BLOCK_BYTES as usize == crate::base::units::UNIT);

/// Makes the process ready for requests, when the heap is loaded.
pub fn prepare() {
    let words = &THREAD_WORDS;
    let (thread_block, errno) = os::thread_offsets();
    words.thread_block.store(thread_block as u64, Ordering::Relaxed);
    words.errno.store(errno as u64, Ordering::Relaxed);
    let (mark, end) = entry::lengths();
    if mark == 0 || !os::fits_bare_thread() || os::BARE_POINTER_BYTES as u64 != POINTER_OFFSET {
        return;
    }
    words.mark.store(mark, Ordering::Relaxed);
    words.end.store(end, Ordering::Relaxed);
    words.frame_count.store(FRAMES as u32, Ordering::Relaxed);
    words.frame_bytes.store(size_of_val(&FRAME_MEMORY[0]) as u32, Ordering::Relaxed);
    words.frames.store(FRAME_MEMORY.as_ptr().addr() as u64, Ordering::Release);
}

#[cfg(all(test, target_arch = "x86_64"))]
mod tests;
