//! Reading the memory of another process, by `process_vm_readv`: nothing runs in that process for it,
//! and nothing waits. What is read is bytes of a program that goes on, and may be anything.

#![allow(unsafe_code, reason = "a system call that takes addresses")]

use crate::process;
use std::io;
use std::os::unix::fs::FileExt;
use std::sync::atomic::{AtomicI32, Ordering};

/// Pieces in one call: what the system takes at most.
const MOST_PIECES: usize = 1024;

/// Why something could not be read, before it is known whether the process is still there.
#[derive(Debug)]
pub(crate) enum Fault {
    /// There is no such process any more, or it has no memory any more.
    Gone,
    /// The system doesn't allow it.
    Forbidden,
    /// There is no memory at an address that was read.
    Nowhere,
    /// What was read contradicts itself.
    Inconsistent(&'static str),
    /// There is no heap with this number or handle.
    NoSuchHeap(u64),
    /// The system refused something else.
    System(&'static str, io::Error),
}

/// What a piece of another process's memory is read to: bytes `at..at + length` of a buffer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Piece {
    /// Where it is in the process.
    pub address: u64,
    /// Where it goes in the buffer.
    pub at: usize,
    /// Its bytes.
    pub length: usize,
}

/// Numbers of which memory consists: every pattern of bits is one.
///
/// # Safety
/// The type has no padding, and all values of its bytes are valid.
pub(crate) unsafe trait Plain: Copy + Default {}
// SAFETY: a number.
unsafe impl Plain for u8 {}
// SAFETY: a number.
unsafe impl Plain for u16 {}
// SAFETY: a number.
unsafe impl Plain for u32 {}
// SAFETY: a number.
unsafe impl Plain for u64 {}

/// The bytes of numbers.
pub(crate) fn bytes_of<T: Plain>(numbers: &mut [T]) -> &mut [u8] {
    let length = size_of_val(numbers);
    // SAFETY: the same memory, borrowed as long; by the contract of `Plain` all of it may be read
    // and written as bytes.
    unsafe { std::slice::from_raw_parts_mut(numbers.as_mut_ptr().cast::<u8>(), length) }
}

/// A process's memory.
#[derive(Debug)]
pub(crate) struct Memory {
    pid: i32,
    /// A thread of the process that was alive when it was last looked at: the others may outlive the
    /// first one.
    tid: AtomicI32,
}

impl Memory {
    /// Of a process.
    pub fn of(pid: i32) -> Self {
        Self { pid, tid: AtomicI32::new(pid) }
    }

    /// Fills `bytes` with what is at `address`.
    pub fn read(&self, address: u64, bytes: &mut [u8]) -> Result<(), Fault> {
        let length = bytes.len();
        self.read_pieces(&[Piece { address, at: 0, length }], bytes)
    }

    /// Fills `numbers` with what is at `address`.
    pub fn read_numbers<T: Plain>(&self, address: u64, numbers: &mut [T]) -> Result<(), Fault> {
        self.read(address, bytes_of(numbers))
    }

    /// One number.
    pub fn number<T: Plain>(&self, address: u64) -> Result<T, Fault> {
        let mut number = [T::default()];
        self.read_numbers(address, &mut number)?;
        Ok(number[0])
    }

    /// `count` numbers, which the caller has bounded.
    pub fn numbers<T: Plain>(&self, address: u64, count: usize) -> Result<Vec<T>, Fault> {
        let mut numbers = vec![T::default(); count];
        self.read_numbers(address, &mut numbers)?;
        Ok(numbers)
    }

    /// Reads pieces, in as few calls as it takes.
    pub fn read_pieces(&self, pieces: &[Piece], buffer: &mut [u8]) -> Result<(), Fault> {
        for pieces in pieces.chunks(MOST_PIECES) {
            self.read_few(pieces, buffer)?;
        }
        Ok(())
    }

    fn read_few(&self, pieces: &[Piece], buffer: &mut [u8]) -> Result<(), Fault> {
        let mut here = Vec::with_capacity(pieces.len());
        let mut there = Vec::with_capacity(pieces.len());
        for piece in pieces.iter().filter(|piece| piece.length > 0) {
            let place =
                piece.at.checked_add(piece.length).and_then(|end| buffer.get_mut(piece.at..end));
            let place = place.ok_or(Fault::Inconsistent("a length"))?;
            here.push(libc::iovec { iov_base: place.as_mut_ptr().cast(), iov_len: place.len() });
            let address = usize::try_from(piece.address).map_err(|_| Fault::Nowhere)?;
            let base = std::ptr::without_provenance_mut(address);
            there.push(libc::iovec { iov_base: base, iov_len: piece.length });
        }
        let mut done = 0;
        while done < here.len() {
            let read = self.call(&here[done..], &there[done..])?;
            done += skip(&mut here[done..], &mut there[done..], read);
        }
        Ok(())
    }

