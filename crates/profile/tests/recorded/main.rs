//! Recordings of real programs.

mod amounts;
mod ends;
mod harness;
mod languages;
mod shapes;
