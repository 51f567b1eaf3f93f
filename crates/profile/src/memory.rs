//! Reading the process: [`Target`] for real ones, made-up memory in tests.

use heapmin_inspect::{Error, Target};

/// Memory that may go away, or change while it is read.
pub trait Memory {
    /// Fills `bytes` from `address` on.
    fn read(&self, address: u64, bytes: &mut [u8]) -> Result<(), Error>;

    /// A word; `None` where it can't be read.
    fn word(&self, address: u64) -> Option<u64> {
        let mut bytes = [0; 8];
        self.read(address, &mut bytes).ok()?;
        Some(u64::from_le_bytes(bytes))
    }

    /// As many bytes as can be read, up to `length`.
    fn prefix(&self, address: u64, length: usize) -> Vec<u8> {
        const STEP: usize = 1 << 20;
        const PAGE: usize = 4096;
        let mut bytes = Vec::new();
        let mut step = STEP;
        while bytes.len() < length {
            let begin = bytes.len();
            let Some(from) = address.checked_add(begin as u64) else {
                break;
            };
            bytes.resize(begin + step.min(length - begin), 0);
            if self.read(from, &mut bytes[begin..]).is_err() {
                bytes.truncate(begin);
                if step == PAGE {
                    break;
                }
                step = PAGE;
            }
        }
        bytes
    }
}

impl Memory for Target {
    fn read(&self, address: u64, bytes: &mut [u8]) -> Result<(), Error> {
        Self::read(self, address, bytes)
    }
}

#[cfg(test)]
pub mod own;
