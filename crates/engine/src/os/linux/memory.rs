//! Address space and pages.

use super::super::inject;
use super::keeping_errno;
use crate::base::units::round_up_length;
use core::ffi::c_void;
use core::ptr;
use core::sync::atomic::{AtomicUsize, Ordering};

const PRIVATE: i32 = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_NORESERVE;

/// Bytes in an OS page: 4096, 16384 or 65536, asked of the system at run time.
pub fn page_size() -> usize {
    system_page_size().max(inject::smallest_page())
}

/// The same, without what tests pretend.
pub fn system_page_size() -> usize {
    static SIZE: AtomicUsize = AtomicUsize::new(0);
    match SIZE.load(Ordering::Relaxed) {
        0 => {
            // SAFETY: sysconf only reads the auxiliary vector.
            let asked = unsafe { libc::sysconf(libc::_SC_PAGESIZE) };
            let size = usize::try_from(asked).unwrap_or(4096);
            SIZE.store(size, Ordering::Relaxed);
            size
        }
        size => size,
    }
}

/// Bytes of memory in the machine.
pub fn physical_memory() -> usize {
    // SAFETY: an all-zero sysinfo is a valid value of this plain C struct.
    let mut info: libc::sysinfo = unsafe { core::mem::zeroed() };
    // SAFETY: `info` is valid for writing for the length of the call.
    let result = keeping_errno(|| unsafe { libc::sysinfo(&mut info) });
    if result == 0 {
        (info.totalram as usize).saturating_mul(info.mem_unit as usize)
    } else {
        1 << 30
    }
}

/// Bytes of address space that the process may still hope for, or `None` where it is unlimited.
pub fn address_space_limit() -> Option<usize> {
    let mut limit = libc::rlimit { rlim_cur: 0, rlim_max: 0 };
    // SAFETY: `limit` is valid for writing for the length of the call.
    let result = keeping_errno(|| unsafe { libc::getrlimit(libc::RLIMIT_AS, &mut limit) });
    (result == 0 && limit.rlim_cur != libc::RLIM_INFINITY).then_some(limit.rlim_cur as usize)
}

fn map(address: usize, bytes: usize, protection: i32, flags: i32) -> Option<usize> {
    if inject::fails() {
        return None;
    }
    let hint = ptr::without_provenance_mut::<c_void>(address);
    // SAFETY: an anonymous mapping; where `flags` fixes the address, the callers below own the
    // range or forbid replacing what is there.
    let result = keeping_errno(|| unsafe { libc::mmap(hint, bytes, protection, flags, -1, 0) });
    (result != libc::MAP_FAILED).then(|| result.expose_provenance())
}

/// Reserves `bytes` of inaccessible address space, aligned to `align` (a power of two).
/// Returns its address, or `None` where the system has none left.
pub fn reserve(bytes: usize, align: usize) -> Option<usize> {
    let padded = bytes.checked_add(align)?;
    let start = map(0, padded, libc::PROT_NONE, PRIVATE)?;
    let aligned = round_up_length(start, align);
    let tail = (start + padded) - (aligned + bytes);
    if aligned > start {
        release(start, aligned - start);
    }
    if tail > 0 {
        release(aligned + bytes, tail);
    }
    Some(aligned)
}

/// Makes committed pages executable too, or takes that away again. `false`: the system forbids it.
pub fn allow_execution(address: usize, bytes: usize, allowed: bool) -> bool {
    if allowed && inject::fails() {
        return false;
    }
    let execution = if allowed { libc::PROT_EXEC } else { 0 };
    let protection = libc::PROT_READ | libc::PROT_WRITE | execution;
    let start = ptr::with_exposed_provenance_mut::<c_void>(address);
    // SAFETY: the caller owns the pages; they stay readable and writable.
    keeping_errno(|| unsafe { libc::mprotect(start, bytes, protection) }) == 0
}

/// Makes reserved pages readable and writable; fresh ones read as zero. `false`: out of memory.
///
/// `reserved` says that the range was got with [`reserve`]; otherwise the range is free address
/// space picked by the caller, and the call fails if anything else is mapped there.
pub fn commit(address: usize, bytes: usize, reserved: bool) -> bool {
    let fixed = if reserved { libc::MAP_FIXED } else { libc::MAP_FIXED_NOREPLACE };
    match map(address, bytes, libc::PROT_READ | libc::PROT_WRITE, PRIVATE | fixed) {
        Some(got) if got == address => true,
        // Kernels before 4.17 take MAP_FIXED_NOREPLACE for a hint.
        Some(elsewhere) => {
            release(elsewhere, bytes);
            false
        }
        None => false,
    }
}

