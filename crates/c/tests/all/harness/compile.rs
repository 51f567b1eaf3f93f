//! Compiling the programs, each once per change.

use super::run::Run;
use super::{library, package, project, scratch};
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::SystemTime;

/// What the program is linked with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Link {
    Shared,
    Static,
}

/// A program to compile.
#[derive(Clone, Debug)]
pub struct Program {
    sources: Vec<PathBuf>,
    compiler: &'static str,
    output: String,
    includes: Vec<PathBuf>,
    options: Vec<String>,
    link: Link,
}

/// A C program from files of `tests/c`, or of the project where a path starts with `/`.
pub fn c_program(sources: &[&str]) -> Program {
    // No knowledge of what the functions do: pairs of calls would be optimised away, and misuse
    // with them.
    Program::new(sources, "cc", "-std=gnu17 -O1 -g -Wall -Wextra -fno-builtin -pthread")
}

/// A C++ program, as [`c_program`].
pub fn cxx_program(sources: &[&str]) -> Program {
    Program::new(sources, "c++", "-std=c++20 -O1 -g -Wall -Wextra -fno-builtin -pthread")
}

impl Program {
    fn new(sources: &[&str], compiler: &'static str, options: &str) -> Self {
        let place = |source: &&str| match source.strip_prefix('/') {
            Some(rest) => project().join(rest),
            None => package().join("tests/c").join(source),
        };
        Self {
            sources: sources.iter().map(place).collect(),
            compiler,
            output: sources.join("+").trim_start_matches('/').replace(['.', '/'], "_"),
            includes: vec![package().join("tests/c"), project().join("include")],
            options: options.split(' ').map(str::to_owned).collect(),
            link: Link::Shared,
        }
    }

    /// With a directory of the project, in front of the others, to look for headers in.
    pub fn include(mut self, directory: &str) -> Self {
        self.includes.insert(0, project().join(directory));
        self
    }

    /// With one more option of the compiler.
    pub fn option(mut self, option: &str) -> Self {
        self.options.push(option.to_owned());
        self
    }

    /// As a file of this name, for a second way to compile the same files.
    pub fn named(mut self, output: &str) -> Self {
        self.output = output.to_owned();
        self
    }

    /// Linked with `libheapmin.a`, and with the C library statically as well.
    pub fn all_static(mut self) -> Self {
        self.link = Link::Static;
        self.output.push_str("_static");
        self
    }

    /// Compiles it, unless that was done since its files, a header or the library changed.
    pub fn build(&self) -> Built {
        let output = scratch().join(&self.output);
        let library = match self.link {
            Link::Shared => library::shared(),
            Link::Static => library::archive(),
        };
        let lock = File::create(scratch().join(format!("{}.lock", self.output)))
            .expect("the lock can be made");
        lock.lock().expect("the lock can be taken");
        // The command is kept beside the program: a change of it is a change as well.
        let recipe = scratch().join(format!("{}.recipe", self.output));
        let command = self.command(&output, &library);
        let wanted = format!("{command:?}");
        let headers = self.includes.iter().flat_map(|directory| headers(directory));
        let inputs = self.sources.iter().cloned().chain(headers).chain([library]);
        let newest = inputs.filter_map(|input| changed(&input)).max();
        if newest >= changed(&output) || fs::read_to_string(&recipe).ok() != Some(wanted.clone()) {
            let _ = fs::remove_file(&output);
            self.compile(command);
            fs::write(&recipe, wanted).expect("the recipe can be written");
        }
        Built { path: output }
    }

    fn command(&self, output: &Path, library: &Path) -> Command {
        let mut command = Command::new(self.compiler);
        command.args(["-D_GNU_SOURCE", "-o"]).arg(output);
        for directory in &self.includes {
            command.arg("-I").arg(directory);
        }
        command.args(&self.options).args(&self.sources).arg(library);
        match (self.link, library.parent()) {
            (Link::Shared, Some(place)) => command.arg(format!("-Wl,-rpath,{}", place.display())),
            _ => command.arg("-static"),
        };
        command.arg("-ldl");
        command
    }

    fn compile(&self, mut command: Command) {
        let compiled =
            command.output().unwrap_or_else(|error| panic!("{}: {error}", self.compiler));
        let messages = String::from_utf8_lossy(&compiled.stderr);
        assert!(compiled.status.success(), "{command:?}\n{messages}");
        eprint!("{messages}");
    }
}

/// The headers in a directory and in those below it.
fn headers(directory: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(directory).into_iter().flatten().flatten();
    let mut found = Vec::new();
    for path in entries.map(|entry| entry.path()) {
        if path.is_dir() {
            found.extend(headers(&path));
        } else if path.extension().is_some_and(|ending| ending == "h") {
            found.push(path);
        }
    }
    found
}

/// When a file was changed last; `None`, which is before any time, if there is no such file.
fn changed(file: &Path) -> Option<SystemTime> {
    fs::metadata(file).and_then(|metadata| metadata.modified()).ok()
}

/// A compiled program.
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
