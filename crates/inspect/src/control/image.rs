//! The memory of the program that a process runs, by `/proc/PID/task/TID/mem`. The file belongs to the
//! memory and not to the process: when that becomes another program by `exec`, nothing can be written
//! to the new one.

use std::fs::{File, OpenOptions};
use std::io;
use std::os::unix::fs::FileExt;

/// See the module.
#[derive(Debug)]
pub(crate) struct Image {
    file: File,
}

impl Image {
    /// Of a thread.
    pub fn of(pid: i32, tid: i32) -> io::Result<Self> {
        let path = format!("/proc/{pid}/task/{tid}/mem");
        Ok(Self { file: OpenOptions::new().read(true).write(true).open(path)? })
    }

    /// Fills `words` with what is at `address`. Its end is unexpected when the memory is gone.
    pub fn read(&self, address: u64, words: &mut [u64]) -> io::Result<()> {
        let mut bytes = vec![0; size_of_val(words)];
        self.file.read_exact_at(&mut bytes, address)?;
        for (word, bytes) in words.iter_mut().zip(bytes.as_chunks().0) {
            *word = u64::from_ne_bytes(*bytes);
        }
        Ok(())
    }

    /// One word.
    pub fn word(&self, address: u64) -> io::Result<u64> {
        let mut word = [0];
        self.read(address, &mut word)?;
        Ok(word[0])
    }

    /// Writes words to `address`, in one piece.
    pub fn write(&self, address: u64, words: &[u64]) -> io::Result<()> {
        let bytes: Vec<u8> = words.iter().flat_map(|word| word.to_ne_bytes()).collect();
        self.file.write_all_at(&bytes, address)
    }
}