/// Lets reserved pages be read, as zero, without committing them.
pub fn allow_reading(address: usize, bytes: usize) -> bool {
    let length = round_up_length(bytes, page_size());
    map(address, length, libc::PROT_READ, PRIVATE | libc::MAP_FIXED).is_some()
}

/// Replaces committed pages by fresh ones, undoing what [`move_pages`] did to the mapping.
pub fn recommit(address: usize, bytes: usize) -> bool {
    commit(address, bytes, true)
}

/// Gives the pages' memory back; they read as zero afterwards. `false`: the system refused.
pub fn decommit(address: usize, bytes: usize) -> bool {
    if inject::fails() {
        return false;
    }
    let start = ptr::without_provenance_mut::<c_void>(address);
    // SAFETY: the caller owns the range and has nothing in it any more.
    keeping_errno(|| unsafe { libc::madvise(start, bytes, libc::MADV_DONTNEED) }) == 0
}

/// Makes committed pages read as zero, and gives their memory back where the system takes it.
///
/// # Safety
/// The pages are the caller's, and nobody refers to what is in them.
pub unsafe fn clear(address: usize, bytes: usize) {
    if !decommit(address, bytes) {
        let start = ptr::with_exposed_provenance_mut::<u8>(address);
        // SAFETY: by the contract of this function.
        unsafe { start.write_bytes(0, bytes) };
    }
}

/// A range of pages.
#[derive(Clone, Copy)]
#[repr(transparent)]
pub struct Pages(libc::iovec);

impl Pages {
    /// None.
    pub const NONE: Self = Self(libc::iovec { iov_base: ptr::null_mut(), iov_len: 0 });

    /// Those of `[address, address + bytes)`.
    pub fn new(address: usize, bytes: usize) -> Self {
        Self(libc::iovec { iov_base: ptr::without_provenance_mut(address), iov_len: bytes })
    }
}

/// [`decommit`] for many ranges, in one call where the system has it: a fifth of the time for pages
/// that lie apart. Returns how many of the ranges are done, from the first on.
pub fn decommit_many(ranges: &[Pages]) -> usize {
    // linux/pidfd.h: the process itself, since Linux 6.14.
    const SELF: i32 = -10000;
    /// 1: the system has no such call, or not for this.
    static REFUSED: AtomicUsize = AtomicUsize::new(0);
    if inject::fails() {
        return 0;
    }
    let bytes: usize = ranges.iter().map(|range| range.0.iov_len).sum();
    if ranges.len() > 1 && REFUSED.load(Ordering::Relaxed) == 0 {
        let call = libc::SYS_process_madvise;
        let (start, count) = (ranges.as_ptr(), ranges.len());
        // SAFETY: the callers own the ranges and have nothing in them any more.
        let done = keeping_errno(|| unsafe {
            libc::syscall(call, SELF, start, count, libc::MADV_DONTNEED, 0)
        });
        if done == bytes as i64 {
            return count;
        }
        REFUSED.store(1, Ordering::Relaxed);
    }
    let is_done = |range: &&Pages| decommit(range.0.iov_base.addr(), range.0.iov_len);
    ranges.iter().take_while(is_done).count()
}

/// Returns address space to the system.
pub fn release(address: usize, bytes: usize) {
    let start = ptr::with_exposed_provenance_mut::<c_void>(address);
    // SAFETY: the caller owns the range and nothing refers to it any more.
    keeping_errno(|| unsafe { libc::munmap(start, bytes) });
}

/// Moves the pages of `[from, from + bytes)` to `to`, both committed, without copying them.
/// `from` stays committed and reads as zero. `false`: nothing was changed.
pub fn move_pages(from: usize, to: usize, bytes: usize) -> bool {
    if inject::fails() {
        return false;
    }
    let flags = libc::MREMAP_MAYMOVE | libc::MREMAP_FIXED | libc::MREMAP_DONTUNMAP;
    let source = ptr::with_exposed_provenance_mut::<c_void>(from);
    let target = ptr::with_exposed_provenance_mut::<c_void>(to);
    // SAFETY: the caller owns both ranges; the target's contents are replaced, as documented.
    let result = keeping_errno(|| unsafe { libc::mremap(source, bytes, bytes, flags, target) });
    result != libc::MAP_FAILED
}

/// Brings in the pages of a committed range in one call instead of one fault each; a hint.
pub fn populate(address: usize, bytes: usize) {
    let start = ptr::without_provenance_mut::<c_void>(address);
    // SAFETY: brings in pages of the caller's own range without changing contents.
    keeping_errno(|| unsafe { libc::madvise(start, bytes, libc::MADV_POPULATE_WRITE) });
}
