//! The model: what a program that only the documentation knows would expect of its heaps.
//!
//! | module | |
//! |---|---|
//! | `block` | live blocks, and what is checked of each |
//! | `heap` | heaps, and what they can still allocate |
//! | `object` | moveable objects |
//! | `pointer`, `handle` | pointers and handles that are none, and what functions say to them |
//! | `world` | all of them together |

pub mod block;
pub mod handle;
pub mod heap;
pub mod object;
pub mod pointer;
pub mod world;
