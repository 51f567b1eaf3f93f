//! Compiling the programs, each once per change.

use super::run::Run;
use super::{package, scratch};
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::SystemTime;

/// A program or library to compile from one file of `tests/c`.
#[derive(Clone, Debug)]
pub struct Source {
    file: &'static str,
    compiler: &'static str,
    output: String,
    options: Vec<String>,
}

/// A C program.
pub fn c(file: &'static str) -> Source {
    // No knowledge of what malloc does: pairs of calls would be optimised away, and misuse with
    // them.
    let options = "-std=gnu17 -O1 -g -Wall -Wextra -Wno-pragmas -fno-builtin -pthread";
    Source::new(file, "cc", options)
}

/// A C++ program. Unoptimised, because a pair of `new` and `delete` may be removed otherwise.
pub fn cxx(file: &'static str) -> Source {
    Source::new(file, "c++", "-std=c++20 -O0 -g -Wall -Wextra -fno-builtin -pthread")
}

impl Source {
    fn new(file: &'static str, compiler: &'static str, options: &str) -> Self {
        let options = options.split(' ').map(str::to_owned).collect();
        Self { file, compiler, output: file.replace('.', "_"), options }
    }

    /// With one more option of the compiler.
    pub fn option(mut self, option: &str) -> Self {
        self.options.push(option.to_owned());
        self
    }

    /// As a file of this name, for a second way to compile the same source.
    pub fn named(mut self, output: &str) -> Self {
        self.output = output.to_owned();
        self
    }

    /// As a shared library of this name.
    pub fn shared(self, output: &str) -> Self {
        self.named(output).option("-shared").option("-fPIC")
    }

    /// Compiles it, unless that was done since its file or a header changed.
    pub fn build(&self) -> Built {
        let directory = package().join("tests/c");
        let output = scratch().join(&self.output);
        let lock = File::create(scratch().join(format!("{}.lock", self.output)));
        lock.and_then(|lock| lock.lock().map(|()| lock)).map_or_else(
            |error| panic!("locking {}: {error}", self.output),
            |_lock| {
                let inputs = ["rule.h", "measure.h", "giveback.h", self.file];
                let newest = inputs.map(|input| changed(&directory.join(input))).into_iter().max();
                if newest.flatten() >= changed(&output) {
                    self.compile(&directory.join(self.file), &output);
                }
            },
        );
        Built { path: output }
    }

    fn compile(&self, input: &Path, output: &Path) {
        let _ = fs::remove_file(output);
        let compiled = Command::new(self.compiler)
            .args(["-D_GNU_SOURCE", "-o"])
            .arg(output)
            .arg(input)
            .args(&self.options)
            .arg("-ldl")
            .output()
            .unwrap_or_else(|error| panic!("{}: {error}", self.compiler));
        let messages = String::from_utf8_lossy(&compiled.stderr);
        assert!(compiled.status.success(), "{}:\n{messages}", input.display());
        eprint!("{messages}");
    }
}

/// When a file was changed last; `None`, which is before any time, if there is no such file.
fn changed(file: &Path) -> Option<SystemTime> {
    fs::metadata(file).and_then(|metadata| metadata.modified()).ok()
}

/// A compiled program or library.
pub struct Built {
    pub path: PathBuf,
}

impl Built {
    /// The program without arguments.
    pub fn run(&self) -> Run {
        Run::new(&self.path)
    }

    /// The program with the name of a rule as its argument.
    pub fn rule(&self, rule: &str) -> Run {
        self.run().argument(rule)
    }
}
