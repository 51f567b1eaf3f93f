//! A directory of its own for each test, with heapmin in it, and what the tests share.

use std::env;
use std::ffi::OsStr;
use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use tempfile::TempDir;

/// The user and the group that have no rights: `nobody` and `nogroup`.
pub const NOBODY: u32 = 65534;

/// A directory that every user can look into, with `bin/heapmin` and an empty `cache`.
pub struct Sandbox {
    directory: TempDir,
}

impl Sandbox {
    pub fn new() -> Self {
        let open = Permissions::from_mode(0o755);
        let directory = tempfile::Builder::new().permissions(open).tempdir().unwrap();
        let sandbox = Self { directory };
        sandbox.directory("cache");
        sandbox.install("bin");
        sandbox
    }

    /// The path of something in the sandbox.
    pub fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    /// Creates a directory that only its owner can write to.
    pub fn directory(&self, name: &str) -> PathBuf {
        let path = self.path(name);
        fs::create_dir_all(&path).unwrap();
        fs::set_permissions(&path, Permissions::from_mode(0o755)).unwrap();
        path
    }

    /// Creates a file with this mode.
    pub fn file(&self, name: &str, content: impl AsRef<[u8]>, mode: u32) -> PathBuf {
        let path = self.path(name);
        fs::write(&path, content).unwrap();
        fs::set_permissions(&path, Permissions::from_mode(mode)).unwrap();
        path
    }

    /// Creates a copy of an installed program, with this mode.
    pub fn copy_of(&self, program: &str, name: &str, mode: u32) -> PathBuf {
        self.file(name, fs::read(program).unwrap(), mode)
    }

    /// Compiles a C program that prints `ran`.
    pub fn compile(&self, name: &str, flags: &[&str]) -> PathBuf {
        let source = "#include <stdio.h>\nint main(void) { puts(\"ran\"); }";
        self.compile_source(name, source, flags)
    }

    /// Compiles this C program.
    pub fn compile_source(&self, name: &str, source: &str, flags: &[&str]) -> PathBuf {
        let source = self.file(&format!("{name}.c"), source, 0o644);
        let path = self.path(name);
        let mut compiler = Command::new("cc");
        compiler.arg(source).arg("-o").arg(&path).args(flags);
        assert!(compiler.status().unwrap().success(), "{compiler:?}");
        path
    }

    /// Puts heapmin, and nothing else, into a new directory.
    pub fn install(&self, directory: &str) -> PathBuf {
        let path = self.directory(directory).join("heapmin");
        let built = env!("CARGO_BIN_EXE_heapmin");
        // A link is quicker, where both are on one file system.
        if fs::hard_link(built, &path).is_err() {
            fs::copy(built, &path).unwrap();
        }
        path
    }

    /// `heapmin`, with its cache in the sandbox.
    pub fn heapmin(&self) -> Command {
        let mut command = Command::new(self.path("bin/heapmin"));
        command.env("XDG_CACHE_HOME", self.path("cache"));
        let inherited = env::vars_os().map(|(name, _)| name);
        for name in inherited.filter(|name| name.to_string_lossy().starts_with("HEAPMIN_")) {
            command.env_remove(name);
        }
        command.env_remove("LD_PRELOAD");
        command
    }

    /// `heapmin run -- PROGRAM ARGS…`.
    pub fn run<Word: AsRef<OsStr>>(&self, program: impl IntoIterator<Item = Word>) -> Command {
        let mut command = self.heapmin();
        command.args(["run", "--"]).args(program);
        command
    }

    /// The library that heapmin put into a directory for caches.
    pub fn cached_library(&self, directory: &str) -> PathBuf {
        let files = fs::read_dir(self.path(directory)).unwrap();
        let files: Vec<PathBuf> = files.map(|file| file.unwrap().path()).collect();
        assert_eq!(files.len(), 1, "{files:?}");
        files.into_iter().next().unwrap()
    }

    /// Lets the command run as `nobody`, with a home of its own in the sandbox. The caller is root.
    pub fn as_nobody(&self, command: &mut Command) {
        for name in ["cache", "home"] {
            let directory = self.directory(name);
            std::os::unix::fs::chown(directory, Some(NOBODY), Some(NOBODY)).unwrap();
        }
        command.env("HOME", self.path("home")).uid(NOBODY).gid(NOBODY);
    }
}

/// Whether the tests run as root. If not, says that the test that asked does nothing.
pub fn is_root() -> bool {
    let root = rustix::process::geteuid().is_root();
    if !root {
        eprintln!("not tested: only root can change users");
    }
    root
}

/// What a command prints to stdout; it has to succeed and print nothing to stderr.
pub fn stdout(command: &mut Command) -> String {
    let output = command.output().unwrap();
    assert!(output.status.success(), "{command:?}: {output:?}");
    assert_eq!(text(&output.stderr), "", "{command:?}");
    text(&output.stdout)
}

/// Asserts that heapmin refuses, with this exit status and these words in its message, and that
/// the program printed nothing.
#[track_caller]
pub fn assert_refused(command: &mut Command, status: i32, words: &[&str]) -> Output {
    let output = command.output().unwrap();
    let message = text(&output.stderr);
    assert_eq!(output.status.code(), Some(status), "{command:?}: {message}");
    assert_eq!(text(&output.stdout), "", "{command:?}: {message}");
    assert!(message.starts_with("heapmin: cannot "), "{command:?}: {message}");
    assert!(message.contains("what to do: "), "{command:?}: {message}");
    for word in words {
        assert!(message.contains(word), "{command:?}: no '{word}' in: {message}");
    }
    output
}

/// Asserts that the command runs a program that shows its memory map, with the library in it.
#[track_caller]
pub fn assert_preloaded(command: &mut Command) {
    let map = stdout(command);
    assert!(map.contains("/libheapmin_malloc"), "{command:?}: {map}");
}

/// The words of a command that shows its memory map.
pub fn show_map(program: &Path) -> [&OsStr; 3] {
    [program.as_os_str(), "r-xp".as_ref(), "/proc/self/maps".as_ref()]
}

pub fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}
