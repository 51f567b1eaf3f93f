//! The flag words of heapapi and the Rtl layer.

use crate::types::{DWORD, USHORT, WORD};

/// No locking: of the heap, for its life, or of this call.
pub const HEAP_NO_SERIALIZE: DWORD = 0x0000_0001;
/// RtlCreateHeap: the heap may grow past its reserve.
pub const HEAP_GROWABLE: DWORD = 0x0000_0002;
/// Raise an exception instead of returning NULL.
pub const HEAP_GENERATE_EXCEPTIONS: DWORD = 0x0000_0004;
/// Zero what is new.
pub const HEAP_ZERO_MEMORY: DWORD = 0x0000_0008;
/// Never move the block.
pub const HEAP_REALLOC_IN_PLACE_ONLY: DWORD = 0x0000_0010;
/// HeapCreate: blocks may be executed.
pub const HEAP_CREATE_ENABLE_EXECUTE: DWORD = 0x0004_0000;
/// RtlCreateHeap: `Parameters` is an RTL_SEGMENT_HEAP_PARAMETERS.
pub const HEAP_CREATE_SEGMENT_HEAP: DWORD = 0x0000_0100;
/// Allocation: the block carries a user value.
pub const HEAP_SETTABLE_USER_VALUE: DWORD = 0x0000_0100;
/// Allocation: the three flags that a block carries for its user.
pub const HEAP_SETTABLE_USER_FLAGS: DWORD = 0x0000_0E00;
/// Where the first of [`HEAP_SETTABLE_USER_FLAGS`] is.
pub const HEAP_SETTABLE_USER_FLAGS_SHIFT: u32 = 9;

/// PROCESS_HEAP_ENTRY: a region starts here.
pub const PROCESS_HEAP_REGION: WORD = 0x0001;
/// PROCESS_HEAP_ENTRY: reserved, not committed.
pub const PROCESS_HEAP_UNCOMMITTED_RANGE: WORD = 0x0002;
/// PROCESS_HEAP_ENTRY: a live block.
pub const PROCESS_HEAP_ENTRY_BUSY: WORD = 0x0004;
/// PROCESS_HEAP_ENTRY: the memory of a moveable object.
pub const PROCESS_HEAP_ENTRY_MOVEABLE: WORD = 0x0010;

/// PROCESS_HEAP_ENTRY: allocated to be shared.
pub const PROCESS_HEAP_ENTRY_DDESHARE: WORD = 0x0020;

/// RTL_HEAP_WALK_ENTRY: a live block.
pub const RTL_HEAP_BUSY: USHORT = 0x0001;
/// RTL_HEAP_WALK_ENTRY: a region starts here.
pub const RTL_HEAP_SEGMENT: USHORT = 0x0002;
/// RTL_HEAP_WALK_ENTRY: the block has a user value.
pub const RTL_HEAP_SETTABLE_VALUE: USHORT = 0x0010;
/// Where the first of the three user flags is in an RTL_HEAP_WALK_ENTRY.
pub const RTL_HEAP_SETTABLE_FLAGS_SHIFT: u32 = 5;
/// RTL_HEAP_WALK_ENTRY: reserved, not committed.
pub const RTL_HEAP_UNCOMMITTED_RANGE: USHORT = 0x1000;
/// RTL_HEAP_WALK_ENTRY: a block with a mapping of its own.
pub const RTL_HEAP_LARGE_ALLOC: USHORT = 0x4000;

/// The region index of blocks that lie in no region.
pub const NO_REGION: u8 = 64;
