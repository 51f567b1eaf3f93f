//! Random bits, and whether an address can be read.

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
