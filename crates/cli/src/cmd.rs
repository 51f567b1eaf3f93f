//! The commands, one module each.

pub mod check;
pub mod map;
pub mod metrics;
pub mod min;
pub mod ps;
pub mod report;
pub mod run;
pub mod top;
pub mod walk;
