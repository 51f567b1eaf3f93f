//! The system's calls for tracing, and what they say.

use std::fs;
use std::io;
use std::os::unix::thread::JoinHandleExt;
use std::ptr;
use std::sync::OnceLock;
use std::thread::JoinHandle;

use crate::error::Error;

/// What a thread that was waited for did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stop {
    /// A signal is about to be delivered.
    Signal(i32),
    /// An event: its number, and the signal that goes with it.
    Event(i32, i32),
    /// It is gone, with this wait status.
    Gone(i32),
}

/// Traces a thread without stopping it.
pub fn seize(thread: i32, options: i32) -> io::Result<()> {
    request(libc::PTRACE_SEIZE, thread, options as usize)
}

/// Lets a stopped thread go on, delivering a signal unless it is 0.
pub fn go_on(thread: i32, signal: i32) -> io::Result<()> {
    request(libc::PTRACE_CONT, thread, signal as usize)
}

/// Leaves a thread in the stop of its process, so that it notices when that ends.
pub fn listen(thread: i32) -> io::Result<()> {
    request(libc::PTRACE_LISTEN, thread, 0)
}

/// Has a thread stop, without its noticing.
pub fn interrupt(thread: i32) -> io::Result<()> {
    request(libc::PTRACE_INTERRUPT, thread, 0)
}

/// Traces a stopped thread no more, and delivers a signal unless it is 0.
pub fn detach(thread: i32, signal: i32) -> io::Result<()> {
    request(libc::PTRACE_DETACH, thread, signal as usize)
}

/// What goes with the event that a thread stopped for.
pub fn message(thread: i32) -> io::Result<u64> {
    let mut message: libc::c_ulong = 0;
    // SAFETY: the request writes one `unsigned long` to the address, which is a live local's.
    let result = unsafe {
        libc::ptrace(libc::PTRACE_GETEVENTMSG, thread, ptr::null_mut::<u8>(), &raw mut message)
    };
    if result == -1 { Err(io::Error::last_os_error()) } else { Ok(message) }
}

fn request(request: libc::c_uint, thread: i32, data: usize) -> io::Result<()> {
    let data = ptr::without_provenance_mut::<u8>(data);
    // SAFETY: the requests above take a number as data, and read or write no memory of ours.
    let result = unsafe { libc::ptrace(request, thread, ptr::null_mut::<u8>(), data) };
    if result == -1 { Err(io::Error::last_os_error()) } else { Ok(()) }
}

/// Waits for a thread that the calling thread traces: its number, and what it did. `None`: the wait
/// was ended by [`end_wait`].
pub fn wait() -> io::Result<Option<(i32, Stop)>> {
    let mut status = 0;
    // Without `__WNOTHREAD`, children of other threads of ours would be waited for.
    let flags = libc::__WALL | libc::__WNOTHREAD;
    // SAFETY: writes one `int` to the address, which is a live local's.
    let thread = unsafe { libc::waitpid(-1, &raw mut status, flags) };
    if thread == -1 {
        let error = io::Error::last_os_error();
        let ended = error.kind() == io::ErrorKind::Interrupted;
        return if ended { Ok(None) } else { Err(error) };
    }
    if !libc::WIFSTOPPED(status) {
        return Ok(Some((thread, Stop::Gone(status))));
    }
    let (signal, event) = (libc::WSTOPSIG(status), status >> 16);
    let stop = if event == 0 { Stop::Signal(signal) } else { Stop::Event(event, signal) };
    Ok(Some((thread, stop)))
}

/// The signal that ends a wait; programs and the C library use lower ones.
fn ending_signal() -> i32 {
    libc::SIGRTMAX() - 3
}

extern "C" fn nothing(_signal: i32) {}

/// Has [`end_wait`] end waits, from now on.
pub fn make_waits_end() -> io::Result<()> {
    static DONE: OnceLock<Option<i32>> = OnceLock::new();
    let error = DONE.get_or_init(|| {
        // SAFETY: all zero is a valid `sigaction`: no flags, an empty mask.
        let mut action: libc::sigaction = unsafe { std::mem::zeroed() };
        action.sa_sigaction = nothing as extern "C" fn(i32) as usize;
        // SAFETY: `action` is a live local, and its handler does nothing, at any time.
        let result =
            unsafe { libc::sigaction(ending_signal(), &raw const action, ptr::null_mut()) };
        (result == -1).then(|| io::Error::last_os_error().raw_os_error().unwrap_or(0))
    });
    error.map_or(Ok(()), |code| Err(io::Error::from_raw_os_error(code)))
}

/// Ends the wait that a thread of ours is in.
pub fn end_wait(thread: &JoinHandle<()>) {
    // SAFETY: the handle was not joined, so the thread's number is valid even if it has ended.
    unsafe { libc::pthread_kill(thread.as_pthread_t(), ending_signal()) };
}

/// The threads of a process, without those that have ended.
pub fn threads(pid: i32) -> Vec<i32> {
    let Ok(entries) = fs::read_dir(format!("/proc/{pid}/task")) else {
        return Vec::new();
    };
    let numbers = entries.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok());
    numbers.filter(|thread| is_running(pid, *thread)).collect()
}

/// Whether a thread is there and hasn't ended.
pub fn is_running(pid: i32, thread: i32) -> bool {
    let stat = fs::read(format!("/proc/{pid}/task/{thread}/stat")).unwrap_or_default();
    // The name, in brackets, may have brackets in it.
    let state = stat.iter().rposition(|byte| *byte == b')').and_then(|end| stat.get(end + 2));
    state.is_some_and(|state| !b"ZXx".contains(state))
}

/// Whether the thread, which is stopped, is in the call that ends a single thread.
pub fn ends_alone(pid: i32, thread: i32) -> bool {
    let call = fs::read_to_string(format!("/proc/{pid}/task/{thread}/syscall"));
    let number = call.ok().and_then(|call| call.split(' ').next()?.trim().parse::<i64>().ok());
    number == Some(libc::SYS_exit)
}

/// Why a process can't be traced.
pub fn explain(pid: i32, error: io::Error) -> Error {
    match error.raw_os_error() {
        Some(libc::ESRCH) => Error::NoSuchProcess(pid),
        Some(libc::EPERM) => match tracer(pid) {
            Some(tracer) => Error::Unavailable(pid, format!("process {tracer} traces it")),
            None => Error::Forbidden(pid),
        },
        _ => Error::System(pid, "watching for its end", error),
    }
}

/// The process that traces this one.
fn tracer(pid: i32) -> Option<i32> {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("TracerPid:"))?;
    line.trim().parse().ok().filter(|tracer| *tracer != 0)
}
