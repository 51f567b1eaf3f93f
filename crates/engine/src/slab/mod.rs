//! Slabs: one unit each, cut into equal blocks of one size class.
//!
//! ```text
//!   unit start                                                         unit end
//!   | block 0 | block 1 | …      | block carved-1 |  never handed out  | tail < block |
//! ```
//! A block is *live* (its live bit is set), *waiting* (live bit and remote bit set: another thread
//! freed it) or free. Nothing of the engine's is ever written into a block.
//!
//! S1  a live bit is set only at the granule where a block starts
//! S2  only the slab's owner changes live bits, `carved` and the header's first line
//! S3  `free_granules` counts the free blocks below `carved` that are on no stack of the owner's

pub mod pages;
pub mod remote;
pub mod search;
