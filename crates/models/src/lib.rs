//! The whole engine once more, compiled with loom's atomics.
//!
//! Its source files are included as they are. They name `core::sync::atomic`, `core::cell` and
//! `core::hint`; here `core` is this crate, whose modules of those names lead to loom. The system
//! below is `os`: memory from the test's own, locks that loom schedules.

extern crate self as core;
pub use std::{arch, cmp, f64, ffi, fmt, iter, mem, num, ops, ptr, slice, str};
#[path = "../../engine/src/api/mod.rs"]
pub mod api;
pub mod background;
pub mod bare_thread;
#[path = "../../engine/src/base/mod.rs"]
pub mod base;
#[path = "../../engine/src/cache/mod.rs"]
pub mod cache;
pub mod cell;
pub mod execution;
#[path = "../../engine/src/heap/mod.rs"]
pub mod heap;
pub mod hint;
#[path = "../../engine/src/inspect/mod.rs"]
pub mod inspect;
pub mod model;
pub mod os;
#[path = "../../engine/src/profile/mod.rs"]
pub mod profile;
pub mod program;
#[path = "../../engine/src/sized/mod.rs"]
pub mod sized;
#[path = "../../engine/src/slab/mod.rs"]
pub mod slab;
#[path = "../../engine/src/span/mod.rs"]
pub mod span;
pub mod sync;
#[path = "../../engine/src/trim/mod.rs"]
pub mod trim;
