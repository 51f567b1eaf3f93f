//! heapmin's own C functions (heapmin.h): what the documented ones can't say.
//!
//! | module | exports | |
//! |---|---|---|
//! | `trim` | `heapmin_trim`, `heapmin_heap_trim` | give memory back, and say how much, and what is left |
//! | `decay` | `heapmin_set_decay`, `heapmin_decay`, `heapmin_set_pressure` | when it goes back by itself |
//! | `summary` | `heapmin_heap_summary` | what a heap holds |
//! | `validate` | `heapmin_validate`, `heapmin_damage_text` | find damage, and name it |
//! | `version` | `heapmin_version` | |
//!
//! A heap is a handle of `HeapCreate` or `GetProcessHeap`; NULL stands for all heaps of the process
//! together. None of the functions changes `errno` or the last error, and each may be called from
//! any thread at any time.

#![no_std]

mod decay;
mod heaps;
mod sentence;
mod summary;
mod trim;
mod validate;
mod version;
