//! `HEAPMIN_STATS=1`: operations are counted from the start, and at exit the process writes its
//! memory use to standard error.
//!
//! Every process that inherits the variable reports, unless `HEAPMIN_STATS_PROCESS` names one by
//! its id, as `heapmin run --stats` does. So each line starts with the program's name and process
//! id. The report comes after all exit handlers and destructors; a process that ends
//! by a signal, `_exit`, `quick_exit` or `exec` has no moment for one. Many programs close
//! standard error in an exit handler to notice write errors, so a duplicate of it is taken at the
//! start, under a high number; it is used only while it still is the file that it was.
//! Without the variable nothing is opened, counted or written.

use crate::text::Text;
use crate::{report, resident, standard_error};
use core::ffi::{CStr, c_char, c_int, c_void};
use core::sync::atomic::{AtomicI32, AtomicU64, Ordering};
use core::{mem, ptr};
use heapmin_engine::process;

const VARIABLE: &CStr = c"HEAPMIN_STATS";
/// The id of the only process that reports.
const PROCESS: &CStr = c"HEAPMIN_STATS_PROCESS";

/// Where the duplicate of standard error goes, if the limit on descriptors allows: above what
/// programs count on, below where the kernel's table would have to grow.
const FLOOR: c_int = 1000;

/// Longest program name shown.
const NAME: usize = 32;

/// The duplicate's number, and which file standard error was.
static DUPLICATE: AtomicI32 = AtomicI32::new(-1);
static DEVICE: AtomicU64 = AtomicU64::new(0);
static INODE: AtomicU64 = AtomicU64::new(0);

/// The only process that reports, or 0 if all do. Kept, because programs that show their state in
/// their title overwrite the environment.
static ONLY: AtomicI32 = AtomicI32::new(0);

/// Called when the library is loaded: gets ready for the report if it is asked for.
pub fn start() {
    // SAFETY: the name is a C string; nobody changes the environment before main.
    let value = unsafe { libc::getenv(VARIABLE.as_ptr()) };
    if value.is_null() {
        return;
    }
    // SAFETY: values of the environment are C strings.
    let value = unsafe { CStr::from_ptr(value) };
    if value.is_empty() || value == c"0" {
        return;
    }
    // SAFETY: as above.
    let only = unsafe { libc::getenv(PROCESS.as_ptr()) };
    if !only.is_null() {
        // SAFETY: as above; getpid has no preconditions.
        let (only, process) = unsafe { (libc::atoi(only), libc::getpid()) };
        if only != process {
            return;
        }
        ONLY.store(process, Ordering::Relaxed);
    }
    process::count_operations();
    let Some((device, inode)) = identity(libc::STDERR_FILENO) else { return };
    DEVICE.store(device, Ordering::Relaxed);
    INODE.store(inode, Ordering::Relaxed);
    for floor in [FLOOR, libc::STDERR_FILENO + 1] {
        // SAFETY: duplicating touches no memory.
        let file = unsafe { libc::fcntl(libc::STDERR_FILENO, libc::F_DUPFD_CLOEXEC, floor) };
        if file >= 0 {
            DUPLICATE.store(file, Ordering::Relaxed);
            break;
        }
    }
    unsafe extern "C" {
        fn __cxa_atexit(
            function: extern "C-unwind" fn(*mut c_void),
            argument: *mut c_void,
            library: *mut c_void,
        ) -> c_int;
    }
    // No library handle: registered before anything else and run after everything else, the
    // destructors of all libraries included.
    // SAFETY: this library is never unloaded, so the function stays.
    unsafe { __cxa_atexit(at_exit, ptr::null_mut(), ptr::null_mut()) };
}

extern "C-unwind" fn at_exit(_: *mut c_void) {
    // SAFETY: getpid has no preconditions.
    let process = unsafe { libc::getpid() };
    // It differs in a child that was forked since the start.
    if ![0, process].contains(&ONLY.load(Ordering::Relaxed)) {
        return;
    }
    let Some(file) = standard_error_of_the_start() else { return };
    let statistics = process::statistics();
    let resident = resident::measure();
    let prefix = prefix();
    let mut page = Page { file, bytes: [0; 2048], length: 0 };
    page.line(&prefix, Text::new().text("memory use at exit"));
    report::write(&statistics, resident, &mut |line| page.line(&prefix, line));
    page.send();
}

/// `heapmin: name[pid]: `
fn prefix() -> Text {
    unsafe extern "C" {
        static program_invocation_short_name: *const c_char;
    }
    // SAFETY: the C library sets it at start to a C string; programs may only set it to another.
    let name = unsafe { CStr::from_ptr(program_invocation_short_name) }.to_bytes();
    // SAFETY: getpid has no preconditions.
    let process = unsafe { libc::getpid() };
    let mut prefix = Text::new();
    prefix.text("heapmin: ").bytes(name.get(..NAME).unwrap_or(name));
    *prefix.text("[").digits(u64::from(process.unsigned_abs())).text("]: ")
}

/// A descriptor that still is what standard error was at the start.
fn standard_error_of_the_start() -> Option<c_int> {
    let start = (DEVICE.load(Ordering::Relaxed), INODE.load(Ordering::Relaxed));
    [DUPLICATE.load(Ordering::Relaxed), libc::STDERR_FILENO]
        .into_iter()
        .find(|&file| identity(file) == Some(start))
}

/// Device and inode of an open file.
fn identity(file: c_int) -> Option<(u64, u64)> {
    // SAFETY: an all-zero stat is a valid value of this plain C struct.
    let mut status: libc::stat = unsafe { mem::zeroed() };
    // SAFETY: `status` is valid for writing.
    let result = unsafe { libc::fstat(file, &mut status) };
    (result == 0).then_some((status.st_dev, status.st_ino))
}

/// Whole lines, collected so that a few writes do: the lines of several processes don't mix.
struct Page {
    file: c_int,
    bytes: [u8; 2048],
    length: usize,
}

impl Page {
    fn line(&mut self, prefix: &Text, text: &Text) {
        let needed = prefix.as_bytes().len() + text.as_bytes().len() + 1;
        if self.bytes.len() - self.length < needed {
            self.send();
        }
        let line = prefix.as_bytes().iter().chain(text.as_bytes()).chain(b"\n");
        for (place, &byte) in self.bytes.iter_mut().skip(self.length).zip(line) {
            *place = byte;
            self.length += 1;
        }
    }

    fn send(&mut self) {
        if let Some(bytes) = self.bytes.get(..self.length) {
            standard_error::write_to(self.file, bytes);
        }
        self.length = 0;
    }
}
