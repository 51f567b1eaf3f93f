//! Copies of the library in a directory for caches.
//!
//! A copy is code that other processes will run, so it is written only where nobody else but root
//! could replace it, and a copy that is there already is compared byte by byte.

use std::env;
use std::fs::{self, DirBuilder, Metadata, Permissions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};

use rustix::fs::{StatVfsMountFlags, statvfs};
use rustix::process::geteuid;

use super::{can_be_listed, name_of_copy};

/// Write permission for the group and for others.
const OTHERS_WRITE: u32 = 0o022;
/// Write permission for everybody.
const ALL_WRITE: u32 = 0o002;
/// Only the owner of a file may remove it from the directory.
const STICKY: u32 = 0o1000;

/// A directory for the copies: `name` inside `base`.
struct Place {
    base: PathBuf,
    name: String,
    mode: u32,
}

/// Makes sure that `content` is in a file and returns its path, or all the directories that were
/// tried, with the reason why each wouldn't do.
pub fn place(content: &[u8]) -> Result<PathBuf, Vec<(PathBuf, String)>> {
    let mut tried = Vec::new();
    for place in places() {
        let directory = place.base.join(&place.name);
        match prepare(&place, &directory).and_then(|()| copy_to(&directory, content)) {
            Ok(path) => return Ok(path),
            Err(reason) => tried.push((directory, reason)),
        }
    }
    Err(tried)
}

/// Where copies may go, the best place first.
fn places() -> Vec<Place> {
    let user = geteuid();
    let place = |base: PathBuf, mode| Place { base, name: "heapmin".to_owned(), mode };
    let mut places = Vec::new();
    let variable = |name| env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    places.extend(variable("XDG_CACHE_HOME").map(|base| place(base, 0o700)));
    if user.is_root() {
        // What root starts may go on as another user, who can't enter root's home, and the
        // programs started then still have to find the library.
        places.push(place(PathBuf::from("/var/cache"), 0o755));
    }
    places.extend(variable("HOME").map(|home| place(home.join(".cache"), 0o700)));
    places.push(Place {
        base: PathBuf::from("/tmp"),
        name: format!("heapmin-{}", user.as_raw()),
        mode: 0o700,
    });
    places
}

/// Creates the directory if it isn't there, and checks that nobody else can put a file into it
/// and that libraries can be loaded from it.
fn prepare(place: &Place, directory: &Path) -> Result<(), String> {
    if !can_be_listed(directory) {
        return Err("LD_PRELOAD cannot hold a path with a space, ':' or '$'".to_owned());
    }
    create(&place.base, 0o700, true).map_err(|error| error.to_string())?;
    let base = fs::metadata(&place.base).map_err(|error| error.to_string())?;
    let root_or_user = base.uid() == 0 || owned(&base);
    if !root_or_user || base.mode() & ALL_WRITE != 0 && base.mode() & STICKY == 0 {
        return Err("others could replace it in the directory above".to_owned());
    }
    create(directory, place.mode, false).map_err(|error| error.to_string())?;
    // Not through a symbolic link, which another user may have put there.
    let itself = fs::symlink_metadata(directory).map_err(|error| error.to_string())?;
    if !itself.is_dir() || !owned(&itself) || itself.mode() & OTHERS_WRITE != 0 {
        return Err("it is not a directory that only this user can write to".to_owned());
    }
    let mount = statvfs(directory).map_err(|error| error.to_string())?;
    if mount.f_flag.contains(StatVfsMountFlags::NOEXEC) {
        return Err("its file system is mounted noexec".to_owned());
    }
    Ok(())
}

/// Creates a directory with exactly this mode, or leaves one that is there as it is.
fn create(directory: &Path, mode: u32, recursive: bool) -> io::Result<()> {
    if directory.is_dir() {
        return Ok(());
    }
    match DirBuilder::new().mode(mode).recursive(recursive).create(directory) {
        // What the process masks (umask) is added again: others must be able to read the copies
        // of root.
        Ok(()) => fs::set_permissions(directory, Permissions::from_mode(mode)),
        // Another process was faster, or it is a dangling link.
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        Err(error) => Err(error),
    }
}

fn owned(file: &Metadata) -> bool {
    file.uid() == geteuid().as_raw()
}

/// Makes sure that the directory has a file with this content.
fn copy_to(directory: &Path, content: &[u8]) -> Result<PathBuf, String> {
    let path = directory.join(name_of_copy(content));
    if is_copy(&path, content) {
        return Ok(path);
    }
    // Under another name first: a process that looks for the copy at the same time finds all of
    // it or nothing.
    let write = || -> io::Result<()> {
        let mut file = tempfile::Builder::new().prefix(".new-").tempfile_in(directory)?;
        file.write_all(content)?;
        file.as_file().set_permissions(Permissions::from_mode(0o644))?;
        file.persist(&path)?;
        Ok(())
    };
    write().map_err(|error| error.to_string())?;
    Ok(path)
}

/// Whether `path` is a file of ours with this content.
fn is_copy(path: &Path, content: &[u8]) -> bool {
    let Ok(file) = fs::symlink_metadata(path) else {
        return false;
    };
    file.is_file()
        && owned(&file)
        && file.mode() & OTHERS_WRITE == 0
        && file.len() == content.len() as u64
        && fs::read(path).is_ok_and(|found| found == content)
}