    /// One call. Returns the bytes that it has read, at least one.
    fn call(&self, here: &[libc::iovec], there: &[libc::iovec]) -> Result<usize, Fault> {
        let tid = self.tid.load(Ordering::Relaxed);
        match read_of(tid, here, there) {
            Err(Fault::Gone) => {
                // The thread; not yet all of them.
                let other = process::living_thread(self.pid)?;
                if other == tid {
                    return Err(Fault::Gone);
                }
                self.tid.store(other, Ordering::Relaxed);
                read_of(other, here, there)
            }
            result => result,
        }
    }
}

fn read_of(tid: i32, here: &[libc::iovec], there: &[libc::iovec]) -> Result<usize, Fault> {
    // SAFETY: each of `here` is a part of a buffer that is borrowed for writing; that two of them
    // might overlap harms nothing, they are bytes. `there` is checked by the system.
    let read = unsafe {
        libc::process_vm_readv(
            tid,
            here.as_ptr(),
            here.len() as libc::c_ulong,
            there.as_ptr(),
            there.len() as libc::c_ulong,
            0,
        )
    };
    match usize::try_from(read) {
        Ok(0) => Err(Fault::Nowhere),
        Ok(read) => Ok(read),
        Err(_) => Err(fault_of(io::Error::last_os_error())),
    }
}

/// Takes `read` bytes off the front. Returns the number of pieces that are done.
fn skip(here: &mut [libc::iovec], there: &mut [libc::iovec], mut read: usize) -> usize {
    for (index, (here, there)) in here.iter_mut().zip(there).enumerate() {
        if read < here.iov_len {
            here.iov_base = here.iov_base.cast::<u8>().wrapping_add(read).cast();
            there.iov_base = there.iov_base.cast::<u8>().wrapping_add(read).cast();
            here.iov_len -= read;
            there.iov_len -= read;
            return index;
        }
        read -= here.iov_len;
    }
    here.len()
}

fn fault_of(error: io::Error) -> Fault {
    match error.raw_os_error() {
        Some(libc::ESRCH) => Fault::Gone,
        Some(libc::EPERM) => Fault::Forbidden,
        Some(libc::EFAULT) => Fault::Nowhere,
        _ => Fault::System("its memory can't be read", error),
    }
}

/// Reads a file's part whole. `false`: it ended before.
pub(crate) fn read_file_at(file: &std::fs::File, at: u64, bytes: &mut [u8]) -> io::Result<bool> {
    match file.read_exact_at(bytes, at) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(false),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn own() -> Memory {
        Memory::of(std::process::id() as i32)
    }

    #[test]
    fn pieces_go_where_they_belong() {
        let source: Vec<u64> = (0..5000).collect();
        let start = source.as_ptr().addr() as u64;
        let mut numbers = vec![u64::MAX; 5000];
        let pieces: Vec<Piece> = (0..2500)
            .map(|n| Piece { address: start + n as u64 * 16, at: (2499 - n) * 16, length: 8 })
            .collect();
        own().read_pieces(&pieces, bytes_of(&mut numbers)).expect("own memory can be read");
        for (index, pair) in numbers.chunks(2).enumerate() {
            assert_eq!(pair, [(2499 - index as u64) * 2, u64::MAX]);
        }
    }

    #[test]
    fn an_address_that_leads_nowhere_is_a_fault() {
        assert!(matches!(own().number::<u64>(8), Err(Fault::Nowhere)));
        assert!(matches!(own().number::<u64>(u64::MAX - 3), Err(Fault::Nowhere)));
    }

    #[test]
    fn a_piece_outside_the_buffer_is_refused() {
        let mut bytes = [0; 8];
        let piece = Piece { address: bytes.as_ptr().addr() as u64, at: 4, length: 8 };
        assert!(matches!(own().read_pieces(&[piece], &mut bytes), Err(Fault::Inconsistent(_))));
    }

    #[test]
    fn a_process_that_is_not_there_is_gone() {
        assert!(matches!(Memory::of(i32::MAX).number::<u8>(4096), Err(Fault::Gone)));
    }
}
