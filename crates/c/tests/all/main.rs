//! What the documentation promises, as C programs that are linked with the library.
//!
//! The programs are in `tests/c`; most are lists of rules, and each rule is a test here of the
//! same name. How to write one is at the top of `harness`.

mod crt;
mod decay;
mod examples;
mod harness;
mod headers;
mod install;
mod library;
mod moveable;
mod native;
mod porting;
mod rules_are_run;
mod trims;
mod win32;
