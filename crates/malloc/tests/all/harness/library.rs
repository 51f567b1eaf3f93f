//! The library under test.

use super::{package, scratch, target};
use std::env;
use std::fs::{self, File};
use std::path::PathBuf;
use std::process::Command;
use std::sync::OnceLock;

/// `libheapmin_malloc.so`, built in release mode as users get it.
///
/// `HEAPMIN_TEST_LIBRARY` names another library to test, or `none` to run the programs on the
/// C library's allocator: a rule that fails there as well is no rule.
pub fn path() -> Option<PathBuf> {
    static PATH: OnceLock<Option<PathBuf>> = OnceLock::new();
    PATH.get_or_init(|| match env::var_os("HEAPMIN_TEST_LIBRARY") {
        Some(none) if none == "none" => None,
        Some(other) => Some(PathBuf::from(other)),
        None => Some(build()),
    })
    .clone()
}

/// The library, for tests that make no sense without it.
pub fn required() -> PathBuf {
    path().expect("this test is about the library itself")
}

/// Builds it once: a lock keeps tests in other processes waiting, and where the test runner
/// gives all of them the number of its run, the first leaves a note for the others.
fn build() -> PathBuf {
    let library = target().join("release/libheapmin_malloc.so");
    let lock = File::create(scratch().join("library.lock")).expect("the lock can be made");
    lock.lock().expect("the lock can be taken");
    let note = scratch().join("library.run");
    let run = env::var("NEXTEST_RUN_ID").unwrap_or_default();
    if run.is_empty() || fs::read_to_string(&note).unwrap_or_default() != run {
        let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let built = Command::new(cargo)
            .args(["build", "--release", "--lib", "--manifest-path"])
            .arg(package().join("Cargo.toml"))
            .arg("--target-dir")
            .arg(target())
            .output()
            .expect("cargo runs");
        assert!(built.status.success(), "{}", String::from_utf8_lossy(&built.stderr));
        fs::write(&note, run).expect("the note can be written");
    }
    library
}
