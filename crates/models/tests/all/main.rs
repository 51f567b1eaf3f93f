//! The engine's protocols between threads, checked in every execution, or in every one with few
//! interruptions. Each model has a test of a fault that it must find.

mod adoption;
mod background;
mod destruction;
mod double_free;
mod fork;
mod gate;
mod kit;
mod lock;
mod pressure;
mod purge;
mod remote_free;
