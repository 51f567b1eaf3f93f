//! `heapmin`: runs programs on the heapmin heap.
//!
//! `heapmin run` becomes the program it runs, so whatever the parent handed down has to reach
//! that program untouched. The start-up code that rustc puts before a Rust `main` ignores
//! SIGPIPE and opens `/dev/null` for closed standard streams, and a program started afterwards
//! would inherit both. So this binary has C's `main`.
//!
//! Exit status of heapmin itself, where no program ran:
//!
//! | status | meaning |
//! |---|---|
//! | 0 | help or version was printed |
//! | 2 | wrong usage |
//! | 125 | heapmin's own library can't be used |
//! | 126 | the program is there, but cannot be run on the heap |
//! | 127 | the program is not there |

#![cfg_attr(not(test), no_main)]

mod args;
mod cmd;
mod failure;
mod library;
mod program;

use std::ffi::{c_char, c_int};
use std::io::Write;

use clap::Parser;

use crate::args::{Args, Command};

/// The entry point that the C library's start-up code calls.
// SAFETY: no other item of this program has the symbol name `main`.
#[cfg_attr(not(test), unsafe(no_mangle))]
extern "C" fn main(_argc: c_int, _argv: *const *const c_char) -> c_int {
    let args = match Args::try_parse() {
        Ok(args) => args,
        Err(answer) => {
            // A closed stream takes nothing, and there is no other place to say so.
            let _ = answer.print();
            return answer.exit_code();
        }
    };
    let failure = match args.command {
        Command::Run(run) => cmd::run::run(&run),
    };
    let _ = writeln!(std::io::stderr(), "heapmin: {failure}");
    failure.status()
}
