//! Tests in a process of their own: those that measure the process's memory, or change its limits.

use std::os::unix::process::CommandExt;
use std::process::Command;

const MARK: &str = "HEAPMIN_TEST_ALONE";

/// Runs `body` in a new process, which runs only the test of this full name. `limits` are the
/// resource limits of that process, with their values in bytes.
#[track_caller]
pub fn in_own_process(test: &str, limits: &'static [(u32, u64)], body: impl FnOnce()) {
    if std::env::var_os(MARK).is_some_and(|name| name == test) {
        return body();
    }
    let program = std::env::current_exe().expect("the test program knows its path");
    let mut command = Command::new(program);
    command.args(["--exact", test, "--nocapture", "--test-threads=1"]).env(MARK, test);
    // SAFETY: between fork and exec this only makes system calls.
    unsafe { command.pre_exec(move || set(limits)) };
    let output = command.output().expect("the test program starts");
    let said = [output.stdout, output.stderr].concat();
    let said = String::from_utf8_lossy(&said);
    assert!(output.status.success(), "{test}, alone: {}\n{said}", output.status);
    assert!(said.contains("1 passed"), "{test} did not run:\n{said}");
}

fn set(limits: &[(u32, u64)]) -> std::io::Result<()> {
    for &(resource, bytes) in limits {
        let limit = libc::rlimit { rlim_cur: bytes, rlim_max: bytes };
        // SAFETY: `limit` is valid for reading for the length of the call.
        if unsafe { libc::setrlimit(resource, &limit) } != 0 {
            return Err(std::io::Error::last_os_error());
        }
    }
    Ok(())
}
