//! What is found in a process, as plain data. Written as JSON it is the output of `--json`; its schema
//! is in `docs/schema`. Addresses are numbers in JSON, as are bytes.

pub mod entry;
pub mod map;
pub mod outcome;
pub mod snapshot;
