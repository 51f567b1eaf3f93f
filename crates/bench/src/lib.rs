//! What runs in the processes that `heapmin-bench` measures.
//!
//! The runner (`heapmin-bench`) starts the workload program (`heapmin-bench-workload`), a fresh
//! process for each measurement. Both use this library: the one for the names of the workloads,
//! the other to run them. The workload program has nothing else in it, so that its own memory is
//! small beside the heap's.

pub mod driver;
pub mod serving;
pub mod workload;
