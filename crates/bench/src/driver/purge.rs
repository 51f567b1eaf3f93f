//! The call that gives memory back, which a preloaded library knows (`giveback/purge.c`).

use std::ffi::{CStr, c_char, c_int, c_void};
use std::time::{Duration, Instant};

/// What the call did.
pub struct Called {
    /// Whether the allocator has such a call, and it succeeded.
    pub done: bool,
    /// How long it took.
    pub time: Duration,
}

/// Calls it, and takes the time.
pub fn timed() -> Called {
    let function = symbol(c"heapmin_bench_purge");
    if function.is_null() {
        return Called { done: false, time: Duration::ZERO };
    }
    // SAFETY: purge.c: `int heapmin_bench_purge(void)`.
    let function: extern "C" fn() -> c_int = unsafe { std::mem::transmute(function) };
    let start = Instant::now();
    let done = function() == 0;
    Called { done, time: start.elapsed() }
}

/// What is called, in words, as a member of a JSON object; nothing if there is nothing to call.
pub fn name_told() -> String {
    let function = symbol(c"heapmin_bench_purge_name");
    if function.is_null() {
        return String::new();
    }
    // SAFETY: purge.c: `const char *heapmin_bench_purge_name(void)`.
    let function: extern "C" fn() -> *const c_char = unsafe { std::mem::transmute(function) };
    let name = function();
    if name.is_null() {
        return String::new();
    }
    // SAFETY: it is a literal in a library that stays loaded.
    format!("\"call\":\"{}\"", unsafe { CStr::from_ptr(name) }.to_string_lossy())
}

fn symbol(name: &CStr) -> *mut c_void {
    // SAFETY: the name is a C string; the default search order is what the program itself uses.
    unsafe { libc::dlsym(libc::RTLD_DEFAULT, name.as_ptr()) }
}

impl Called {
    /// As members of a JSON object.
    pub fn told(&self) -> String {
        format!("\"called\":{},\"seconds\":{}", self.done, self.time.as_secs_f64())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_the_library_nothing_is_called() {
        let called = timed();
        assert!(!called.done);
        assert!(name_told().is_empty());
        assert_eq!(called.told(), "\"called\":false,\"seconds\":0");
    }
}
