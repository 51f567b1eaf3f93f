//! From the name that was typed to a file that may be executed, as `execvp(3)` does it.

use std::env;
use std::ffi::{OsStr, OsString};
use std::fs;
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use rustix::fs::{Access, AtFlags, CWD, StatVfsMountFlags, accessat, statvfs};

use super::refusal::{Denial, Problem, Refusal, Role};

/// Where `execvp` looks when there is no `PATH`.
const DEFAULT_PATH: &str = "/bin:/usr/bin";

/// The file that `name` stands for: itself if it has a slash, else the first file of that name in
/// the directories of `PATH` that may be executed.
pub fn find(name: &OsStr) -> Result<PathBuf, Refusal> {
    let refuse = |file: PathBuf, problem| {
        let role = Role::Program;
        Err(Refusal { file, role, problem })
    };
    if name.as_encoded_bytes().contains(&b'/') {
        let path = PathBuf::from(name);
        return match executable(&path) {
            Ok(()) => Ok(path),
            Err(problem) => refuse(path, problem),
        };
    }
    let directories = env::var_os("PATH").unwrap_or_else(|| OsString::from(DEFAULT_PATH));
    let mut denied = None;
    if !name.is_empty() {
        for directory in env::split_paths(&directories) {
            let path = directory.join(name);
            match executable(&path) {
                Ok(()) => return Ok(path),
                // Whether a closed directory has such a file can't be known.
                Err(
                    Problem::NotFound { .. }
                    | Problem::Denied(Denial::Directory)
                    | Problem::Failed(_),
                ) => {}
                // The search goes on, but if nothing better turns up this is the answer.
                Err(problem) => denied = denied.or(Some((path, problem))),
            }
        }
    }
    match denied {
        Some((path, problem)) => refuse(path, problem),
        None => {
            let searched = Some(directories);
            refuse(PathBuf::from(name), Problem::NotFound { searched })
        }
    }
}

/// Whether this process may execute the file.
pub fn executable(path: &Path) -> Result<(), Problem> {
    let metadata = fs::metadata(path).map_err(|error| match error.kind() {
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => {
            Problem::NotFound { searched: None }
        }
        io::ErrorKind::PermissionDenied => Problem::Denied(Denial::Directory),
        _ => Problem::Failed(error),
    })?;
    if metadata.is_dir() {
        return Err(Problem::Directory);
    }
    if !metadata.is_file() {
        return Err(Problem::NotRegular);
    }
    if metadata.permissions().mode() & 0o111 == 0 {
        return Err(Problem::Denied(Denial::NoExecuteBit));
    }
    accessat(CWD, path, Access::EXEC_OK, AtFlags::EACCESS).map_err(|_| {
        let no_exec = statvfs(path).is_ok_and(|mount| mount.f_flag.contains(NO_EXEC));
        Problem::Denied(if no_exec { Denial::Mount } else { Denial::Mode })
    })
}

/// The flag of file systems on which nothing may be executed.
const NO_EXEC: StatVfsMountFlags = StatVfsMountFlags::NOEXEC;
