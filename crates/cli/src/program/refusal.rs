//! Why a program is not run, in words for the person who asked for it.

use std::ffi::OsString;
use std::fmt;
use std::io;
use std::path::PathBuf;

use super::elf::Architecture;

/// A program that can't be run on the heap. Its text has three lines: what is wrong with which
/// file, why that rules out the heap, and what to do.
#[derive(Debug)]
pub struct Refusal {
    /// The file that stands in the way.
    pub(super) file: PathBuf,
    /// What that file has to do with the program.
    pub(super) role: Role,
    /// What is wrong with it.
    pub(super) problem: Problem,
}

/// What a file has to do with the program that was asked for.
#[derive(Clone, Debug)]
pub enum Role {
    /// It is the program.
    Program,
    /// It runs a script.
    Interpreter {
        /// That script.
        script: PathBuf,
    },
}

/// What can be wrong with a file.
#[derive(Debug)]
pub enum Problem {
    /// It isn't there; `searched` is the list of directories, if it was looked for.
    NotFound {
        /// The value of `PATH`.
        searched: Option<OsString>,
    },
    /// The dynamic loader it asks for isn't there.
    LoaderMissing(PathBuf),
    /// It is a directory.
    Directory,
    /// It is a device, a pipe or a socket.
    NotRegular,
    /// This process may not execute it.
    Denied(Denial),
    /// It has no dynamic loader.
    Static,
    /// It is for another machine than the library.
    Foreign {
        /// What it is for.
        found: Architecture,
        /// What the library is for.
        needed: Architecture,
    },
    /// It is an ELF file of another kind.
    NotAProgram,
    /// It starts like an ELF file, but can't be one.
    Damaged(object::Error),
    /// It is built for another C library.
    OtherLibc {
        /// The loader it asks for.
        loader: PathBuf,
        /// The name of that C library.
        libc: &'static str,
    },
    /// It runs in secure-execution mode.
    Privileged(Gain),
    /// Its interpreter is a script whose interpreter is a script, and so on.
    ScriptsTooDeep,
    /// The system refused, for a reason that only it knows.
    Failed(io::Error),
}

/// Why a file may not be executed.
#[derive(Debug)]
pub enum Denial {
    /// Nobody may.
    NoExecuteBit,
    /// Others may, but not this user.
    Mode,
    /// Nothing may be executed on this file system.
    Mount,
    /// A directory on the way to it is closed to this user.
    Directory,
}

/// Where the additional rights come from.
#[derive(Debug)]
pub enum Gain {
    /// The set-user-ID bit.
    User(u32),
    /// The set-group-ID bit.
    Group(u32),
    /// The file's capabilities.
    Capabilities,
    /// This process has them already.
    Inherited,
}

impl Refusal {
    /// The system refused to execute a file that nothing was found wrong with.
    pub fn exec_failed(file: PathBuf, error: io::Error) -> Self {
        Self { file, role: Role::Program, problem: Problem::Failed(error) }
    }

    /// The exit status that shells use too: 127 where something is missing, else 126.
    pub fn status(&self) -> i32 {
        match &self.problem {
            Problem::NotFound { .. } | Problem::LoaderMissing(_) => 127,
            Problem::Failed(error) if error.kind() == io::ErrorKind::NotFound => 127,
            _ => 126,
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let file = self.file.display();
        match &self.role {
            Role::Program => write!(f, "cannot run '{file}': ")?,
            Role::Interpreter { script } => {
                let script = script.display();
                write!(f, "cannot run '{script}': its interpreter '{file}': ")?;
            }
        }
        writeln!(f, "{}", What(&self.problem))?;
        writeln!(f, "  why: {}", Why(&self.problem))?;
        write!(f, "  what to do: {}", WhatToDo(self))
    }
}

struct What<'a>(&'a Problem);

impl fmt::Display for What<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Problem::NotFound { .. } => write!(f, "not found"),
            Problem::LoaderMissing(_) => write!(f, "its dynamic loader is not installed"),
            Problem::Directory => write!(f, "it is a directory"),
            Problem::NotRegular => write!(f, "it is not a regular file"),
            Problem::Denied(_) => write!(f, "permission denied"),
            Problem::Static => write!(f, "it is statically linked"),
            Problem::Foreign { found, .. } => write!(f, "it is a {found} program"),
            Problem::NotAProgram => write!(f, "it is an object file or a core dump"),
            Problem::Damaged(_) => write!(f, "its ELF header is damaged"),
            Problem::OtherLibc { libc, .. } => write!(f, "it is linked with {libc}"),
            Problem::Privileged(Gain::User(uid)) => write!(f, "it is setuid to user {uid}"),
            Problem::Privileged(Gain::Group(gid)) => write!(f, "it is setgid to group {gid}"),
            Problem::Privileged(Gain::Capabilities) => write!(f, "it has file capabilities"),
            Problem::Privileged(Gain::Inherited) => write!(f, "heapmin runs setuid or setgid"),
            Problem::ScriptsTooDeep => write!(f, "too many scripts interpret each other"),
            Problem::Failed(error) => write!(f, "{error}"),
        }
    }
}

