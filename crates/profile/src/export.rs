//! A profile in the forms that other tools read.
//!
//! | module | |
//! |---|---|
//! | `pprof` | what `go tool pprof` and its relatives read |
//! | `proto` | the messages of that |
//! | `collapsed` | a line for each stack |
//! | `flame` | a flame graph as SVG |

mod collapsed;
mod flame;
mod pprof;
mod proto;

pub use flame::FlameError;

#[cfg(test)]
mod tests;
