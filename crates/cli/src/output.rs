//! What all commands that look into processes write: bytes for people, tables, JSON, colour.
//!
//! | module | |
//! |---|---|
//! | `bytes` | amounts of memory for people |
//! | `colour` | whether there is colour, and the option that says so |
//! | `json` | documents and streams of lines |
//! | `pick` | which process is meant |
//! | `progress` | a bar for what takes long |
//! | `table` | aligned columns |
//! | `visible` | foreign text without control characters |
//! | `writer` | standard output, which may be closed at any time |

pub mod bytes;
pub mod colour;
pub mod json;
pub mod pick;
pub mod progress;
pub mod table;
pub mod visible;
pub mod writer;
