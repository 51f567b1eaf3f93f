//! The debug heap: `_malloc_dbg` and its relatives, checks, hooks, leak reports.
//!
//! A block of the debug heap is a block of the process heap with this inside:
//! ```text
//!   base                      user = base + 48          user + size
//!   |<------- header -------->|<------- size ---------->|<- 4 ->|
//!   | older, newer, file,     | 0xCD when fresh, 0xDD   | guard |
//!   | line, use, size,        | when freed; or what the | 0xFD  |
//!   | request, guard of 0xFD  | caller wrote            |       |
//! ```
//! Every block is on one list, newest first, until it is given back to the process heap.
//!
//! 1. Links, counters and the places of walks change only under the list's lock.
//! 2. A header of a listed block is read by other threads only under the lock, and written only
//!    by the thread that the block belongs to, under the lock.
//! 3. Under the lock nothing of the engine's is called and no memory is touched but headers and
//!    bytes of listed blocks: a thread that called `HeapLock` may want the list while another one
//!    that has the list would wait for the heap. Only [`list::mend`] needs both, and it takes the
//!    heap first.
//! 4. No lock is held while a hook, a report hook or any other function of the program runs: it
//!    may allocate, throw, or `longjmp`.
//! 5. Headers lie next to what programs overrun. So a pointer found in one is followed only after
//!    the engine has said that a live block starts there ([`heap::measure`]), and only if the
//!    header there points back.
//! 6. A pointer from the program is touched only after it was recognised ([`recognise`]).

#![allow(non_snake_case, non_upper_case_globals, reason = "the documented names")]

mod aligned;
mod aligned_block;
mod allocate;
mod block;
mod callback;
mod check;
mod checkpoint;
mod clients;
mod dump;
mod filled;
mod flags;
mod heap;
mod hooks;
mod invalid;
mod leaks;
mod list;
mod plain;
mod query;
mod recognise;
mod release;
mod report;
mod requests;
mod resize;
mod statistics;
mod text;
mod walk;
