//! Asking a process whose `malloc` it really runs on.
//!
//! A preload that silently fails (a missing symbol, a wrong path) would measure glibc under
//! another name. So before anything is timed, the runner starts itself once with the preload and
//! the answer tells which file serves each function, and the version that the library itself
//! tells where it can.

use std::collections::BTreeMap;
use std::env;
use std::ffi::{CStr, CString, c_char, c_int, c_void};
use std::mem::MaybeUninit;
use std::path::{Path, PathBuf};
use std::ptr;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use serde::{Deserialize, Serialize};

use crate::process;

/// The functions whose blocks `free` may be given: all must come from one library.
const FUNCTIONS: &[&CStr] = &[
    c"malloc",
    c"calloc",
    c"realloc",
    c"free",
    c"posix_memalign",
    c"aligned_alloc",
    c"memalign",
    c"malloc_usable_size",
];

/// What a process says of its allocator.
#[derive(Debug, Serialize, Deserialize)]
pub struct Answer {
    /// Function name to the file that serves it.
    files: BTreeMap<String, PathBuf>,
    /// The version, if the library has a function that tells it.
    pub version: Option<String>,
}

impl Answer {
    /// The one file that serves all functions.
    pub fn file(&self) -> Result<&Path> {
        let serves = |name: &str| self.files.get(name).with_context(|| format!("no {name} at all"));
        let file = serves("malloc")?;
        for function in FUNCTIONS {
            let name = function.to_str()?;
            let other = serves(name)?;
            if other != file {
                bail!("malloc is {}, but {name} is {}", file.display(), other.display());
            }
        }
        Ok(file)
    }
}

/// Starts this program with the preload and asks.
pub fn ask(preload: Option<&Path>) -> Result<Answer> {
    let this = env::current_exe().context("cannot find this program's own file")?;
    let mut command = process::command(&this, preload);
    command.arg(ARGUMENT);
    let finished = process::run(command, Duration::from_secs(30))?;
    let answer: Answer = serde_json::from_slice(&finished.output).context("no answer")?;
    if let Some(wanted) = preload {
        let serves = answer.file()?;
        if wanted.canonicalize()? != serves.canonicalize()? {
            bail!("{} was preloaded, but malloc is {}", wanted.display(), serves.display());
        }
    }
    Ok(answer)
}

/// The hidden first argument of a process that answers.
pub const ARGUMENT: &str = "probe";

/// Prints the answer of this process.
pub fn answer() -> Result<()> {
    let files = FUNCTIONS
        .iter()
        .filter_map(|name| Some((name.to_str().ok()?.to_owned(), file_of(symbol(name)?)?)))
        .collect();
    println!("{}", serde_json::to_string(&Answer { files, version: version() })?);
    Ok(())
}

fn symbol(name: &CStr) -> Option<*mut c_void> {
    // SAFETY: the name is a C string; the default search order is what the program itself uses.
    let address = unsafe { libc::dlsym(libc::RTLD_DEFAULT, name.as_ptr()) };
    (!address.is_null()).then_some(address)
}

fn file_of(address: *mut c_void) -> Option<PathBuf> {
    let mut info = MaybeUninit::<libc::Dl_info>::uninit();
    // SAFETY: `dladdr` takes any address and fills `info` when it gives non-zero.
    let info = unsafe {
        if libc::dladdr(address, info.as_mut_ptr()) == 0 {
            return None;
        }
        info.assume_init()
    };
    // SAFETY: the name belongs to a loaded library, which stays loaded.
    let name = unsafe { CStr::from_ptr(info.dli_fname) };
    Some(PathBuf::from(name.to_str().ok()?))
}

/// What the loaded allocator says of itself, by the functions that the known ones have.
fn version() -> Option<String> {
    if let Some(function) = symbol(c"mi_version") {
        // SAFETY: mimalloc.h: `int mi_version(void)`.
        let version = unsafe {
            let function: extern "C" fn() -> c_int = std::mem::transmute(function);
            function()
        };
        let (major, rest) = (version / 10_000, version % 10_000);
        return Some(format!("{major}.{}.{}", rest / 100, rest % 100));
    }
    if let Some(function) = symbol(c"tc_version") {
        type Function =
            extern "C" fn(*mut c_int, *mut c_int, *mut *const c_char) -> *const c_char;
        let (mut major, mut minor, mut patch) = (0, 0, ptr::null());
        // SAFETY: tcmalloc.h: `const char* tc_version(int*, int*, const char**)`.
        unsafe {
            let function: Function = std::mem::transmute(function);
            function(&mut major, &mut minor, &mut patch);
        }
        return Some(format!("{major}.{minor}"));
    }
    if let Some(function) = symbol(c"mallctl") {
        type Function = extern "C" fn(
            *const c_char,
            *mut c_void,
            *mut usize,
            *mut c_void,
            usize,
        ) -> c_int;
        let mut text: *const c_char = ptr::null();
        let mut size = size_of::<*const c_char>();
        // SAFETY: jemalloc's manual: "version" reads a `const char *`.
        let error = unsafe {
            let function: Function = std::mem::transmute(function);
            let place = (&raw mut text).cast();
            function(c"version".as_ptr(), place, &mut size, ptr::null_mut(), 0)
        };
        if error == 0 && !text.is_null() {
            // SAFETY: jemalloc gave a C string that it never frees.
            let text = unsafe { CStr::from_ptr(text) }.to_str().ok()?;
            return Some(text.split(['-', '+']).next().unwrap_or(text).to_owned());
        }
    }
    if symbol(c"malloc").and_then(file_of) == symbol(c"gnu_get_libc_version").and_then(file_of) {
        // SAFETY: the C library gives a C string that it never frees.
        let text = unsafe { CStr::from_ptr(libc::gnu_get_libc_version()) };
        return CString::from(text).into_string().ok();
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(files: &[(&CStr, &str)]) -> Answer {
        let name = |name: &CStr| name.to_str().expect("ASCII").to_owned();
        let files = files.iter().map(|&(function, file)| (name(function), file.into())).collect();
        Answer { files, version: None }
    }

    #[test]
    fn one_library_must_serve_all_functions() {
        let all: Vec<_> = FUNCTIONS.iter().map(|&name| (name, "/lib/a.so")).collect();
        assert_eq!(answer(&all).file().expect("one file"), Path::new("/lib/a.so"));
        let mut mixed = all.clone();
        mixed[3].1 = "/lib/b.so";
        let error = answer(&mixed).file().expect_err("two files").to_string();
        assert!(error.contains("free") && error.contains("/lib/b.so"), "{error}");
        let error = answer(&all[1..]).file().expect_err("no malloc").to_string();
        assert!(error.contains("no malloc"), "{error}");
    }

    #[test]
    fn this_process_runs_on_the_c_library() {
        let malloc = symbol(c"malloc").and_then(file_of).expect("malloc has a file");
        assert!(malloc.to_string_lossy().contains("libc"), "{}", malloc.display());
        assert!(version().is_some_and(|version| version.starts_with("2.")));
    }
}
