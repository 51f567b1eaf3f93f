//! The Win32 heap functions, Local* and Global*, and the Rtl layer, over the engine.
//!
//! | module | |
//! |---|---|
//! | `heapapi` | the functions of heapapi.h |
//! | `rtl` | the Rtl layer below them |
//! | `moveable` | LocalAlloc, GlobalAlloc and their functions |
//! | `exception` | vectored handlers, RaiseException, and what HEAP_GENERATE_EXCEPTIONS raises |
//! | `last_error` | GetLastError, SetLastError |
//! | `handle`, `create`, `caller_memory` | heaps: found by handle, made, and for a caller's memory |
//! | `corruption` | what happens to a bad block's caller |
//! | `fork` | the locks of this layer across `fork` |
//! | `types`, `flags`, `codes` | the documented types and numbers |
//!
//! Rules for all functions:
//!
//! R1  a handle or a block is what the caller claims; only the engine says whether it is one,
//!     without touching memory that isn't heapmin's
//! R2  the last error changes only where the documentation says so, or where a call fails for
//!     which it says nothing (ERROR_INVALID_HANDLE for what is no heap)
//! R3  while a function of the program's runs (a handler, a routine), no lock of this layer is
//!     held, and nothing of ours has to be undone should it leave by an exception or `longjmp`;
//!     only a CommitRoutine is called with its heap locked, as on Windows

#![no_std]

mod caller_memory;
pub mod codes;
pub mod corruption;
mod create;
pub mod exception;
pub mod flags;
mod fork;
pub mod handle;
pub mod heapapi;
pub mod last_error;
pub mod moveable;
pub mod rtl;
pub mod types;
