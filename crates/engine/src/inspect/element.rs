//! What a walk shows of a heap, piece by piece.

use crate::sized::tail::Marks;

/// A piece of a heap's memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Element {
    /// Where it is.
    pub address: usize,
    /// Bytes: for a block those asked for, for a region those of its header.
    pub size: usize,
    /// Bytes behind those that belong to the element too.
    pub overhead: usize,
    /// The number of the region that it lies in; large blocks have one number together.
    pub region: u8,
    /// What it is.
    pub kind: ElementKind,
}

/// The number of the last region that has one of its own.
pub const LAST_REGION: u8 = 63;
/// The number that large blocks have instead of a region's.
pub const LARGE_REGION: u8 = 64;

/// What a piece of a heap is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ElementKind {
    /// The header of a region, whose other pieces follow.
    Region {
        /// Bytes of it that are in use by the heap.
        committed: usize,
        /// Bytes of it that are only reserved.
        uncommitted: usize,
        /// Where its blocks begin.
        first_block: usize,
        /// Where it ends.
        last_block: usize,
    },
    /// A live block.
    Busy {
        /// What it carries.
        marks: Marks,
        /// Its word, if it carries one.
        word: usize,
    },
    /// Free blocks that stand side by side.
    Free,
    /// Committed, but of no use to anyone: the end of a slab, the rest of a page or of a block.
    Slack,
    /// Reserved, with no memory behind it.
    Uncommitted,
}

/// The element that a walk has come to. Nothing but these three is needed to go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cursor {
    /// Its address.
    pub address: usize,
    /// What it is.
    pub kind: CursorKind,
    /// Its region's number.
    pub region: u8,
}

/// What the element at a cursor is, as far as it matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CursorKind {
    /// A region's header.
    Region,
    /// A block, free or not, or slack.
    Block,
    /// An uncommitted range.
    Uncommitted,
}

/// The cursor isn't at an element of the heap.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BadCursor;
