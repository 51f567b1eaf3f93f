//! `heapmin check`.
