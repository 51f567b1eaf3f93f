//! What a call tells its caller besides its result: the last error, errno, and which of the
//! program's own functions it called.

use crate::abi::crt::{self, _errno, _free_base, _malloc_base};
use crate::abi::debug::_CrtSetReportMode;
use crate::abi::heapapi::{
    AddVectoredExceptionHandler, ExceptionPointers, GetLastError, SetLastError,
};
use std::cell::Cell;
use std::sync::Once;

/// What the cells hold before each call.
const LAST_ERROR_BEFORE: u32 = 0xDEAD_BEEF;
const ERRNO_BEFORE: i32 = 0x5EAD;

/// What the calling thread's handlers have seen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Seen {
    exceptions: u32,
    exception: u32,
    parameters: u32,
    new_handler: u32,
    new_handler_size: usize,
}

thread_local! {
    static SEEN: Cell<Seen> = const { Cell::new(Seen {
        exceptions: 0, exception: 0, parameters: 0, new_handler: 0, new_handler_size: 0,
    }) };
    /// How often the new handler will say that it is worth trying again.
    static RETRIES: Cell<u32> = const { Cell::new(0) };
}

fn see(change: impl FnOnce(&mut Seen)) {
    let mut seen = SEEN.get();
    change(&mut seen);
    SEEN.set(seen);
}

/// Handlers may use the heap.
fn allocate_something() {
    let block = _malloc_base(100);
    assert_ne!(block, 0, "no memory in a handler");
    _free_base(block);
}

extern "C-unwind" fn on_exception(pointers: &ExceptionPointers<'_>) -> i32 {
    const CONTINUE_EXECUTION: i32 = -1;
    see(|seen| {
        seen.exceptions += 1;
        seen.exception = pointers.record.code;
    });
    allocate_something();
    CONTINUE_EXECUTION
}

extern "C-unwind" fn on_invalid_parameter(_: usize, _: usize, _: usize, _: u32, _: usize) {
    see(|seen| seen.parameters += 1);
    allocate_something();
}

/// A new handler that asks for as many retries as were set.
pub extern "C-unwind" fn new_handler(size: usize) -> i32 {
    see(|seen| {
        seen.new_handler += 1;
        seen.new_handler_size = size;
    });
    allocate_something();
    let left = RETRIES.get();
    RETRIES.set(left.saturating_sub(1));
    i32::from(left != 0)
}

/// Installs handlers that count and return, so that failures come back to the caller, and turns the
/// debug heap's reports off.
pub fn install() {
    static DONE: Once = Once::new();
    DONE.call_once(|| {
        AddVectoredExceptionHandler(1, on_exception);
        crt::_set_invalid_parameter_handler(Some(on_invalid_parameter));
        for kind in 0..3 {
            _CrtSetReportMode(kind, 0);
        }
    });
}

/// What a call told.
#[must_use = "each function documents what it tells"]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Told {
    last_error: u32,
    errno: i32,
    host_errno: i32,
    seen: Seen,
}

impl Told {
    const NOTHING: Told = Told {
        last_error: LAST_ERROR_BEFORE,
        errno: ERRNO_BEFORE,
        host_errno: ERRNO_BEFORE,
        seen: Seen {
            exceptions: 0,
            exception: 0,
            parameters: 0,
            new_handler: 0,
            new_handler_size: 0,
        },
    };

    /// The call told nothing: it changed neither the last error nor errno, and called nobody.
    #[track_caller]
    pub fn nothing(self) {
        assert_eq!(self, Self::NOTHING, "a call that is to tell nothing");
    }

    /// The call set the last error to this code and told nothing else.
    #[track_caller]
    pub fn last_error(self, code: u32) {
        let expected = Told { last_error: code, ..Self::NOTHING };
        assert_eq!(self, expected, "a call that is to set the last error");
    }

    /// The call set the last error to one of these codes and told nothing else.
    #[track_caller]
    pub fn one_of(self, codes: &[u32]) {
        assert!(codes.contains(&self.last_error), "the last error is none of {codes:?}: {self:x?}");
        Told { last_error: LAST_ERROR_BEFORE, ..self }.nothing();
    }

