//! The picture of a heap in the terminal.
//!
//! | module | |
//! |---|---|
//! | `cell` | what a piece of memory is, as one cell shows it |
//! | `scale` | how much memory a cell is, and which rows there are |
//! | `paint` | cells as characters, with colour or without |
//! | `picture` | everything together, with totals, legend and heaps |

pub mod cell;
pub mod paint;
pub mod picture;
pub mod scale;

#[cfg(test)]
#[allow(dead_code, reason = "shared with the tests of the pages, which need more of it")]
#[path = "../../pages/tests/browser/made_up.rs"]
pub mod made_up;
#[cfg(test)]
mod tests;
