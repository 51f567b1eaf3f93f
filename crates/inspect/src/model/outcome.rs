//! What became of checking or trimming a process.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What a trim did, in bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Trimmed {
    /// In memory before.
    pub resident_before: u64,
    /// In memory afterwards.
    pub resident_after: u64,
    /// The difference.
    pub released: u64,
    /// What is left: in live blocks.
    pub live: u64,
    /// Free, but on a page with a live block.
    pub fragmented: u64,
    /// Freed or taken meanwhile.
    pub cached: u64,
    /// Free pages of huge pages that are mostly live.
    pub huge: u64,
    /// The heap's own.
    pub metadata: u64,
}

/// What a check found.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Checked {
    /// Heaps that were checked.
    pub heaps: u32,
    /// Live blocks that were checked; null if the process checked its heaps itself, and nobody counted.
    pub blocks: Option<u64>,
    /// Units that could not be checked: they changed all the time, or the process is stopped.
    pub unsettled_units: u64,
    /// Something could not be decided because the process is stopped.
    pub stopped: bool,
    /// Damage, in the order of addresses; the first ones, at most 1,000.
    pub damages: Vec<Damage>,
}

/// A damaged place.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Damage {
    /// The number of its heap.
    pub heap: u32,
    /// The name of its heap.
    pub heap_name: String,
    /// What was damaged.
    pub kind: DamageKind,
    /// The block, or what it is about.
    pub address: u64,
    /// Bytes that it takes; 0: unknown.
    pub bytes: u64,
    /// A sentence: what is wrong, and what to look for.
    pub message: String,
    /// The bytes at the place where it was noticed, if they tell something.
    pub evidence: Vec<u8>,
}

/// What was damaged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum DamageKind {
    /// The bytes behind a live block.
    Tail,
    /// The header, bits or lists of a slab or large block.
    Metadata,
    /// A heap's record.
    Header,
    /// A block that is free twice, or free and live.
    DoubleListed,
}
