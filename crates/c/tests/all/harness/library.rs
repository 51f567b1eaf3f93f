//! The libraries under test.

use super::{project, scratch, target};
use std::env;
use std::fs::{self, File};
use std::path::PathBuf;
use std::process::Command;
use std::sync::OnceLock;

/// `libheapmin.so`, built in release mode as users get it.
pub fn shared() -> PathBuf {
    libraries().join("libheapmin.so")
}

/// `libheapmin.a`, likewise.
pub fn archive() -> PathBuf {
    libraries().join("libheapmin.a")
}

/// The directory of all that the project builds, the command and `libheapmin_malloc.so` as well.
pub fn release() -> PathBuf {
    static BUILT: OnceLock<()> = OnceLock::new();
    BUILT.get_or_init(|| {
        build("everything", &["--package", "heapmin-malloc", "--package", "heapmin-cli"])
    });
    libraries()
}

fn libraries() -> PathBuf {
    static BUILT: OnceLock<()> = OnceLock::new();
    BUILT.get_or_init(|| build("library", &["--lib", "--package", "heapmin-c"]));
    target().join("release")
}

/// Builds packages once: a lock keeps tests in other processes waiting, and where the test runner
/// gives all of them the number of its run, the first leaves a note for the others.
fn build(name: &str, packages: &[&str]) {
    let lock = File::create(scratch().join(format!("{name}.lock"))).expect("the lock can be made");
    lock.lock().expect("the lock can be taken");
    let note = scratch().join(format!("{name}.run"));
    let run = env::var("NEXTEST_RUN_ID").unwrap_or_default();
    if run.is_empty() || fs::read_to_string(&note).unwrap_or_default() != run {
        let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let built = Command::new(cargo)
            .args(["build", "--release"])
            .args(packages)
            .arg("--manifest-path")
            .arg(project().join("Cargo.toml"))
            .arg("--target-dir")
            .arg(target())
            .output()
            .expect("cargo runs");
        assert!(built.status.success(), "{}", String::from_utf8_lossy(&built.stderr));
        fs::write(&note, run).expect("the note can be written");
    }
}
