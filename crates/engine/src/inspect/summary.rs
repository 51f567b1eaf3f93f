//! A heap in four numbers.

use super::element::{Cursor, CursorKind, Element, ElementKind};
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

/// How far a search has come that is done in parts, between which the heap changes.
#[derive(Clone, Copy, Debug, Default)]
pub struct Search {
    /// The last element that was looked at.
    cursor: Option<Cursor>,
    /// Bytes of the largest run of free blocks or slack so far.
    pub largest_free: usize,
    /// Times that the search had to begin again: the last element was gone.
    restarts: u32,
}

/// Times that a search begins again. Then what it has found has to do: the heap changes too fast for
/// any answer to be true for long.
const MOST_RESTARTS: u32 = 3;

impl Search {
    /// Goes on until `is_over`. `true`: all was looked at.
    pub fn go_on(&mut self, heap: Walked<'_>, is_over: impl Fn() -> bool) -> bool {
        loop {
            match step(heap, self.cursor) {
                Ok(Some(element)) => {
                    if matches!(element.kind, ElementKind::Free | ElementKind::Slack) {
                        let bytes = element.size + element.overhead;
                        self.largest_free = self.largest_free.max(bytes);
                    }
                    self.cursor = Some(cursor_at(&element));
                }
                Ok(None) => return true,
                Err(_) if self.restarts < MOST_RESTARTS => {
                    self.restarts += 1;
                    self.cursor = None;
                }
                Err(_) => return true,
            }
            if is_over() {
                return false;
            }
        }
    }
}

fn cursor_at(element: &Element) -> Cursor {
    let kind = match element.kind {
        ElementKind::Region { .. } => CursorKind::Region,
        ElementKind::Uncommitted => CursorKind::Uncommitted,
        _ => CursorKind::Block,
    };
    Cursor { address: element.address, kind, region: element.region }
}

/// Adds up all elements of a heap. Who wants exact numbers locks it.
pub fn gather(heap: Walked<'_>) -> Summary {
    let mut summary = Summary::default();
    let mut cursor = None;
    while let Ok(Some(element)) = step(heap, cursor) {
        let bytes = element.size + element.overhead;
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
        cursor = Some(cursor_at(&element));
    }
    summary.reserved += summary.committed;
    summary
}
