//! How much memory the system says the process has, from `/proc/self/status`.

use core::ffi::{CStr, c_void};

const STATUS: &CStr = c"/proc/self/status";

/// Resident memory in bytes.
#[derive(Clone, Copy)]
pub struct Resident {
    /// Now.
    pub now: u64,
    /// The most that it ever was.
    pub peak: u64,
}

/// Asks the system; `None` where `/proc` is missing or hidden.
pub fn measure() -> Option<Resident> {
    let mut buffer = [0u8; 4096];
    // SAFETY: the path is a C string.
    let file = unsafe { libc::open(STATUS.as_ptr(), libc::O_RDONLY | libc::O_CLOEXEC) };
    if file < 0 {
        return None;
    }
    let place = buffer.as_mut_ptr().cast::<c_void>();
    // SAFETY: `place` is valid for writing as many bytes.
    let read = unsafe { libc::read(file, place, buffer.len()) };
    // SAFETY: the descriptor was opened above and nobody else knows it.
    unsafe { libc::close(file) };
    let status = buffer.get(..usize::try_from(read).ok()?)?;
    Some(Resident { now: kilobytes(status, b"\nVmRSS:")?, peak: kilobytes(status, b"\nVmHWM:")? })
}

/// The number after `label`, which the system gives in units of 1024 bytes.
fn kilobytes(status: &[u8], label: &[u8]) -> Option<u64> {
    let at = status.windows(label.len()).position(|window| window == label)?;
    let rest = status.get(at + label.len()..)?;
    let digits = rest.iter().skip_while(|byte| byte.is_ascii_whitespace());
    let number = digits
        .take_while(|byte| byte.is_ascii_digit())
        .fold(0u64, |number, digit| number.wrapping_mul(10).wrapping_add(u64::from(digit - b'0')));
    Some(number.wrapping_mul(1024))
}
