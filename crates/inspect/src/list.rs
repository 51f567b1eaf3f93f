//! All processes that run on heapmin.

use crate::error::Error;
use crate::find;
use crate::model::snapshot::{Listed, Process};
use crate::process::{self, Stat};
use crate::target::Target;
use crate::user;
use std::fs;

/// What the files are called that the heap is in, apart from programs with the crate.
const LIBRARY: &str = "libheapmin";

/// See [`Target::list`].
pub(crate) fn list() -> Result<Vec<Listed>, Error> {
    let entries =
        fs::read_dir("/proc").map_err(|error| Error::System(0, "/proc can't be read", error))?;
    let mut pids: Vec<i32> =
        entries.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok()).collect();
    pids.sort_unstable();
    Ok(pids.into_iter().filter_map(listed).collect())
}

/// `None`: the process isn't on heapmin, or nobody can tell, or it has ended.
fn listed(pid: i32) -> Option<Listed> {
    let target = match Target::open_now(pid) {
        Ok(target) => target,
        Err(error @ (Error::Forbidden(_) | Error::OtherVersion(..) | Error::Inconsistent(..))) => {
            return unreadable(pid, &error);
        }
        Err(_) => return None,
    };
    match target.snapshot() {
        Ok(snapshot) => Some(Listed { process: snapshot.process, figures: Ok(snapshot.totals) }),
        Err(Error::Ended(_)) => None,
        Err(error) => {
            Some(Listed { process: target.process().clone(), figures: Err(error.to_string()) })
        }
    }
}

/// A process on heapmin that can't be looked into, if its mappings can be seen at least.
fn unreadable(pid: i32, error: &Error) -> Option<Listed> {
    let files = find::mapped_files(pid).ok()?;
    let is_library =
        |file: &str| file.rsplit('/').next().is_some_and(|name| name.starts_with(LIBRARY));
    let file = files.into_iter().find(|mapped| is_library(&mapped.file)).map(|mapped| mapped.file);
    let file = match (file, error) {
        (Some(file), _) => file,
        // It has a directory, in whatever file.
        (None, Error::OtherVersion(..) | Error::Inconsistent(..)) => String::new(),
        (None, _) => return None,
    };
    let stat = Stat::read(pid).ok()?;
    let uid = process::user(pid).ok()?;
    let process = Process {
        pid,
        command: process::command(pid, &stat),
        uid,
        user: user::name(uid),
        threads: stat.threads,
        engine: String::new(),
        file,
        started: stat.started,
    };
    Some(Listed { process, figures: Err(error.to_string()) })
}
