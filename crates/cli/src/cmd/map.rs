//! `heapmin map`.

use crate::failure::Failure;

/// Draw the heaps of a process, page by page
#[derive(Debug, clap::Args)]
pub struct Map {
    /// The process
    pub pid: i32,
}

/// Does it. Returns the exit status.
pub fn run(_args: &Map) -> Result<i32, Failure> {
    Ok(0)
}
