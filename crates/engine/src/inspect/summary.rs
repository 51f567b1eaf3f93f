//! A heap in four numbers.

use super::element::{Cursor, CursorKind, ElementKind};
use super::walk::{Walked, step};

/// What a heap takes, in bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// Bytes that were asked for, of all live blocks together.
    pub allocated: usize,
    /// Bytes of memory that the heap's regions and blocks take.
    pub committed: usize,
    /// That, and what is reserved besides.
    pub reserved: usize,
    /// Live blocks.
    pub blocks: usize,
    /// Bytes of the largest run of free blocks or slack.
    pub largest_free: usize,
}

/// Adds up all elements of a heap. Who wants exact numbers locks it.
pub fn gather(heap: Walked<'_>) -> Summary {
    let mut summary = Summary::default();
    let mut cursor = None;
    while let Ok(Some(element)) = step(heap, cursor) {
        let bytes = element.size + element.overhead;
        let kind = match element.kind {
            ElementKind::Region { .. } => CursorKind::Region,
            ElementKind::Uncommitted => CursorKind::Uncommitted,
            _ => CursorKind::Block,
        };
        match element.kind {
            ElementKind::Uncommitted => summary.reserved += bytes,
            ElementKind::Busy { .. } => {
                summary.blocks += 1;
                summary.allocated += element.size;
                summary.committed += bytes;
            }
            ElementKind::Free | ElementKind::Slack => {
                summary.committed += bytes;
                summary.largest_free = summary.largest_free.max(bytes);
            }
            ElementKind::Region { .. } => summary.committed += bytes,
        }
        cursor = Some(Cursor { address: element.address, kind, region: element.region });
    }
    summary.reserved += summary.committed;
    summary
}
