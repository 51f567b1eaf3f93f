//! A program that may be started on the heap: found, judged, with its environment ready.

use std::ffi::{CString, OsStr, OsString};
use std::io;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Path, PathBuf};

use crate::failure::Failure;
use crate::library;
use crate::program::{self, Architecture, Refusal, Shape};

/// What runs a script that has no `#!` line, here as in a shell and in `execvp`.
const SHELL: &str = "/bin/sh";

/// See the module.
#[derive(Debug)]
pub struct Prepared {
    path: PathBuf,
    words: Vec<OsString>,
    environment: Vec<OsString>,
    shape: Shape,
    architecture: Architecture,
}

impl Prepared {
    /// Finds the program that the first of the `words` names and the library, `chosen` or the usual
    /// one, and makes sure that the one can be preloaded into the other.
    pub fn new(
        words: &[OsString],
        chosen: Option<&Path>,
        settings: &[(&str, String)],
    ) -> Result<Self, Failure> {
        // The parser demands at least one word.
        let name = words.first().map_or(OsStr::new(""), |name| name);
        let path = program::find(name)?;
        let library = library::locate(chosen)?;
        let shape = program::judge(&path, library.architecture())?;
        let environment = environment(std::env::vars_os(), library.path(), settings);
        let architecture = library.architecture();
        Ok(Self { path, words: words.to_vec(), environment, shape, architecture })
    }

    /// Has the program find a further setting in its environment, in place of what is there.
    pub fn set(&mut self, name: &str, value: &str) {
        self.environment.retain(|entry| {
            entry
                .as_bytes()
                .strip_prefix(name.as_bytes())
                .is_none_or(|rest| !rest.starts_with(b"="))
        });
        self.environment.push(format!("{name}={value}").into());
    }

    /// Replaces this process by the program. Returns only if that failed, saying why.
    pub fn become_it(self) -> Failure {
        let error = exec(&self.path, &self.words, &self.environment);
        if error.raw_os_error() != Some(libc::ENOEXEC) || self.shape != Shape::Text {
            return Refusal::exec_failed(self.path, error).into();
        }
        let shell = PathBuf::from(SHELL);
        if let Err(refusal) = program::judge(&shell, self.architecture) {
            return refusal.into();
        }
        let mut words = vec![OsString::from(SHELL), self.path.into_os_string()];
        words.extend(self.words.into_iter().skip(1));
        let error = exec(&shell, &words, &self.environment);
        Refusal::exec_failed(shell, error).into()
    }
}

/// The program's environment: `current`, with the library first in `LD_PRELOAD`, and with the
/// settings in place of what it says about them.
pub fn environment(
    current: impl Iterator<Item = (OsString, OsString)>,
    library: &Path,
    settings: &[(&str, String)],
) -> Vec<OsString> {
    let mut preload = library.as_os_str().to_owned();
    let mut entries = Vec::new();
    for (name, value) in current {
        if name == "LD_PRELOAD" {
            preload = prepend(library, &value);
        } else if settings.iter().all(|(set, _)| name != *set) {
            entries.push(entry(&name, &value));
        }
    }
    entries.push(entry("LD_PRELOAD", &preload));
    entries.extend(settings.iter().map(|(name, value)| entry(name, value)));
    entries
}

/// `library` before the `preloaded` ones, unless it is the first of them already: a program on
/// heapmin may start another one through `heapmin run`.
fn prepend(library: &Path, preloaded: &OsStr) -> OsString {
    let mut list = library.as_os_str().to_owned();
    let mut names = preloaded.as_bytes().split(|byte| b": ".contains(byte));
    if names.next() == Some(list.as_bytes()) {
        return preloaded.to_owned();
    }
    if !preloaded.is_empty() {
        list.push(":");
        list.push(preloaded);
    }
    list
}

fn entry(name: impl AsRef<OsStr>, value: impl AsRef<OsStr>) -> OsString {
    let mut entry = name.as_ref().to_owned();
    entry.push("=");
    entry.push(value);
    entry
}

/// Replaces this process by the program in the file `path`; returns only the reason why not.
fn exec(path: &Path, words: &[OsString], environment: &[OsString]) -> io::Error {
    let strings = |list: &[OsString]| -> Result<Vec<CString>, io::Error> {
        let strings = list.iter().map(|word| CString::new(word.clone().into_vec()));
        Ok(strings.collect::<Result<_, _>>()?)
    };
    let (path, words, environment) =
        match (CString::new(path.as_os_str().as_bytes()), strings(words), strings(environment)) {
            (Ok(path), Ok(words), Ok(environment)) => (path, words, environment),
            (Err(error), ..) => return error.into(),
            (_, Err(error), _) | (.., Err(error)) => return error,
        };
    let null_ended = |list: &[CString]| {
        let pointers = list.iter().map(|string| string.as_ptr());
        pointers.chain([std::ptr::null()]).collect::<Vec<_>>()
    };
    let (argv, envp) = (null_ended(&words), null_ended(&environment));
    // SAFETY: `path` is a C string; `argv` and `envp` are arrays that end in null, and each
    // pointer before it points to a C string in `words` or `environment`. All of them live until
    // the end of this function, and `execve` only reads them.
    unsafe { libc::execve(path.as_ptr(), argv.as_ptr(), envp.as_ptr()) };
    io::Error::last_os_error()
}
