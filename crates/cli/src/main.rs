//! `heapmin`: runs programs on the heapmin heap, and looks into them.
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
//! | 0 | help or version was printed, or what was asked for |
//! | 1 | `check`: there is damage |
//! | 2 | wrong usage |
//! | 3 | a process can't be looked into, or doesn't do what it was asked |
//! | 4 | what was found can't be written |
//! | 125 | `run`: heapmin's own library can't be used |
//! | 126 | `run`: the program is there, but cannot be run on the heap |
//! | 127 | `run`: the program is not there |

#![cfg_attr(not(test), no_main)]

mod args;
mod cmd;
#[cfg(test)]
mod documented;
mod failure;
mod library;
#[cfg(test)]
mod made_up;
mod map;
mod output;
mod program;
mod report;
mod start;
mod top;

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
    // What these two run inherits nothing from them; `report` sees to itself.
    if !matches!(args.command, Command::Run(_) | Command::Report(_)) {
        output::writer::outlive_closed_pipes();
    }
    let result = match args.command {
        // It comes back only if it failed: heapmin has become the program otherwise.
        Command::Run(args) => Err(cmd::run::run(&args)),
        Command::Ps(args) => cmd::ps::run(&args),
        Command::Top(args) => cmd::top::run(&args),
        Command::Map(args) => cmd::map::run(&args),
        Command::Walk(args) => cmd::walk::run(&args),
        Command::Check(args) => cmd::check::run(&args),
        Command::Min(args) => cmd::min::run(&args),
        Command::Report(args) => cmd::report::run(&args),
        Command::Metrics(args) => cmd::metrics::run(&args),
    };
    result.unwrap_or_else(|failure| {
        let _ = writeln!(std::io::stderr(), "heapmin: {failure}");
        failure.status()
    })
}
