//! The C API as it is exported.
//!
//! Pointers, handles and blocks are numbers here: programs pass bad ones on purpose. Most functions
//! are declared safe, since heapmin itself looks at each block and handle that it is given, and
//! nobody in this crate has a reference into a heap's memory; only what writes through an unchecked
//! pointer of the caller's is unsafe, unless the declaration makes it a reference.

pub mod crt;
pub mod debug;
pub mod heapapi;
pub mod moveable;
pub mod native;
pub mod rtl;
