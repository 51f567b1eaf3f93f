//! The library that is preloaded: which one, and where the dynamic loader can find it.
//!
//! In this order:
//!
//! 1. the one that was asked for, by `--library` or `HEAPMIN_LIBRARY`;
//! 2. `libheapmin_malloc.so` beside this executable, if it is not older than the executable:
//!    somebody who works on the heap has built it anew, and the copy in this executable is from
//!    before;
//! 3. `../lib/heapmin/libheapmin_malloc.so` from this executable, where a package puts it;
//! 4. the copy inside this executable, written to a directory for caches.

mod cache;

use std::env;
use std::ffi::OsString;
use std::fmt;
use std::fs::{self, File};
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use crate::program::{Architecture, Form, read_image};

/// The name of the file.
const NAME: &str = "libheapmin_malloc.so";

/// The library as it was built together with this executable.
static EMBEDDED: &[u8] = include_bytes!(env!("HEAPMIN_EMBEDDED_LIBRARY"));

/// A library in a file whose path can stand in `LD_PRELOAD`.
#[derive(Debug)]
pub struct Library {
    path: PathBuf,
    architecture: Architecture,
}

impl Library {
    /// Where it is: an absolute path that the dynamic loader takes for one name.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The programs that it can be preloaded into.
    pub fn architecture(&self) -> Architecture {
        self.architecture
    }
}

/// Why there is no library to preload.
#[derive(Debug)]
pub enum LibraryError {
    /// The file can't be read.
    Unreadable(PathBuf, io::Error),
    /// The file is not a shared library.
    NotALibrary(PathBuf),
    /// There is no directory to write it to; each one tried, and what is wrong with it.
    NoDirectory(Vec<(PathBuf, String)>),
}

impl fmt::Display for LibraryError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreadable(path, error) => write!(
                f,
                "cannot preload '{}': {error}\n  \
                 what to do: correct --library or HEAPMIN_LIBRARY, or leave it out",
                path.display()
            ),
            Self::NotALibrary(path) => write!(
                f,
                "cannot preload '{}': it is not an ELF shared library\n  \
                 what to do: correct --library or HEAPMIN_LIBRARY, or leave it out",
                path.display()
            ),
            Self::NoDirectory(tried) => {
                write!(f, "cannot write {NAME} to where programs can load it from")?;
                for (directory, reason) in tried {
                    write!(f, "\n  '{}': {reason}", directory.display())?;
                }
                write!(
                    f,
                    "\n  what to do: set XDG_CACHE_HOME to a directory of your own on a file \
                     system where programs may be executed, with no space, ':' or '$' in its path"
                )
            }
        }
    }
}

/// Finds the library, and makes a copy of it where needed; `chosen` is the value of `--library`.
pub fn locate(chosen: Option<&Path>) -> Result<Library, LibraryError> {
    let from_environment = env::var_os("HEAPMIN_LIBRARY").filter(|path| !path.is_empty());
    let from_environment = from_environment.as_ref().map(Path::new);
    if let Some(path) = chosen.or(from_environment) {
        return in_file(path);
    }
    if let Some(path) = env::current_exe().ok().as_deref().and_then(installed) {
        return in_file(&path);
    }
    in_file(&cache::place(EMBEDDED).map_err(LibraryError::NoDirectory)?)
}

/// The library that lies where `executable` expects one.
fn installed(executable: &Path) -> Option<PathBuf> {
    let directory = executable.parent()?;
    let modified = |path: &Path| fs::metadata(path).and_then(|file| file.modified()).ok();
    let beside = directory.join(NAME);
    if modified(&beside).is_some_and(|library| modified(executable) <= Some(library)) {
        return Some(beside);
    }
    let packaged = directory.parent()?.join("lib/heapmin").join(NAME);
    packaged.is_file().then_some(packaged)
}

/// The library in the file `path`, or in a copy of it if the path can't stand in `LD_PRELOAD`.
fn in_file(path: &Path) -> Result<Library, LibraryError> {
    let unreadable = |error| LibraryError::Unreadable(path.to_owned(), error);
    let mut absolute = fs::canonicalize(path).map_err(unreadable)?;
    let file = File::open(&absolute).map_err(unreadable)?;
    let architecture = match read_image(file) {
        Ok(Some(image)) if image.form == Form::SharedObject => image.architecture,
        _ => return Err(LibraryError::NotALibrary(absolute)),
    };
    if !can_be_listed(&absolute) {
        let content = fs::read(&absolute).map_err(unreadable)?;
        absolute = cache::place(&content).map_err(LibraryError::NoDirectory)?;
    }
    Ok(Library { path: absolute, architecture })
}

/// Whether `ld.so` takes the path for one name: it splits `LD_PRELOAD` at spaces and colons, with
/// no way to quote them, and puts something else in the place of `$ORIGIN` and its like.
fn can_be_listed(path: &Path) -> bool {
    let bytes = path.as_os_str().as_bytes();
    !bytes.iter().any(|byte| b" :$".contains(byte))
}

/// The name of a copy: the version for people, a hash of the content to keep builds apart.
fn name_of_copy(content: &[u8]) -> OsString {
    // A collision does no harm: the content of a copy is compared before it is used.
    let (words, rest) = content.as_chunks::<8>();
    let words = words.iter().map(|word| u64::from_le_bytes(*word));
    let rest = rest.iter().copied().map(u64::from);
    let hash = words
        .chain(rest)
        .fold(0_u64, |hash, word| (hash.rotate_left(5) ^ word).wrapping_mul(0x517c_c1b7_2722_0a95));
    let version = env!("CARGO_PKG_VERSION");
    OsString::from(format!("libheapmin_malloc-{version}-{hash:016x}.so"))
}
