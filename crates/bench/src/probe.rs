//! Asking a process whose `malloc` it really runs on.
//!
//! A preload that silently fails (a missing symbol, a wrong path) would measure glibc under
//! another name. So before anything is timed, the workload program is started once with the
//! preload and tells which file serves each function, and the version that the library tells.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use heapmin_bench::serving::{FUNCTIONS, VERSION};

use crate::allocators::Preload;
use crate::process;

/// The argument that makes the workload program tell what it runs on.
const ARGUMENT: &str = "serving";

/// What a process says of its allocator.
#[derive(Debug)]
pub struct Answer {
    /// Function name to the file that serves it.
    files: BTreeMap<String, PathBuf>,
    /// The version, if the library has a function that tells it.
    pub version: Option<String>,
}

impl Answer {
    fn read(text: &str) -> Self {
        let mut files: BTreeMap<String, PathBuf> = text
            .lines()
            .filter_map(|line| line.split_once(' '))
            .map(|(name, file)| (name.to_owned(), file.into()))
            .collect();
        let version = files.remove(VERSION).map(|text| text.display().to_string());
        Self { files, version }
    }

    /// The one file that serves all functions.
    pub fn file(&self) -> Result<&Path> {
        let serves = |name: &str| self.files.get(name).with_context(|| format!("no {name} at all"));
        let file = serves("malloc")?;
        for function in FUNCTIONS {
            let name = function.to_str()?;
            let other = serves(name)?;
            if other != file {
                bail!("malloc is {}, but {name} is {}", file.display(), other.display());
            }
        }
        Ok(file)
    }
}

/// Starts the workload program with the preload and asks.
pub fn ask(program: &Path, preload: Option<&Preload>) -> Result<Answer> {
    let mut command = process::command(program, preload);
    command.arg(ARGUMENT);
    let finished = process::run(command, Duration::from_secs(30))?;
    let answer = Answer::read(&String::from_utf8_lossy(&finished.output));
    if let Some(wanted) = preload {
        let serves = answer.file()?;
        if wanted.library.canonicalize()? != serves.canonicalize()? {
            bail!("{} was preloaded, but malloc is {}", wanted.library.display(), serves.display());
        }
    }
    Ok(answer)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(names: &[&str], file: &str) -> String {
        names.iter().map(|name| format!("{name} {file}\n")).collect()
    }

    #[test]
    fn one_library_must_serve_all_functions() {
        let names: Vec<&str> = FUNCTIONS.iter().map(|name| name.to_str().expect("ASCII")).collect();
        let all = answer(&names, "/lib/a.so") + "version 3.3.2\n";
        let good = Answer::read(&all);
        assert_eq!(good.file().expect("one file"), Path::new("/lib/a.so"));
        assert_eq!(good.version.as_deref(), Some("3.3.2"));
        let mixed = Answer::read(&all.replace("free /lib/a.so", "free /lib/b.so"));
        let error = mixed.file().expect_err("two files").to_string();
        assert!(error.contains("free") && error.contains("/lib/b.so"), "{error}");
        let error = Answer::read(&answer(&names[1..], "/lib/a.so")).file().expect_err("no malloc");
        assert!(error.to_string().contains("no malloc"), "{error}");
    }
}
