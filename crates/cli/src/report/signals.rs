//! Signals while a program runs: what is meant for it reaches it, and heapmin stays until its end.

use std::mem;
use std::ptr;
use std::sync::atomic::{AtomicBool, AtomicI32, Ordering};

/// The program; 0: there is none.
static PROGRAM: AtomicI32 = AtomicI32::new(0);
/// Somebody wants it to end.
static INTERRUPTED: AtomicBool = AtomicBool::new(false);

/// What usually ends a program, or tells it something.
const PASSED_ON: [i32; 9] = [
    libc::SIGINT,
    libc::SIGQUIT,
    libc::SIGTERM,
    libc::SIGHUP,
    libc::SIGUSR1,
    libc::SIGUSR2,
    libc::SIGALRM,
    libc::SIGWINCH,
    libc::SIGCONT,
];

/// From now on signals that somebody sends to heapmin go to the program. Those of the terminal reach it
/// by themselves.
pub fn pass_on_to(program: i32) {
    PROGRAM.store(program, Ordering::SeqCst);
    for signal in PASSED_ON {
        handle(
            signal,
            pass_on as extern "C" fn(i32, *mut libc::siginfo_t, *mut libc::c_void) as usize,
        );
    }
    // Nobody may read what is said at the end, and the end of the program is to be noticed.
    handle(libc::SIGPIPE, libc::SIG_IGN);
    handle(libc::SIGCHLD, libc::SIG_DFL);
}

/// The program is gone.
pub fn pass_on_no_more() {
    PROGRAM.store(0, Ordering::SeqCst);
}

/// From now on the signals that usually end a program are noted.
pub fn end_at_interrupt() {
    for signal in [libc::SIGINT, libc::SIGTERM, libc::SIGHUP] {
        handle(signal, note as extern "C" fn(i32) as usize);
    }
    handle(libc::SIGPIPE, libc::SIG_IGN);
}

/// Whether one came.
pub fn interrupted() -> bool {
    INTERRUPTED.load(Ordering::SeqCst)
}

/// Ends this process as the program was ended, but without a core file of its own.
pub fn die_by(signal: i32) {
    let none = libc::rlimit { rlim_cur: 0, rlim_max: 0 };
    // SAFETY: only reads the structure, a live local.
    unsafe { libc::setrlimit(libc::RLIMIT_CORE, &raw const none) };
    handle(signal, libc::SIG_DFL);
    // SAFETY: all zero is a valid set, and the call below makes it an empty one.
    let mut signals: libc::sigset_t = unsafe { mem::zeroed() };
    // SAFETY: writes the set, a live local.
    unsafe { libc::sigemptyset(&raw mut signals) };
    // SAFETY: changes the set, a live local; a wrong number is refused.
    unsafe { libc::sigaddset(&raw mut signals, signal) };
    // SAFETY: only reads the set.
    unsafe { libc::sigprocmask(libc::SIG_UNBLOCK, &raw const signals, ptr::null_mut()) };
    // SAFETY: sends the signal to this process, whose end is wanted.
    unsafe { libc::raise(signal) };
}

fn handle(signal: i32, handler: libc::sighandler_t) {
    // SAFETY: all zero is a valid `sigaction`.
    let mut action: libc::sigaction = unsafe { mem::zeroed() };
    action.sa_sigaction = handler;
    action.sa_flags = libc::SA_SIGINFO | libc::SA_RESTART;
    // SAFETY: reads the structure, a live local. The handlers are those below, which do nothing but
    // calls that a handler may make, or SIG_DFL and SIG_IGN.
    unsafe { libc::sigaction(signal, &raw const action, ptr::null_mut()) };
}

extern "C" fn pass_on(signal: i32, info: *mut libc::siginfo_t, _context: *mut libc::c_void) {
    // SAFETY: the kernel gives a handler with SA_SIGINFO a structure that lives until it returns.
    let from_kernel = unsafe { (*info).si_code } > 0;
    let program = PROGRAM.load(Ordering::SeqCst);
    if !from_kernel && program > 0 {
        // SAFETY: sends a signal to the child, which is not waited for before the number is taken
        // back. May be called in a handler.
        unsafe { libc::kill(program, signal) };
    }
}

extern "C" fn note(_signal: i32) {
    INTERRUPTED.store(true, Ordering::SeqCst);
}
