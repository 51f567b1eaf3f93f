//! `heapmin walk`.

use crate::failure::Failure;

/// List every element of a process's heaps
#[derive(Debug, clap::Args)]
pub struct Walk {
    /// The process
    pub pid: i32,
}

/// Does it. Returns the exit status.
pub fn run(_args: &Walk) -> Result<i32, Failure> {
    Ok(0)
}
