//! This process's own memory, and its own stack as a sample has it, for tests.

use super::Memory;
use heapmin_inspect::Error;
use std::arch::asm;
use std::fs::File;
use std::os::unix::fs::FileExt;

/// See the module.
pub struct Own(File);

impl Own {
    pub fn open() -> Self {
        Self(File::open("/proc/self/mem").expect("its own memory"))
    }

    pub fn maps() -> String {
        std::fs::read_to_string("/proc/self/maps").expect("its own mappings")
    }
}

impl Memory for Own {
    fn read(&self, address: u64, bytes: &mut [u8]) -> Result<(), Error> {
        self.0.read_exact_at(bytes, address).map_err(|_| Error::Ended(0))
    }
}

/// The registers here, and up to `bytes` of the stack from the stack pointer upwards.
#[inline(always)]
pub fn here(own: &Own, bytes: usize) -> ([u64; 8], Vec<u8>) {
    let mut registers = [0u64; 8];
    #[cfg(target_arch = "x86_64")]
    // SAFETY: it only reads registers, and writes to the array, which has room for three words.
    unsafe {
        asm!(
            "lea {scratch}, [rip]",
            "mov [{at}], {scratch}",
            "mov [{at} + 8], rsp",
            "mov [{at} + 16], rbp",
            at = in(reg) registers.as_mut_ptr(),
            scratch = out(reg) _,
        );
    }
    #[cfg(target_arch = "aarch64")]
    // SAFETY: it only reads registers, and writes to the array, which has room for four words.
    unsafe {
        asm!(
            "adr {scratch}, .",
            "str {scratch}, [{at}]",
            "mov {scratch}, sp",
            "stp {scratch}, x29, [{at}, 8]",
            "str x30, [{at}, 24]",
            at = in(reg) registers.as_mut_ptr(),
            scratch = out(reg) _,
        );
    }
    let stack = own.prefix(registers[1], bytes);
    (registers, stack)
}
