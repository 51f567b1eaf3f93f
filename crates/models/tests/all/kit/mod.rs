//! What several models are made of.

pub mod program;
pub mod slab;
