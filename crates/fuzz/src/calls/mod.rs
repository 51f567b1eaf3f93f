//! The calls of a program, with what each has to do.

pub mod aligned;
pub mod bad;
pub mod crt;
pub mod debug;
pub mod exceptions;
pub mod heapapi;
pub mod information;
pub mod lifetime;
pub mod moveable;
pub mod overrun;
pub mod text;
pub mod twins;
pub mod user;
pub mod walk;
