//! What a walk of a heap gives: the documented `PROCESS_HEAP_ENTRY`, with names.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// One element of a heap, as `HeapWalk` gives it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Entry {
    /// The number of the heap.
    pub heap: u32,
    /// `lpData`: where it begins.
    pub address: u64,
    /// `cbData`: its bytes; of a block what was asked for, where the heap records that.
    pub bytes: u64,
    /// `cbOverhead`: bytes beside that which belong to it.
    pub overhead: u8,
    /// `iRegionIndex`: the region that it is in.
    pub region: u8,
    /// What it is.
    #[serde(flatten)]
    pub kind: EntryKind,
}

/// What an element is; `wFlags` and what goes with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum EntryKind {
    /// `PROCESS_HEAP_REGION`.
    Region {
        /// `dwCommittedSize`.
        committed_bytes: u64,
        /// `dwUnCommittedSize`.
        uncommitted_bytes: u64,
        /// `lpFirstBlock`.
        first_block: u64,
        /// `lpLastBlock`: the first address behind the last block.
        last_block: u64,
    },
    /// `PROCESS_HEAP_UNCOMMITTED_RANGE`.
    Uncommitted,
    /// `PROCESS_HEAP_ENTRY_BUSY`: a live block.
    Busy {
        /// `PROCESS_HEAP_ENTRY_MOVEABLE`, with its `hMem`.
        moveable: Option<u64>,
        /// `PROCESS_HEAP_ENTRY_DDESHARE`.
        ddeshare: bool,
    },
    /// No flags: a free block, or several side by side.
    Free,
    /// No flags: bytes at the end of a slab or behind a block that are nobody's.
    Slack,
}
