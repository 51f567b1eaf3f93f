//! Making a heap: what HeapCreate and RtlCreateHeap have in common.

use crate::flags::{HEAP_CREATE_ENABLE_EXECUTE, HEAP_GENERATE_EXCEPTIONS, HEAP_NO_SERIALIZE};
use crate::types::DWORD;
use heapmin_engine::exact::{ExactHeap, ExactOptions};

/// The reserve of a fixed heap is a multiple of this.
const RESERVE_STEP: usize = 0x2000;
/// What of a fixed heap's reserve isn't for blocks.
pub const MANAGEMENT: usize = 0x800;
/// Sizes from here on are more than any system's address space.
#[cfg(target_pointer_width = "64")]
const ADDRESS_SPACE: usize = 1 << 47;
#[cfg(target_pointer_width = "32")]
const ADDRESS_SPACE: usize = 1 << 31;
/// A fixed heap has no block of this size or a larger one.
pub const FIXED_BLOCK_LIMIT: usize = 0x20000 * size_of::<usize>() - 0x1000;

/// How large a heap may become.
#[derive(Clone, Copy)]
pub enum Extent {
    /// As large as memory lasts; so much of it is wanted in one piece, and so much from the start.
    Growable { reserve: usize, initial: usize },
    /// So many bytes, with management, and of those so many from the start.
    Fixed { reserve: usize, initial: usize },
}

impl Extent {
    /// The engine's limit for the blocks together, 0 for none; `None` if no system has so much.
    fn limit(self) -> Option<usize> {
        match self {
            Self::Growable { reserve, .. } => (reserve < ADDRESS_SPACE).then_some(0),
            Self::Fixed { reserve, .. } if reserve < ADDRESS_SPACE => {
                let reserve = reserve.max(1).checked_next_multiple_of(RESERVE_STEP)?;
                reserve.checked_sub(MANAGEMENT)
            }
            Self::Fixed { .. } => None,
        }
    }
}

/// Makes a heap. Flags that a heap can't have are ignored; `face` is kept with those it can.
pub fn create(flags: DWORD, face: u32, extent: Extent) -> Option<ExactHeap> {
    let limit = extent.limit()?;
    let initial = match extent {
        Extent::Growable { initial, .. } => initial,
        Extent::Fixed { reserve, initial } => initial.min(reserve),
    };
    ExactHeap::create(ExactOptions {
        face: face | flags & (HEAP_GENERATE_EXCEPTIONS | HEAP_NO_SERIALIZE),
        unserialized: flags & HEAP_NO_SERIALIZE != 0,
        limit,
        executable: flags & HEAP_CREATE_ENABLE_EXECUTE != 0,
        initial,
    })
}

/// The largest block that the heap may have.
pub fn largest_block(heap: ExactHeap) -> usize {
    if heap.options().limit == 0 { ADDRESS_SPACE } else { FIXED_BLOCK_LIMIT - 1 }
}

/// The reserve of a fixed heap.
pub fn fixed_reserve(heap: ExactHeap) -> Option<usize> {
    match heap.options().limit {
        0 => None,
        limit => limit.checked_add(MANAGEMENT),
    }
}
