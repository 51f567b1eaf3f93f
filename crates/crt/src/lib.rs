//! The C run-time's heap functions as Microsoft documents them, over the engine.
//!
//! ```text
//!  twins                       `_o_` names: the same functions, with the system's state
//!  allocate, reallocate,       what a program calls
//!  release, size, aligned,
//!  administration, walk,
//!  retired, stack, messages
//!  debug                       the debug heap
//!  new_handler                 what happens when memory is short
//!  invalid_parameter, errno,   how a failure is told
//!  os_error
//!  side, limits                whose state; the largest request
//! ```
//! All blocks are exact blocks of the process heap: their size is the size asked for, to the
//! byte. Functions that the host's C library has too are exported under other names
//! (`_malloc_base`, `heapmin_strerror`, ...); the headers map the plain names to them.

#![no_std]

mod administration;
mod aligned;
mod allocate;
mod debug;
mod errno;
mod invalid_parameter;
mod limits;
mod messages;
mod new_handler;
mod os_error;
mod reallocate;
mod release;
mod retired;
mod side;
mod size;
mod stack;
mod twins;
mod walk;