    /// The call kept the last error or set it to this code, and told nothing else.
    #[track_caller]
    pub fn nothing_or(self, code: u32) {
        self.one_of(&[LAST_ERROR_BEFORE, code]);
    }

    /// As [`Told::last_error`], and an exception was raised once if that was asked for.
    #[track_caller]
    pub fn failure(self, codes: &[u32], exception: Option<u32>) {
        let Some(code) = exception else { return self.one_of(codes) };
        assert_eq!(
            (self.seen.exceptions, self.seen.exception),
            (1, code),
            "a call that is to raise {code:#x}: {self:x?}"
        );
        // The documentation says nothing of the last error beside an exception.
        Told {
            last_error: LAST_ERROR_BEFORE,
            seen: Seen { exceptions: 0, exception: 0, ..self.seen },
            ..self
        }
        .nothing();
    }

    /// The call raised this exception once and told nothing else.
    #[track_caller]
    pub fn exception(self, code: u32) {
        self.failure(&[], Some(code));
    }

    /// The call set the host's errno alone.
    #[track_caller]
    pub fn host_errno(self, code: i32) {
        assert_eq!(self, Told { host_errno: code, ..Self::NOTHING }, "a call of the system's side");
    }

    /// The call set both errno cells, and called the invalid-parameter handler so many times.
    #[track_caller]
    pub fn errno(self, code: i32, parameters: u32) {
        let host_errno = if code == crt::ENOSYS { crt::HOST_ENOSYS } else { code };
        let expected = Told {
            errno: code,
            host_errno,
            seen: Seen { parameters, ..Seen::default() },
            ..Self::NOTHING
        };
        assert_eq!(self, expected, "a call that is to set errno");
    }

    /// The call failed for want of `size` bytes after this many calls of the new handler.
    #[track_caller]
    pub fn no_memory(self, size: usize, new_handler: u32) {
        if new_handler != 0 {
            assert_eq!(
                (self.seen.new_handler, self.seen.new_handler_size),
                (new_handler, size),
                "calls of the new handler: {self:x?}"
            );
        }
        let told = Told {
            seen: Seen {
                new_handler: self.seen.new_handler.saturating_sub(new_handler),
                new_handler_size: 0,
                ..self.seen
            },
            ..self
        };
        told.errno(crt::ENOMEM, 0);
    }

    /// The call failed for want of memory. How often aligned functions call the new handler, and
    /// with which size, isn't documented.
    #[track_caller]
    pub fn no_memory_in_any_way(self) {
        let seen = Seen { new_handler: 0, new_handler_size: 0, ..self.seen };
        Told { seen, ..self }.errno(crt::ENOMEM, 0);
    }

    /// How often the call asked the new handler.
    pub fn new_handler_calls(self) -> u32 {
        self.seen.new_handler
    }
}

/// The host's errno of this thread.
fn host_errno() -> &'static Cell<i32> {
    // SAFETY: the C library gives each thread its own errno, at an address that stays valid for
    // the thread's life; nobody else has a reference to it, and a `Cell` may be shared.
    unsafe { &*libc::__errno_location().cast::<Cell<i32>>() }
}

/// Sets how often the new handler asks for one more attempt.
pub fn set_retries(count: u32) {
    RETRIES.set(count);
}

/// Makes a call and tells what it told.
pub fn call<R>(work: impl FnOnce() -> R) -> (R, Told) {
    SEEN.set(Seen::default());
    SetLastError(LAST_ERROR_BEFORE);
    _errno().set(ERRNO_BEFORE);
    host_errno().set(ERRNO_BEFORE);
    let result = work();
    let host_errno = host_errno().get();
    let errno = _errno().get();
    let last_error = GetLastError();
    (result, Told { last_error, errno, host_errno, seen: SEEN.get() })
}

/// Makes a call that has to tell nothing.
#[track_caller]
pub fn quietly<R>(work: impl FnOnce() -> R) -> R {
    let (result, told) = call(work);
    told.nothing();
    result
}
