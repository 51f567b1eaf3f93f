//! What the engine's test programs share: one interface for every heap, blocks that know what is
//! in them, and random numbers that can be repeated.

#![allow(dead_code, reason = "each test program includes the whole kit and uses a part of it")]

pub mod alone;
pub mod block;
pub mod random;
pub mod target;