struct Why<'a>(&'a Problem);

impl fmt::Display for Why<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Problem::NotFound { searched: None } => write!(f, "there is no such file"),
            Problem::NotFound { searched: Some(path) } => {
                let path = path.display();
                write!(f, "no directory in PATH has such a file (PATH={path})")
            }
            Problem::LoaderMissing(loader) => {
                write!(f, "it needs '{}', which is not there", loader.display())
            }
            Problem::Directory | Problem::NotRegular => {
                write!(f, "only a regular file can be a program")
            }
            Problem::Denied(Denial::NoExecuteBit) => write!(f, "the file is not executable"),
            Problem::Denied(Denial::Mode) => {
                write!(f, "the mode of the file does not let this user execute it")
            }
            Problem::Denied(Denial::Mount) => write!(f, "its file system is mounted noexec"),
            Problem::Denied(Denial::Directory) => {
                write!(f, "this user may not search a directory of this path")
            }
            Problem::Static => write!(
                f,
                "it names no dynamic loader, so nothing reads LD_PRELOAD and its malloc stays its own"
            ),
            Problem::Foreign { needed, .. } => {
                write!(f, "the library to preload is {needed}, and a process has one kind of code")
            }
            Problem::NotAProgram => write!(f, "its ELF type is not that of a program"),
            Problem::Damaged(error) => write!(f, "{error}"),
            Problem::OtherLibc { loader, libc } => write!(
                f,
                "the library to preload is built for glibc, and '{}' of {libc} cannot load it",
                loader.display()
            ),
            Problem::Privileged(_) => {
                write!(f, "a program with more rights than its caller ignores preloaded libraries")
            }
            Problem::ScriptsTooDeep => {
                write!(f, "the kernel follows only five interpreters in a row")
            }
            Problem::Failed(_) => write!(f, "the system did not execute it"),
        }
    }
}

struct WhatToDo<'a>(&'a Refusal);

impl fmt::Display for WhatToDo<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let file = self.0.file.display();
        match (&self.0.problem, &self.0.role) {
            (Problem::NotFound { .. }, Role::Interpreter { .. })
                if self.0.file.as_os_str().as_encoded_bytes().ends_with(b"\r") =>
            {
                write!(f, "end the script's lines with LF instead of CR LF")
            }
            (Problem::NotFound { .. }, Role::Interpreter { .. }) => {
                write!(f, "install it, or correct the script's first line")
            }
            (Problem::NotFound { searched: Some(_) }, _) => {
                write!(f, "check the spelling, install the program, or give its path")
            }
            (Problem::NotFound { searched: None }, _) => write!(f, "check the path"),
            (Problem::LoaderMissing(_), _) => {
                write!(f, "install the C library that the program was built for")
            }
            (Problem::Directory, _) => write!(f, "name a program inside it"),
            (Problem::Denied(Denial::NoExecuteBit), _) => {
                write!(f, "if it is a program: chmod +x '{file}'")
            }
            (Problem::Denied(Denial::Mode | Denial::Directory), _) => {
                write!(f, "run it as a user who may, or change the permissions")
            }
            (Problem::Denied(Denial::Mount), _) => {
                write!(f, "copy it to another file system, or remount this one with exec")
            }
            (Problem::Static | Problem::OtherLibc { .. }, _) => {
                write!(f, "use a build of it that is linked dynamically with glibc")
            }
            (Problem::Foreign { needed, .. }, _) => {
                write!(f, "use the {needed} build of the program")
            }
            (Problem::NotRegular | Problem::NotAProgram, _) => {
                write!(f, "name a program or a script")
            }
            (Problem::Damaged(_), _) => write!(f, "install or build the program again"),
            (Problem::Privileged(Gain::Inherited), _) => {
                write!(f, "remove the setuid and setgid bits from heapmin")
            }
            (Problem::Privileged(Gain::Capabilities), _) => {
                write!(f, "run it as root, or run a copy of it, which has no capabilities")
            }
            (Problem::Privileged(_), _) => write!(
                f,
                "run heapmin as that user, put it after a command that changes the user \
                 (sudo heapmin run ...), or run a copy without the bit"
            ),
            (Problem::ScriptsTooDeep, _) => write!(f, "name the last interpreter directly"),
            (Problem::Failed(_), _) => {
                write!(f, "see whether it starts without heapmin: '{file}'")
            }
        }
    }
}
