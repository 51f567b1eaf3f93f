//! The pages that heapmin writes: a heap's picture, and the report on a program's memory.

#![warn(missing_docs)]

mod document;
pub mod map;
pub mod report;
