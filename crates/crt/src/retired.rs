//! Functions that today's C run-time has no more, with what they did last.

use crate::administration::{HEAPOK, check};
use crate::errno;
use crate::side::Side;
use core::ffi::{c_int, c_uint, c_void};
use heapmin_engine::exact::ExactHeap;

/// Checks the heap as `_heapchk` does and then sets every byte of its free blocks to the low byte
/// of `fill`; a damaged heap isn't filled.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn _heapset(fill: c_uint) -> c_int {
    let code = check();
    if let Some(heap) = ExactHeap::process().filter(|_| code == HEAPOK) {
        heap.fill_free(fill as u8);
    }
    code
}

/// Adding memory to the heap has never been possible on Windows: -1 and `ENOSYS`.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn _heapadd(_memory: *mut c_void, _size: usize) -> c_int {
    errno::set(Side::Program, errno::ENOSYS);
    -1
}

/// Never had a function on Windows: 0 and `ENOSYS`; the places stay as they are.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn _heapused(_used: *mut usize, _commit: *mut usize) -> usize {
    errno::set(Side::Program, errno::ENOSYS);
    0
}

/// The heap of small blocks that this threshold belonged to existed on 32-bit systems only:
/// setting it fails with 0.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn _set_sbh_threshold(_threshold: usize) -> c_int {
    0
}

/// The threshold of the heap of small blocks: 0, there is none.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn _get_sbh_threshold() -> usize {
    0
}
