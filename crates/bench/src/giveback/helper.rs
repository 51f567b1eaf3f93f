//! The library that knows each allocator's call, built from `giveback/purge.c`.

use std::env;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Result;

use crate::allocators::Source;
use crate::peers::succeed;

/// The file to which the answer goes when the call is asked for by signal.
pub const ANSWER: &str = "HEAPMIN_BENCH_ANSWER";

const OPTIONS: &[&str] = &["-O2", "-std=gnu11", "-Wall", "-Wextra", "-shared", "-fPIC"];

/// The library, built.
pub fn library(source: &Source) -> Result<PathBuf> {
    let library = source.directory("bench-giveback")?.join("libbench-purge.so");
    build(&library)?;
    Ok(library)
}

fn build(library: &Path) -> Result<()> {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("giveback/purge.c");
    let mut command = Command::new(env::var_os("CC").unwrap_or_else(|| "cc".into()));
    command.args(OPTIONS).arg(source).arg("-o").arg(library).arg("-ldl");
    succeed(command)
}

/// Puts this library, and after it the allocator, if it is not the program's own, before a program.
pub fn preload(command: &mut Command, allocator: Option<&Path>, helper: &Path) {
    let mut list = OsString::from(helper);
    if let Some(allocator) = allocator {
        list.push(":");
        list.push(allocator);
    }
    command.env("LD_PRELOAD", list);
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    #[test]
    fn the_library_compiles_without_warnings_and_is_found_by_its_functions() {
        let mut command = Command::new("cc");
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("giveback/purge.c");
        command.args(OPTIONS).args(["-Werror", "-fsyntax-only"]).arg(source);
        succeed(command).expect("it compiles");
        let library = env::temp_dir().join(format!("bench-purge-{}.so", std::process::id()));
        build(&library).expect("it is built");
        let bytes = fs::read(&library).expect("it is there");
        let name = b"heapmin_bench_purge_name";
        assert!(bytes.windows(name.len()).any(|part| part == name));
        fs::remove_file(&library).expect("removed");
    }

    #[test]
    fn the_allocator_comes_behind() {
        let listed = |allocator: Option<&Path>| {
            let mut command = Command::new("true");
            preload(&mut command, allocator, Path::new("/h.so"));
            let value = command.get_envs().find(|(name, _)| *name == "LD_PRELOAD");
            value.and_then(|(_, value)| value).map(|value| value.to_string_lossy().into_owned())
        };
        assert_eq!(listed(Some(Path::new("/a.so"))).as_deref(), Some("/h.so:/a.so"));
        assert_eq!(listed(None).as_deref(), Some("/h.so"));
    }
}
