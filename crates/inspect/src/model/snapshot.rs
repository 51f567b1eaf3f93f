//! The figures of a process and its heaps at one time.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A process that runs on heapmin.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Process {
    /// Its number, as this reader sees it.
    pub pid: i32,
    /// Its command line, or its name in brackets where it hides that.
    pub command: String,
    /// The user that it runs as.
    pub uid: u32,
    /// Its user's name, or number.
    pub user: String,
    /// Its threads.
    pub threads: u32,
    /// The version of its heap.
    pub engine: String,
    /// The file that the heap is in: a library, or the program itself.
    pub file: String,
    /// When it was started, in clock ticks since the system was.
    pub started: u64,
}

/// A process in the list of `heapmin ps`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Listed {
    /// The process.
    pub process: Process,
    /// Its figures, or why there are none.
    pub figures: Result<Totals, String>,
}

/// The figures of a process at one time.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Snapshot {
    /// Version of this structure.
    pub schema: u32,
    /// The process.
    pub process: Process,
    /// When it was taken, in milliseconds since 1970.
    pub time_ms: u64,
    /// How long reading took, in microseconds.
    pub took_us: u64,
    /// Everything together.
    pub totals: Totals,
    /// The heaps: the process heap first, then in the order of their numbers.
    pub heaps: Vec<Heap>,
}

/// The version of [`Snapshot`].
pub const SCHEMA: u32 = 1;

/// Bytes and counts of a whole process.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Totals {
    /// Bytes in live blocks.
    pub live_bytes: u64,
    /// Live blocks.
    pub live_blocks: u64,
    /// Bytes of the heaps that are in memory, with everything that they need beside the blocks.
    pub resident_bytes: u64,
    /// Bytes that a trim would give back at once: resident pages without a live block.
    pub reclaimable_bytes: u64,
    /// Bytes of free blocks that share a page with live ones.
    pub fragmented_bytes: u64,
    /// Bytes that the heap needs itself: tables, caches, records.
    pub metadata_bytes: u64,
    /// Bytes that heaps have taken from the window, in memory or not.
    pub committed_bytes: u64,
    /// Bytes in free spans which may hold old data.
    pub free_dirty_bytes: u64,
    /// Bytes in free spans that take no memory.
    pub free_clean_bytes: u64,
    /// Bytes in huge pages, if the system tells.
    pub huge_page_bytes: Option<u64>,
    /// Bytes given back to the system so far.
    pub returned_bytes: u64,
    /// Allocations so far, those by threads that have their own cache exactly, others nearly.
    pub allocations: u64,
    /// Resident bytes of the whole process, as the system counts them.
    pub process_resident_bytes: u64,
}

/// A heap.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Heap {
    /// Its number: 0 the process heap's blocks of `malloc`, 1 its blocks of `HeapAlloc`.
    pub number: u32,
    /// Which of the heaps made so far it is.
    pub incarnation: u64,
    /// Its handle; 0 for the process heap.
    pub handle: u64,
    /// A name to show: "process", "process (HeapAlloc)", "heap 0x…".
    pub name: String,
    /// Whether blocks record the size that was asked for, behind guard bytes.
    pub sized: bool,
    /// Whether it keeps its users' threads apart.
    pub serialized: bool,
    /// Whether blocks may be executed.
    pub executable: bool,
    /// Most bytes that it may take.
    pub maximum_bytes: Option<u64>,
    /// When its unused memory goes back: "2000 ms", "at once", "never".
    pub decay: String,
    /// Whether the program has locked it.
    pub locked: bool,
    /// Bytes in live blocks.
    pub live_bytes: u64,
    /// Live blocks.
    pub live_blocks: u64,
    /// Bytes that it has taken from the window.
    pub committed_bytes: u64,
    /// Bytes of those that are in memory.
    pub resident_bytes: u64,
    /// Bytes that a trim of it would give back.
    pub reclaimable_bytes: u64,
    /// Bytes of free blocks that share a page with live ones.
    pub fragmented_bytes: u64,
    /// Allocations so far.
    pub allocations: u64,
    /// Size classes with slabs, smallest first.
    pub classes: Vec<Class>,
    /// Blocks above the largest class.
    pub large: Large,
    /// Threads' caches.
    pub caches: Vec<Cache>,
}

/// A size class in a heap.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Class {
    /// Bytes of a block.
    pub block_bytes: u32,
    /// Slabs, of 64 KiB each.
    pub slabs: u64,
    /// Blocks that fit into them.
    pub capacity_blocks: u64,
    /// Live blocks.
    pub live_blocks: u64,
    /// Free blocks that caches hold ready.
    pub cached_blocks: u64,
    /// Bytes of the slabs that are in memory.
    pub resident_bytes: u64,
    /// Bytes of those on pages without a live block.
    pub reclaimable_bytes: u64,
    /// Allocations so far.
    pub allocations: u64,
}

impl Class {
    /// Bytes in live blocks.
    pub fn live_bytes(&self) -> u64 {
        self.live_blocks * u64::from(self.block_bytes)
    }

    /// The part of the slabs' blocks that is live, from 0 to 1.
    pub fn occupancy(&self) -> f64 {
        if self.capacity_blocks == 0 {
            return 0.0;
        }
        self.live_blocks as f64 / self.capacity_blocks as f64
    }

    /// Bytes in memory that no live block uses.
    pub fn waste_bytes(&self) -> u64 {
        self.resident_bytes.saturating_sub(self.live_bytes())
    }
}

/// The large blocks of a heap.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Large {
    /// Live blocks.
    pub blocks: u64,
    /// Bytes that their users may use.
    pub live_bytes: u64,
    /// Bytes of their spans.
    pub committed_bytes: u64,
    /// Bytes of those that are in memory.
    pub resident_bytes: u64,
    /// Allocations so far.
    pub allocations: u64,
}

/// Where a cache belongs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum CacheState {
    /// A thread uses it.
    Thread,
    /// Its thread has ended; the next new one takes it over.
    Idle,
    /// Threads without one share it.
    Shared,
}

/// A cache of a heap.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Cache {
    /// See [`CacheState`].
    pub state: CacheState,
    /// The thread, as the process itself numbers it.
    pub thread: Option<u32>,
    /// The thread's name, if the system tells.
    pub thread_name: Option<String>,
    /// Free blocks on its stacks.
    pub cached_blocks: u64,
    /// Bytes of those.
    pub cached_bytes: u64,
    /// Slabs that are its own.
    pub slabs: u64,
    /// Allocations so far, also those of its earlier threads.
    pub allocations: u64,
}
