//! Builds the library and the programs, and runs the programs on the library.

pub mod compile;
pub mod library;
pub mod run;

use std::path::PathBuf;

pub use compile::{Source, c, cxx};
pub use run::Outcome;

/// Defines a test for each rule of a program.
macro_rules! rules {
    ($program:expr => $($rule:ident),* $(,)?) => {$(
        #[test]
        fn $rule() {
            $crate::harness::Source::build(&$program).rule(stringify!($rule)).holds();
        }
    )*};
}
pub(crate) use rules;

/// Where what the tests make goes: beside the build's own directories.
pub fn scratch() -> PathBuf {
    let directory = target().join("malloc-tests");
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
