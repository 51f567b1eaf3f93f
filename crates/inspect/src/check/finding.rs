//! What seems to be wrong, and how it is told.

use crate::model::outcome::{Damage, DamageKind};
use crate::walk::blocks::Torn;
use crate::walk::tail::Flaw;

/// An apparent contradiction. It is damage if it is still there, the same, when everything that it
/// involves was read again and again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// What kind of damage it would be.
    pub kind: DamageKind,
    /// The number of the heap.
    pub heap: u32,
    /// Where.
    pub address: u64,
    /// Bytes that it takes; 0: unknown.
    pub bytes: u64,
    /// What is wrong.
    pub wrong: Wrong,
    /// The bytes that say so.
    pub evidence: Vec<u8>,
}

/// What is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wrong {
    /// A tail.
    Tail(Flaw),
    /// A word of the unit map.
    Entry,
    /// A header's count of units.
    Units,
    /// A slab's class.
    Class,
    /// How much of a slab was handed out.
    Carved,
    /// The heap that a header names.
    NoHeap,
    /// The cache that the unit map names.
    NoCache,
    /// Live bits.
    LiveBits,
    /// The count of free blocks.
    Count,
    /// On a stack lies what is no block.
    StackedNoBlock,
    /// On a stack lies what isn't a block of the cache's slabs.
    StackedForeign,
    /// On a stack lies a live block.
    StackedLive,
    /// A block lies on stacks twice.
    StackedTwice,
    /// The ends of a cache's stacks.
    Ends,
    /// A large block's size.
    LargeSize,
    /// A large block's further units.
    LargeBody,
    /// A heap's signature.
    Signature,
    /// A field of a heap's record: which.
    Record(&'static str),
    /// A heap's list of slabs and large blocks leads astray.
    List,
    /// The bytes that a heap says it has taken.
    Committed,
}

impl Finding {
    /// A tail that was overwritten, of the block at `address` that takes `extent` bytes.
    pub fn tail(heap: u32, address: u64, extent: u64, torn: &Torn) -> Self {
        let bytes = match torn.flaw {
            Flaw::Field => extent,
            Flaw::Check { size } | Flaw::Guard { size, .. } => size,
        };
        Self {
            kind: DamageKind::Tail,
            heap,
            address,
            bytes,
            wrong: Wrong::Tail(torn.flaw),
            evidence: torn.evidence.clone(),
        }
    }

    /// As it is told.
    pub fn damage(&self, heap_name: String) -> Damage {
        Damage {
            heap: self.heap,
            heap_name,
            kind: self.kind,
            address: self.address,
            bytes: self.bytes,
            message: self.message(),
            evidence: self.evidence.clone(),
        }
    }

    fn message(&self) -> String {
        let bytes = self.bytes;
        match self.wrong {
            Wrong::Tail(Flaw::Field) => format!(
                "the end of a block that takes {bytes} bytes was overwritten, and with it the record \
                 of its size; look for a write past the end of this block, or through a stale or wild \
                 pointer"
            ),
            Wrong::Tail(Flaw::Check { .. }) => format!(
                "the bytes right behind a block of {bytes} bytes were overwritten; look for a write \
                 past its end"
            ),
            Wrong::Tail(Flaw::Guard { before_end, .. }) => format!(
                "the guard bytes behind a block of {bytes} bytes were overwritten, {before_end} bytes \
                 before the end of what it takes; look for an index past its end, or a stale or wild \
                 pointer"
            ),
            Wrong::Entry => metadata("the unit map says of a unit what no unit is"),
            Wrong::Units => {
                metadata("the header of a slab or large block says an impossible length")
            }
            Wrong::Class => {
                metadata("the header of a slab says another block size than the unit map")
            }
            Wrong::Carved => {
                metadata("the header of a slab says an impossible number of blocks handed out")
            }
            Wrong::NoHeap => metadata("a slab or large block is of a heap that doesn't exist"),
            Wrong::NoCache => metadata("the unit map names a cache for a slab where there is none"),
            Wrong::LiveBits => metadata("live bits of a slab are set where no block starts"),
            Wrong::Count => metadata(
                "a slab counts other free blocks than its live bits and its cache's stacks leave",
            ),
            Wrong::StackedNoBlock => twice("a cache's stack of free blocks holds what is no block"),
            Wrong::StackedForeign => {
                twice("a cache's stack of free blocks holds what is no block of its slabs")
            }
            Wrong::StackedLive => twice("a block is live, and lies on a stack of free blocks"),
            Wrong::StackedTwice => twice("a block lies on stacks of free blocks twice"),
            Wrong::Ends => metadata("the ends of a cache's stacks of free blocks can't be"),
            Wrong::LargeSize => metadata("the header of a large block says an impossible size"),
            Wrong::LargeBody => {
                metadata("the unit map doesn't go along with the length of a large block")
            }
            Wrong::Signature => metadata("the record of the heap was overwritten"),
            Wrong::Record(field) => {
                metadata(&format!("the record of the heap was overwritten: {field} can't be"))
            }
            Wrong::List => metadata("the heap's list of slabs and large blocks leads astray"),
            Wrong::Committed => {
                metadata("the heap counts other bytes than its slabs and large blocks take")
            }
        }
    }
}

fn metadata(what: &str) -> String {
    format!("{what}; look for writes through wild pointers, as no block is next to these data")
}

fn twice(what: &str) -> String {
    format!("{what}; look for a wild write, or a block freed by two threads at once")
}
