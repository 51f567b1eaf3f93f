//! Units of measure and the atomics that tests may swap for loom's.

pub mod atomic;
pub mod epoch;
pub mod size_class;
pub mod units;
