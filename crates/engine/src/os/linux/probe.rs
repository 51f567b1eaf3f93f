//! Random bits, and memory of which nobody knows whether it can be read.

use super::keeping_errno;
use core::ptr;

/// Below it nothing is ever mapped.
const SMALLEST_ADDRESS: usize = 4096;

/// Bits that nobody outside the process can guess.
pub fn random_word() -> u64 {
    let mut word = 0u64;
    let place = (&raw mut word).cast();
    // SAFETY: `word` is valid for writing its eight bytes for the length of the call.
    let got =
        keeping_errno(|| unsafe { libc::getrandom(place, size_of::<u64>(), libc::GRND_NONBLOCK) });
    if got == size_of::<u64>() as isize {
        return word;
    }
    // SAFETY: getauxval reads the auxiliary vector; AT_RANDOM is 0 or the address of 16 bytes that
    // the kernel put there for the life of the process.
    let bytes = unsafe { libc::getauxval(libc::AT_RANDOM) } as usize;
    if bytes == 0 {
        return ptr::from_ref(&word).addr() as u64;
    }
    let bytes = ptr::with_exposed_provenance::<u64>(bytes);
    // SAFETY: as above.
    unsafe { bytes.read_unaligned() }.rotate_left(17)
}

/// Whether the byte at `address` can be read.
///
/// The kernel copies a signal set from there before it looks at what is to be done with it, and
/// says `EFAULT` if it can't; otherwise it finds that there is nothing to do.
pub fn is_readable(address: usize) -> bool {
    if address < SMALLEST_ADDRESS {
        // To the kernel, a null set is none, and no error.
        return false;
    }
    const NO_SUCH_OPERATION: i32 = -1;
    const SET_BYTES: usize = 8;
    let set = ptr::with_exposed_provenance::<u64>(address & !(SET_BYTES - 1));
    let mut error = 0;
    keeping_errno(|| {
        // SAFETY: the kernel reads eight bytes if it can, and changes nothing.
        let result = unsafe {
            libc::syscall(
                libc::SYS_rt_sigprocmask,
                NO_SUCH_OPERATION,
                set,
                ptr::null_mut::<u64>(),
                SET_BYTES,
            )
        };
        if result != 0 {
            // SAFETY: the C library gives each thread its own errno at a fixed address.
            error = unsafe { libc::__errno_location().read() };
        }
    });
    error != libc::EFAULT
}

/// Pages that [`copy_readable`] copies at most.
const MOST_PAGES: usize = 8;

/// Copies up to `bytes` bytes of this process, one of whose threads is `thread`, from `from` on, as far
/// as they can be read, page by page. Returns how many.
///
/// # Safety
/// `bytes` bytes at `to` are the caller's.
pub unsafe fn copy_readable(thread: u32, from: usize, to: *mut u8, bytes: usize) -> usize {
    const SMALLEST_PAGE: usize = 4096;
    let mut pages = [libc::iovec { iov_base: ptr::null_mut(), iov_len: 0 }; MOST_PAGES];
    let (mut at, end) = (from, from.saturating_add(bytes));
    let mut count = 0;
    for page in &mut pages {
        if at >= end {
            break;
        }
        let stop = ((at | (SMALLEST_PAGE - 1)).saturating_add(1)).min(end);
        page.iov_base = ptr::with_exposed_provenance_mut(at);
        page.iov_len = stop - at;
        at = stop;
        count += 1;
    }
    let own = libc::iovec { iov_base: to.cast(), iov_len: bytes };
    let mut copied = 0;
    keeping_errno(|| {
        let process = thread.cast_signed();
        // SAFETY: the kernel reads what can be read, and writes to the caller's bytes only.
        copied = unsafe { libc::process_vm_readv(process, &own, 1, pages.as_ptr(), count, 0) };
    });
    usize::try_from(copied).unwrap_or(0)
}
