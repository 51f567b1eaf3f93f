//! Scripts: which program really runs.

use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStrExt;
use std::path::PathBuf;

/// As much of the first line as shells look at to tell a script from a binary file.
const SNIFFED: usize = 80;

/// What a `#!` line names.
#[derive(Debug, PartialEq, Eq)]
pub struct Interpreter {
    /// The program that the kernel starts.
    pub path: PathBuf,
    /// The command that this program looks up and becomes, if it is `env`.
    pub looked_up: Option<OsString>,
}

/// The interpreter named by the `#!` line at the start of a file, by the kernel's rules: the word
/// after `#!`, and the rest of the line as one argument.
pub fn interpreter(head: &[u8]) -> Option<Interpreter> {
    let line = head.strip_prefix(b"#!")?;
    let line = line.split(|&byte| byte == b'\n').next()?;
    let line = trim_blanks(line);
    let end = line.iter().position(|&byte| is_blank(byte)).unwrap_or(line.len());
    let (path, argument) = line.split_at(end);
    if path.is_empty() {
        return None;
    }
    let path = PathBuf::from(OsStr::from_bytes(path));
    let looked_up = if path.file_name() == Some(OsStr::new("env")) {
        command_of_env(trim_blanks(argument))
    } else {
        None
    };
    Some(Interpreter { path, looked_up })
}

/// The command in `env COMMAND` and `env -S COMMAND ARGS…`, where `NAME=VALUE` may come first.
/// `None` if there is none, and with other options and with quotes: they would have to be
/// understood fully to be sure.
fn command_of_env(argument: &[u8]) -> Option<OsString> {
    let command = match argument.strip_prefix(b"-S") {
        Some(line) => line
            .split(|&byte| is_blank(byte))
            .find(|word| !word.is_empty() && !word.contains(&b'='))?,
        None => argument,
    };
    let unclear = command.is_empty()
        || command.starts_with(b"-")
        || command.iter().any(|byte| b"=\"'\\$".contains(byte));
    (!unclear).then(|| OsStr::from_bytes(command).to_owned())
}

/// Whether a file that starts like this is a script for a shell to run, by the rule of shells: no
/// zero byte in its first line.
pub fn is_text(head: &[u8]) -> bool {
    let sniffed = &head[..head.len().min(SNIFFED)];
    let first_line = sniffed.split(|&byte| byte == b'\n').next();
    first_line.is_none_or(|line| !line.contains(&0))
}

fn trim_blanks(mut text: &[u8]) -> &[u8] {
    while let [first, rest @ ..] = text
        && is_blank(*first)
    {
        text = rest;
    }
    while let [rest @ .., last] = text
        && is_blank(*last)
    {
        text = rest;
    }
    text
}

fn is_blank(byte: u8) -> bool {
    byte == b' ' || byte == b'\t'
}

#[cfg(test)]
mod tests {
    use super::*;

    fn interpreter_of(line: &str) -> Option<(String, Option<String>)> {
        let found = interpreter(line.as_bytes())?;
        let name = |word: &OsStr| word.to_str().unwrap().to_owned();
        Some((name(found.path.as_os_str()), found.looked_up.as_deref().map(name)))
    }

    fn plain(path: &str) -> Option<(String, Option<String>)> {
        Some((path.to_owned(), None))
    }

    fn by_env(command: &str) -> Option<(String, Option<String>)> {
        Some(("/usr/bin/env".to_owned(), Some(command.to_owned())))
    }

    #[test]
    fn the_first_word_after_the_mark_is_the_interpreter() {
        assert_eq!(interpreter_of("#!/bin/sh\necho"), plain("/bin/sh"));
        assert_eq!(interpreter_of("#! \t /bin/sh -e \n"), plain("/bin/sh"));
        assert_eq!(interpreter_of("#!/bin/sh"), plain("/bin/sh"));
        // The kernel takes a carriage return for a part of the name.
        assert_eq!(interpreter_of("#!/bin/sh\r\n"), plain("/bin/sh\r"));
    }

    #[test]
    fn without_a_mark_or_a_word_there_is_no_interpreter() {
        assert_eq!(interpreter_of("echo #!/bin/sh"), None);
        assert_eq!(interpreter_of("#! \n/bin/sh"), None);
        assert_eq!(interpreter_of(""), None);
    }

    #[test]
    fn env_is_followed_to_the_command_it_looks_up() {
        assert_eq!(interpreter_of("#!/usr/bin/env python3\n"), by_env("python3"));
        assert_eq!(interpreter_of("#!/usr/bin/env -S python3 -u\n"), by_env("python3"));
        assert_eq!(interpreter_of("#!/usr/bin/env -SA=1 awk -f\n"), by_env("awk"));
        // One argument, with a space in it: env would look for a file of that name.
        assert_eq!(interpreter_of("#!/usr/bin/env a b\n"), by_env("a b"));
    }

    #[test]
    fn what_env_does_with_other_options_is_left_open() {
        assert_eq!(interpreter_of("#!/usr/bin/env -i\n"), plain("/usr/bin/env"));
        assert_eq!(interpreter_of("#!/usr/bin/env -S -i sh\n"), plain("/usr/bin/env"));
        assert_eq!(interpreter_of("#!/usr/bin/env -S 'a b'\n"), plain("/usr/bin/env"));
        assert_eq!(interpreter_of("#!/usr/bin/env\n"), plain("/usr/bin/env"));
    }

    #[test]
    fn a_zero_byte_in_the_first_line_makes_a_file_binary() {
        assert!(is_text(b""));
        assert!(is_text(b"echo hello\n\0\0\0"));
        assert!(!is_text(b"MZ\0\0\n"));
    }
}
