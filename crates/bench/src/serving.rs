//! What a process runs on: which file serves each function of the malloc family, and the version
//! that the allocator tells of itself.

use std::ffi::{CStr, CString, c_char, c_int, c_void};
use std::mem::MaybeUninit;
use std::path::PathBuf;
use std::ptr;

/// The functions whose blocks `free` may be given: all must come from one library.
pub const FUNCTIONS: &[&CStr] = &[
    c"malloc",
    c"calloc",
    c"realloc",
    c"free",
    c"posix_memalign",
    c"aligned_alloc",
    c"memalign",
    c"malloc_usable_size",
];

/// The name under which [`print()`] tells the version.
pub const VERSION: &str = "version";

/// Prints a line for each function, `NAME FILE`, and one for the version, if there is one.
pub fn print() {
    for name in FUNCTIONS {
        if let Some(file) = symbol(name).and_then(file_of) {
            println!("{} {}", name.to_string_lossy(), file.display());
        }
    }
    if let Some(version) = version() {
        println!("{VERSION} {version}");
    }
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
        type Function = extern "C" fn(*mut c_int, *mut c_int, *mut *const c_char) -> *const c_char;
        let (mut major, mut minor, mut patch) = (0, 0, ptr::null());
        // SAFETY: tcmalloc.h: `const char* tc_version(int*, int*, const char**)`.
        unsafe {
            let function: Function = std::mem::transmute(function);
            function(&mut major, &mut minor, &mut patch);
        }
        return Some(format!("{major}.{minor}"));
    }
    if let Some(function) = symbol(c"mallctl") {
        type Function =
            extern "C" fn(*const c_char, *mut c_void, *mut usize, *mut c_void, usize) -> c_int;
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

    #[test]
    fn this_process_runs_on_the_c_library() {
        let malloc = symbol(c"malloc").and_then(file_of).expect("malloc has a file");
        assert!(malloc.to_string_lossy().contains("libc"), "{}", malloc.display());
        assert!(version().is_some_and(|version| version.starts_with("2.")));
    }
}
