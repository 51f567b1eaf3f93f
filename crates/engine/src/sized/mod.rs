//! Sized blocks: they record the size that was asked for, to the byte, and guard what lies behind.
//!
//! ```text
//!  block                                                                  block + extent
//!  | size bytes of the caller's | check | guard bytes, 0xAB | word (if marked) | 4 guards | field |
//!                                4 bytes                       8 bytes                     4 bytes
//!  field:  slack | marks << 24            slack = extent - size, marks: 4 bits
//!  check:  field ^ address / 16 ^ the process's secret
//! ```
//! The extent is what the slab or the span says: a size class's size, or whole pages. The check stands
//! right behind the caller's bytes, where an overrun comes first, and is found only with the right
//! slack: so the two vouch for each other, and the size is never believed unchecked.
//!
//! Z1  a live block of a heap whose traits say `sized` has a sound tail, from before its caller gets
//!     it until it is freed

pub mod allocate;
pub mod claim;
pub mod fast;
pub mod free;
pub mod resize;
pub mod tail;

use crate::base::units::{GRANULE, round_up};

/// Bytes that a block of `size` bytes counts for against a heap's limit: what it takes in a heap
/// whose blocks stand behind one another with a header of 8 bytes each.
pub const fn charge(size: usize) -> usize {
    const HEADER: usize = 8;
    const SMALLEST: usize = 16;
    let size = if size < SMALLEST { SMALLEST } else { size };
    match size.checked_add(HEADER) {
        Some(sum) => match round_up(sum, GRANULE) {
            Some(bytes) => bytes,
            None => usize::MAX,
        },
        None => usize::MAX,
    }
}
