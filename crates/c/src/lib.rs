//! The documented heap for C: `libheapmin.so` and `libheapmin.a`.
//!
//! Only links: what is exported is defined in the crates of each part.

extern crate heapmin_crt as _;
extern crate heapmin_native as _;
extern crate heapmin_win32 as _;
