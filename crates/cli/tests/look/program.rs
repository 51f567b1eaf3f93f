//! Programs from `tests/look/c` that use the documented heap, as they run.

use std::env;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::OnceLock;

use tempfile::TempDir;

use crate::subject::heapmin;

/// A program that runs. It ends when dropped.
pub struct Program {
    child: Child,
    lines: BufReader<ChildStdout>,
    _directory: TempDir,
}

impl Program {
    /// Starts one that is linked with `libheapmin.so`.
    pub fn linked(source: &str, arguments: &[&str]) -> Self {
        let library = library();
        let place = library.parent().unwrap().display();
        let options = [library.to_str().unwrap(), &format!("-Wl,-rpath,{place}"), "-DUSE_HEAPS"];
        let (directory, program) = compile(source, &options);
        Self::start(Command::new(program).args(arguments), directory)
    }

    /// Starts one whose `malloc` is heapmin's by `heapmin run`.
    pub fn preloaded(source: &str, arguments: &[&str]) -> Self {
        let (directory, program) = compile(source, &[]);
        let mut command = heapmin();
        command.env("XDG_CACHE_HOME", directory.path());
        Self::start(command.args(["run", "--"]).arg(program).args(arguments), directory)
    }

    fn start(command: &mut Command, directory: TempDir) -> Self {
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap());
        Self { child, lines, _directory: directory }
    }

    /// The next line that it writes, without the end.
    pub fn line(&mut self) -> String {
        let mut line = String::new();
        assert!(self.lines.read_line(&mut line).unwrap() > 0, "the program has ended");
        line.trim_end().to_owned()
    }

    /// Its number.
    pub fn number(&self) -> i32 {
        self.child.id() as i32
    }

    /// The same, as a word.
    pub fn pid(&self) -> String {
        self.child.id().to_string()
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn project() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn compile(source: &str, options: &[&str]) -> (TempDir, PathBuf) {
    let directory = tempfile::tempdir().unwrap();
    let program = directory.path().join(source);
    let file = format!("{}/tests/look/c/{source}.c", env!("CARGO_MANIFEST_DIR"));
    let mut compiler = Command::new("cc");
    compiler.args(["-std=gnu17", "-O1", "-g", "-Wall", "-Wextra", "-fno-builtin", "-pthread"]);
    compiler.arg("-I").arg(project().join("include")).arg(file).arg("-o").arg(&program);
    assert!(compiler.args(options).status().unwrap().success(), "{compiler:?}");
    (directory, program)
}

/// `libheapmin.so`, built once a run beside the binary under test.
fn library() -> &'static Path {
    static BUILT: OnceLock<PathBuf> = OnceLock::new();
    BUILT.get_or_init(|| {
        let target = Path::new(env!("CARGO_TARGET_TMPDIR")).join("look");
        let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let mut build = Command::new(cargo);
        build.args(["build", "--quiet", "--lib", "--package", "heapmin-c", "--manifest-path"]);
        build.arg(project().join("Cargo.toml")).arg("--target-dir").arg(&target);
        assert!(build.status().unwrap().success(), "{build:?}");
        target.join("debug/libheapmin.so")
    })
}
