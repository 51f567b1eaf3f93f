//! The heap engine of heapmin.
//!
//! ```text
//!  L7  api, load          what the faces call; what happens when the library is loaded
//!  L7  directory          what readers outside the process find
//!  L6  background         gives back what is old, and all of it when memory gets scarce
//!  L6  control            does what who may trace the process asks for
//!  L5  inspect, trim      ask the layers, own no blocks
//!  L4  sized              blocks that record the size asked for, and guard what lies behind
//!  L4  heap               a heap: allocate, free, resize, create, destroy; large blocks
//!  L3  cache              this thread's free blocks by class; the gate; frees by other threads
//!  L2  slab               blocks of one class: size classes, live bits, remote frees
//!  L1  span, profile      the window, the unit map, free spans; samples of allocations
//!  L0  os, base           memory, sleeping, hooks; measures
//! ```
//! A module names only its own layer or a lower one.
//!
//! | word | meaning |
//! |---|---|
//! | page | the system's, always |
//! | unit | 64 KiB of the window |
//! | span | a run of units with one use |
//! | slab | a span of one unit, cut into equal blocks of one size class |
//! | block | what a caller gets |
//! | live bit | set while a caller has the block that starts at this granule |
//! | remote bit | set while a block freed by a thread that doesn't own its slab waits to be collected |
//! | cache | one thread's stacks of free blocks, by class, in one heap, and the slabs they come from |
//! | gate | keeps every thread out of a heap for a moment |
//! | trim | give back to the OS what nobody uses |
//! | decay | the time after which unused memory goes back by itself |
//! | region | 2 MiB of the window, what may be one huge page |

#![no_std]

mod api;
mod background;
mod base;
mod cache;
mod control;
mod directory;
mod heap;
mod inspect;
mod load;
pub mod os;
mod profile;
mod sized;
mod slab;
mod span;
mod trim;

pub use api::handle::{HeapHandle, HeapOptions};
pub use api::{exact, process, thread};
pub use base::size_class::CLASS_COUNT;
pub use heap::decay::Decay;
pub use heap::refusal::{Refusal, RefusalKind, refuse_and_abort};
pub use inspect::statistics::{ClassStatistics, Statistics};
pub use trim::{Left, Trimmed};
