//! `heapmin run`: become the program, with the heap preloaded.
//!
//! `execve` keeps everything by itself that a parent process would have to imitate: the process
//! id, the terminal, signals in both directions, stopping and continuing, the exit status.

use std::convert::Infallible;
use std::ffi::{CString, OsStr, OsString};
use std::io;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Path, PathBuf};

use crate::args::Run;
use crate::failure::Failure;
use crate::library;
use crate::program::{self, Refusal, Shape};

/// What runs a script that has no `#!` line, here as in a shell and in `execvp`.
const SHELL: &str = "/bin/sh";

/// Makes the library print statistics at exit.
const STATS: &str = "HEAPMIN_STATS";
/// Restricts that to the process with this number.
const STATS_PROCESS: &str = "HEAPMIN_STATS_PROCESS";
/// When unused memory goes back.
const DECAY: &str = "HEAPMIN_DECAY_MS";
/// Makes the library give memory back when the system runs short of it.
const PRESSURE: &str = "HEAPMIN_PRESSURE";

/// Replaces this process by the program. Returns only if that failed, saying why.
pub fn run(options: &Run) -> Failure {
    match start(options) {
        Ok(never) => match never {},
        Err(failure) => failure,
    }
}

fn start(options: &Run) -> Result<Infallible, Failure> {
    // The parser demands at least one word.
    let name = options.program.first().map_or(OsStr::new(""), |name| name);
    let path = program::find(name)?;
    let library = library::locate(options.library.as_deref())?;
    let shape = program::judge(&path, library.architecture())?;

    let current = std::env::vars_os();
    let environment = environment(current, library.path(), &settings(options));
    let error = exec(&path, &options.program, &environment);
    if error.raw_os_error() != Some(libc::ENOEXEC) || shape != Shape::Text {
        return Err(Refusal::exec_failed(path, error).into());
    }

    let shell = PathBuf::from(SHELL);
    program::judge(&shell, library.architecture())?;
    let mut words = vec![OsString::from(SHELL), path.into_os_string()];
    words.extend(options.program.iter().skip(1).cloned());
    let error = exec(&shell, &words, &environment);
    Err(Refusal::exec_failed(shell, error).into())
}

/// The variables that tell the library what was asked for on the command line.
///
/// Statistics are printed when this process exits. Processes that the program starts inherit the
/// variables and print nothing, having other numbers.
fn settings(options: &Run) -> Vec<(&'static str, String)> {
    let mut settings = Vec::new();
    if options.stats {
        // `execve` keeps the number.
        let process = std::process::id().to_string();
        settings.extend([(STATS, "1".to_owned()), (STATS_PROCESS, process)]);
    }
    settings.extend(options.decay.iter().map(|decay| (DECAY, decay.as_str().to_owned())));
    settings.extend(options.pressure.then(|| (PRESSURE, "1".to_owned())));
    settings
}

/// The program's environment: `current`, with the library first in `LD_PRELOAD`, and with the
/// settings in place of what it says about them.
fn environment(
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

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;
    use crate::args::{Args, Command};

    const LIBRARY: &str = "/opt/libheapmin_malloc.so";

    /// The environment of a program that is run with these options.
    fn environment_after(current: &[(&str, &str)], options: &[&str]) -> Vec<String> {
        let words = ["heapmin", "run"].iter().chain(options).chain(&["true"]);
        let Command::Run(options) = Args::try_parse_from(words).unwrap().command;
        let current = current.iter().map(|(name, value)| (name.into(), value.into()));
        let entries = environment(current, Path::new(LIBRARY), &settings(&options));
        entries.into_iter().map(|entry| entry.into_string().unwrap()).collect()
    }

    #[test]
    fn the_library_comes_before_what_was_preloaded_already() {
        assert_eq!(
            environment_after(&[("A", "1"), ("LD_PRELOAD", "/a.so:/b.so"), ("Z", "=")], &[]),
            ["A=1", "Z==", "LD_PRELOAD=/opt/libheapmin_malloc.so:/a.so:/b.so"]
        );
        assert_eq!(
            environment_after(&[("LD_PRELOAD", "")], &[]),
            ["LD_PRELOAD=/opt/libheapmin_malloc.so"]
        );
    }

    #[test]
    fn the_library_is_not_listed_twice() {
        let listed = format!("{LIBRARY} /b.so");
        assert_eq!(
            environment_after(&[("LD_PRELOAD", &listed)], &[]),
            [format!("LD_PRELOAD={listed}")]
        );
    }

    #[test]
    fn statistics_are_asked_of_this_process_only() {
        let process = format!("HEAPMIN_STATS_PROCESS={}", std::process::id());
        let current = [("HEAPMIN_STATS", "0"), ("HEAPMIN_STATS_PROCESS", "7")];
        assert_eq!(
            environment_after(&current, &["--stats"]),
            ["LD_PRELOAD=/opt/libheapmin_malloc.so", "HEAPMIN_STATS=1", &process]
        );
    }

    #[test]
    fn settings_take_the_place_of_those_in_the_environment() {
        let current = [("HEAPMIN_PRESSURE", "0"), ("HEAPMIN_DECAY_MS", "7"), ("A", "1")];
        let preload = "LD_PRELOAD=/opt/libheapmin_malloc.so";
        assert_eq!(
            environment_after(&current, &["--decay", "500", "--pressure"]),
            ["A=1", preload, "HEAPMIN_DECAY_MS=500", "HEAPMIN_PRESSURE=1"]
        );
        assert_eq!(
            environment_after(&current, &["--decay=now"]),
            ["HEAPMIN_PRESSURE=0", "A=1", preload, "HEAPMIN_DECAY_MS=0"]
        );
    }

    #[test]
    fn without_options_the_settings_of_the_environment_stay() {
        let current = [("HEAPMIN_PRESSURE", "1"), ("HEAPMIN_DECAY_MS", "never")];
        assert_eq!(
            environment_after(&current, &[]),
            [
                "HEAPMIN_PRESSURE=1",
                "HEAPMIN_DECAY_MS=never",
                "LD_PRELOAD=/opt/libheapmin_malloc.so"
            ]
        );
    }
}
