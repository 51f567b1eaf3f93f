//! What the library promises, as C and C++ programs that run on it.
//!
//! The programs are in `tests/c`; most are lists of rules, and each rule is a test here of the
//! same name. `tests/README.md` says which test guards which requirement.

mod harness;

mod cxx;
mod embedding;
mod examples;
mod fork;
mod giveback;
mod library;
mod limits;
mod misuse;
mod posix;
mod rules_are_run;
mod signals;
mod statistics;
mod threads;
