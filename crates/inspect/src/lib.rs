//! Looks into the heaps of other processes: finds them, reads their heaps while they go on, and, by
//! the control channel, makes them trim or check themselves.
//!
//! | module | |
//! |---|---|
//! | `model` | what was found, as data that can be written as JSON |
//! | `error` | what can go wrong |
//! | `target` | a process that is looked into |
//! | `control` | asking it to do something |

#![warn(missing_docs)]

pub mod control;
pub mod error;
pub mod exit;
pub mod model;
mod target;

mod check;
mod directory;
mod find;
mod heaps;
mod list;
mod map;
mod memory;
mod process;
mod residency;
mod samples;
mod snapshot;
mod survey;
mod tables;
mod user;
mod walk;

pub use error::Error;
pub use target::Target;
