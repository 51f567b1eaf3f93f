//! Standard error, the end of the process, and the hooks for fork and for the end of a thread.

use super::keeping_errno;
use core::ffi::c_void;
use core::sync::atomic::{AtomicU32, Ordering};

/// The key whose destructor runs at a thread's end, plus one; 0 while there is none.
static EXIT_KEY: AtomicU32 = AtomicU32::new(0);

/// Writes to standard error, ignoring failures.
pub fn write_error(bytes: &[u8]) {
    // SAFETY: the slice is valid for reading for the length of the call.
    let write = |file| unsafe { libc::write(file, bytes.as_ptr().cast(), bytes.len()) };
    keeping_errno(|| {
        if write(2) >= 0 {
            return;
        }
        // A thread with a table of descriptors of its own has none: the process may.
        let path = c"/proc/self/fd/2".as_ptr();
        // SAFETY: the path is a C string.
        let file = unsafe { libc::open(path, libc::O_WRONLY | libc::O_CLOEXEC | libc::O_NOCTTY) };
        if file >= 0 {
            write(file);
            // SAFETY: the descriptor was opened above, and nobody else knows it.
            unsafe { libc::close(file) };
        }
    });
}

/// Ends the process with `SIGABRT`.
pub fn abort() -> ! {
    // SAFETY: abort has no preconditions.
    unsafe { libc::abort() }
}

/// Registers what runs in the forking thread before a fork, and after it in parent and child.
pub fn at_fork(prepare: extern "C" fn(), parent: extern "C" fn(), child: extern "C" fn()) {
    // SAFETY: the handlers are functions that live as long as the program.
    keeping_errno(|| unsafe {
        libc::pthread_atfork(Some(prepare), Some(parent), Some(child));
    });
}

/// Registers what runs at the end of each thread that called [`watch_thread_exit`].
/// Called once, before any thread is watched.
pub fn on_thread_exit(hook: unsafe extern "C" fn(*mut c_void)) {
    let mut key: libc::pthread_key_t = 0;
    // SAFETY: `key` is valid for writing; the hook lives as long as the program.
    let result = keeping_errno(|| unsafe { libc::pthread_key_create(&mut key, Some(hook)) });
    if result == 0 {
        EXIT_KEY.store(key + 1, Ordering::Release);
    }
}

/// Asks that the exit hook runs when the calling thread ends. Other exit hooks of the program
/// may run after it, so it may be asked for again from then on, as often as the C library
/// repeats its rounds (`PTHREAD_DESTRUCTOR_ITERATIONS`). `false`: the thread's end goes unseen.
pub fn watch_thread_exit() -> bool {
    let key = EXIT_KEY.load(Ordering::Acquire);
    if key == 0 {
        return false;
    }
    let value = core::ptr::without_provenance::<c_void>(1);
    // SAFETY: the key was created by `on_thread_exit` and is never deleted.
    keeping_errno(|| unsafe { libc::pthread_setspecific(key - 1, value) }) == 0
}

/// The calling thread, by the number that the system gives it.
pub fn thread_id() -> u32 {
    // SAFETY: reads a number.
    unsafe { libc::gettid() }.cast_unsigned()
}

/// Whether the thread with this number is the process's first, or the only one that a fork has left.
pub fn is_first_thread(thread: u32) -> bool {
    // SAFETY: reads a number.
    unsafe { libc::getpid() }.cast_unsigned() == thread
}
