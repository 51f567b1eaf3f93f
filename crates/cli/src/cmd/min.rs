//! `heapmin min`.

use crate::failure::Failure;

/// Have a process give its unused memory back
#[derive(Debug, clap::Args)]
pub struct Min {
    /// The process
    pub pid: i32,
}

/// Does it. Returns the exit status.
pub fn run(_args: &Min) -> Result<i32, Failure> {
    Ok(0)
}
