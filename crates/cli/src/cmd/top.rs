//! `heapmin top`.

use crate::failure::Failure;

/// Watch a process's heaps in the terminal
#[derive(Debug, clap::Args)]
pub struct Top {
    /// The process
    pub pid: Option<i32>,
}

/// Does it. Returns the exit status.
pub fn run(_args: &Top) -> Result<i32, Failure> {
    Ok(0)
}
