//! Builds the library and the C programs, and runs the programs.
//!
//! A program is one or more files of `tests/c`. With `#include "rule.h"` it is a list of rules:
//!
//! ```c
//! #include "rule.h"
//! #include <heapapi.h>
//!
//! RULE(a_size_of_zero_gives_a_block) {
//!     CHECK(HeapAlloc(GetProcessHeap(), 0, 0) != NULL);
//! }
//! ```
//!
//! and a module here names each of them, which makes it a test:
//!
//! ```ignore
//! use crate::harness::{c_program, rules};
//!
//! rules! { c_program(&["win32/alloc.c"]) =>
//!     a_size_of_zero_gives_a_block,
//! }
//! ```
//!
//! | what | how |
//! |---|---|
//! | several files | `c_program(&["win32/alloc.c", "win32/threads.c"])` |
//! | C++ | `cxx_program(&["crt/new.cc"])` |
//! | more include directories | `.include("include/compat")`; `include` is there always |
//! | an option of the compiler | `.option("-D_DEBUG")` |
//! | a second way to compile the same files | `.named("alloc_debug")` |
//! | with `libheapmin.a`, all of it static | `.all_static()` |
//! | a file elsewhere | by its path from the project's root: `c_program(&["/examples/c/walk.c"])` |
//! | run a rule and expect that it holds | `.build().rule("name").holds()` |
//! | run a program without rules | `.build().run().holds()`: success expected, gives the outcome |
//! | look at how it ended | `.build().rule("name").outcome()`, `.signal()`, `.stderr` |
//! | arguments, environment, `ulimit` | `.argument(..)`, `.variable(..)`, `.limit("-v 1000000")` |
//! | another program | `Run::of("python3").argument(..)`; [`library::shared`] is the library |

pub mod compile;
pub mod library;
pub mod run;

use std::path::{Path, PathBuf};

pub use compile::{Program, c_program, cxx_program};
pub use run::{Outcome, Run};

/// Defines a test for each rule of a program.
macro_rules! rules {
    ($program:expr => $($rule:ident),* $(,)?) => {$(
        #[test]
        fn $rule() {
            $crate::harness::Program::build(&$program).rule(stringify!($rule)).holds();
        }
    )*};
}
pub(crate) use rules;

/// Where what the tests make goes: beside the build's own directories.
pub fn scratch() -> PathBuf {
    let directory = target().join("c-tests");
    std::fs::create_dir_all(&directory).expect("the target directory is writable");
    directory
}

/// The target directory that this test was built in.
pub fn target() -> PathBuf {
    let test = std::env::current_exe().expect("a test knows its own path");
    // target/PROFILE/deps/TEST
    test.ancestors().nth(3).expect("cargo builds tests three levels down").to_owned()
}

/// The directory of this package.
pub fn package() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// The directory of the project.
pub fn project() -> PathBuf {
    let package = Path::new(env!("CARGO_MANIFEST_DIR"));
    package.ancestors().nth(2).expect("the package is two levels down").to_owned()
}
