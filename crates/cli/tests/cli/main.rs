//! The command line, tested as a user meets it: the built binary runs real programs.
//!
//! Some tests have to change users, and do nothing but say so where the caller isn't root.

mod decay;
mod fidelity;
mod format;
mod help;
mod library;
mod lookup;
mod mount;
mod privilege;
mod sandbox;
mod script;
mod stats;
