//! Sized blocks: they record the size that was asked for, to the byte, and guard what lies behind.
//!
//! ```text
//!  block                                                                  block + extent
//!  | size bytes of the caller's | guard bytes, 0xAB | word (if marked) | record |
//!                                                        8 bytes          8 bytes
//!  record:  key(block) ^ checked( slack | marks << 20 )      slack = extent - size, marks: 4 bits
//! ```
//! The extent is what the slab or the span says: a size class's size, or whole pages. The key is
//! secret and differs from block to block, so a record that was overwritten, copied from elsewhere
//! or made up is recognised, and with it the size is never believed unchecked.
//!
//! Z1  a live block of a heap whose traits say `sized` has a record, from before its caller gets
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
