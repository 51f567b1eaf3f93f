//! Instructions.
use crate::{allocators::Allocator, catalogue::Workload, options::Options, results::Missing};
pub fn count(_: &[Workload], _: &[Allocator], _: &Options, _: &[Missing]) -> anyhow::Result<()> { Ok(()) }
