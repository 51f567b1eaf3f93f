//! Looking into a heap: asks the layers below, owns no blocks.

pub mod statistics;
