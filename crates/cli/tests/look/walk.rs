//! `heapmin walk`.
