//! The picture of a process's heaps: what every page is.

use super::snapshot::{Process, Totals};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Bytes of a page in a [`Map`], whatever the system's are.
pub const PAGE_BYTES: u64 = 4096;
/// Bytes of a unit.
pub const UNIT_BYTES: u64 = 64 << 10;
/// Units of a region of 2 MiB.
pub const REGION_UNITS: usize = 32;

/// All heaps of a process, region by region.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Map {
    /// Version of this structure.
    pub schema: u32,
    /// The process.
    pub process: Process,
    /// When it was taken, in milliseconds since 1970.
    pub time_ms: u64,
    /// Everything together.
    pub totals: Totals,
    /// Names of the heaps, by number.
    pub heaps: Vec<(u32, String)>,
    /// Regions that are in use, by address. Others have never been used, or are free and clean
    /// throughout.
    pub regions: Vec<Region>,
}

/// The version of [`Map`].
pub const SCHEMA: u32 = 1;

/// 2 MiB of the window.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Region {
    /// Its address.
    pub address: u64,
    /// Whether it is one huge page; unknown where the system doesn't tell.
    pub huge: Option<bool>,
    /// Its units, 32; fewer at the end of the window.
    pub units: Vec<Unit>,
}

/// 64 KiB of a region.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Unit {
    /// What it is.
    pub usage: Usage,
    /// The number of the heap that it belongs to, if it does.
    pub heap: Option<u32>,
    /// Bit n: page n of 16 is in memory.
    pub resident: u16,
    /// Bytes of live blocks on each page, at most 4,096; empty: none, or all where [`Usage`] is a
    /// large block's.
    pub live: Vec<u16>,
}

/// What a unit is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Usage {
    /// Never used.
    Unused,
    /// Free; may be in memory.
    FreeDirty,
    /// Free, and takes no memory.
    FreeClean,
    /// A slab of blocks of this many bytes.
    Slab {
        /// Bytes of a block.
        block_bytes: u32,
        /// Live blocks.
        live_blocks: u32,
    },
    /// The first unit of a large block.
    LargeHead {
        /// Bytes that its user may use.
        bytes: u64,
    },
    /// A further unit of one.
    LargeBody,
    /// The heap's own.
    Engine,
    /// A heap's record.
    Heap,
}
