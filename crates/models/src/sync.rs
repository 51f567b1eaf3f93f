//! `core::sync` for the engine's source files.

pub mod atomic;
