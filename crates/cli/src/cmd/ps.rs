//! `heapmin ps`.

use crate::failure::Failure;

/// List the processes that run on heapmin
#[derive(Debug, clap::Args)]
pub struct Ps {
    /// The process
    pub pid: Option<i32>,
}

/// Does it. Returns the exit status.
pub fn run(_args: &Ps) -> Result<i32, Failure> {
    Ok(0)
}
