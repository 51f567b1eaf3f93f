//! Building the benchmark's program: for this system on heapmin, and for Windows.

use std::env;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::allocators::Source;
use crate::peers::{joined, succeed};

const MINGW: &str = "x86_64-w64-mingw32-gcc";
/// The same for both compilers.
const OPTIONS: &[&str] = &["-O2", "-std=gnu11", "-Wall", "-Wextra"];

/// Where the programs are built, and from what.
pub struct Programs {
    directory: PathBuf,
    libraries: Vec<PathBuf>,
}

impl Programs {
    /// Builds the libraries, if their sources changed.
    pub fn new(source: &Source) -> Result<Self> {
        let directory = source.directory("bench-heap")?;
        Ok(Self { directory, libraries: source.documented_heap()? })
    }

    /// The program on heapmin, built.
    pub fn native(&self) -> Result<PathBuf> {
        let program = self.directory.join("heap_bench");
        let mut command = Command::new(env::var_os("CC").unwrap_or_else(|| "cc".into()));
        command.args(OPTIONS).arg(joined("-I", &root().join("include/compat")));
        command.arg(source_file()).arg("-o").arg(&program).arg("-pthread");
        // malloc comes from the first library; so do the heap functions if it has them.
        command.arg("-Wl,--as-needed").args(&self.libraries);
        for library in &self.libraries {
            let place = library.parent().context("a library is in no directory")?;
            command.arg(joined("-Wl,-rpath,", place));
        }
        succeed(command)?;
        Ok(program)
    }

    /// The program for Windows, built.
    pub fn windows(&self) -> Result<PathBuf> {
        if !is_on_path(MINGW) {
            bail!("{MINGW} is not installed; on Debian: apt-get install gcc-mingw-w64-x86-64");
        }
        let program = self.directory.join("heap_bench.exe");
        let mut command = Command::new(MINGW);
        command.args(OPTIONS).arg("-static").arg(source_file()).arg("-o").arg(&program);
        succeed(command)?;
        Ok(program)
    }
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn source_file() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("heap/heap_bench.c")
}

/// Whether a program of this name can be started by its name.
pub fn is_on_path(name: &str) -> bool {
    let path: OsString = env::var_os("PATH").unwrap_or_default();
    env::split_paths(&path).any(|directory| fs::metadata(directory.join(name)).is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_program_compiles_without_warnings() {
        let mut command = Command::new("cc");
        command.args(OPTIONS).args(["-Werror", "-fsyntax-only"]);
        command.arg(joined("-I", &root().join("include/compat"))).arg(source_file());
        succeed(command).expect("it compiles");
    }

    #[test]
    fn programs_are_found_on_the_path() {
        assert!(is_on_path("sh"));
        assert!(!is_on_path("heap-bench-that-does-not-exist"));
    }
}
