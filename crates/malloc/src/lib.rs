//! heapmin as the `malloc` of a process.
//!
//! Built as `libheapmin_malloc.so`, for `LD_PRELOAD` or for linking. Every exported function is a
//! thin layer over the process heap of the engine: it adds what the manual pages and the C++
//! standard promise on top of a block (`errno`, argument checks, the new-handler loop) and turns
//! a refused pointer into a message and `SIGABRT`.
//!
//! | module | exports |
//! |---|---|
//! | `allocate` | `malloc`, `calloc`, `realloc`, `reallocarray` |
//! | `release` | `free`, `cfree`, `free_sized`, `free_aligned_sized` |
//! | `aligned` | `posix_memalign`, `aligned_alloc`, `memalign`, `valloc`, `pvalloc` |
//! | `aliases` | the `__libc_*` names of the same |
//! | `inspect` | `malloc_usable_size`, `mallinfo`, `mallinfo2`, `malloc_stats`, `malloc_info` |
//! | `tune` | `malloc_trim`, `mallopt` |
//! | `cxx_new`, `cxx_delete` | the C++ operators |
//!
//! Beside these it exports all that `libheapmin.so` does: the documented heap, whose process heap
//! these functions' blocks are in.
//!
//! Functions that the standards define by others call those by name, see `replaced`.
//!
//! The library keeps to what any process can bear when it is loaded: it needs nothing but the C
//! library (the C++ runtime is looked for only when `new` fails), starts no thread, owns no file
//! descriptor, uses no `thread_local!` (a shared library reaches one through `__tls_get_addr`,
//! which may allocate), and formats text without `core::fmt`'s panicking paths.
//!
//! With `HEAPMIN_STATS=1` in the environment the process reports its memory use at exit, see
//! `exit_report`.

// The documented heap's functions, which are exported too.
extern crate heapmin_crt as _;
extern crate heapmin_native as _;
extern crate heapmin_win32 as _;

mod aliases;
mod aligned;
mod allocate;
mod cxx_delete;
mod cxx_new;
mod cxx_runtime;
mod errno;
mod exit_report;
mod inspect;
mod release;
mod replaced;
mod report;
mod resident;
mod standard_error;
mod startup;
mod text;
mod tune;
