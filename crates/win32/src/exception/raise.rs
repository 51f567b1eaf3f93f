//! Raising: for the program with RaiseException, and for HEAP_GENERATE_EXCEPTIONS.

#![allow(non_snake_case, reason = "the documented names")]

use super::handlers::{self, START};
use super::record::{
    EXCEPTION_CONTINUE_EXECUTION, EXCEPTION_MAXIMUM_PARAMETERS, EXCEPTION_NONCONTINUABLE,
    EXCEPTION_POINTERS, EXCEPTION_RECORD,
};
use crate::codes::{
    STATUS_ACCESS_VIOLATION, STATUS_HEAP_CORRUPTION, STATUS_NO_MEMORY,
    STATUS_NONCONTINUABLE_EXCEPTION,
};
use crate::types::{DWORD, NTSTATUS, ULONG_PTR};
use core::ptr::null_mut;
use core::slice;
use heapmin_engine::os::fatal::{Message, Sentence};

/// The call of a heap function, for the sentence about an exception that nobody took.
#[derive(Clone, Copy)]
pub struct Call {
    /// The function that was called.
    pub function: &'static str,
    /// The heap's handle.
    pub heap: usize,
    /// The size asked for.
    pub size: usize,
}

impl Call {
    /// Raises STATUS_NO_MEMORY. Its parameter is the size.
    #[cold]
    pub fn raise_no_memory(&self) {
        self.raise(STATUS_NO_MEMORY, &[self.size]);
    }

    /// Raises STATUS_ACCESS_VIOLATION for a bad handle or block. Its parameters are those of every
    /// such exception: 0, a read, and the address.
    #[cold]
    pub fn raise_access_violation(&self, address: usize) {
        self.raise(STATUS_ACCESS_VIOLATION, &[0, address]);
    }

    /// Returns if a handler says to go on.
    fn raise(&self, code: NTSTATUS, parameters: &[usize]) {
        let mut record = EXCEPTION_RECORD::new(code as DWORD, 0, parameters);
        if dispatch(&mut record) {
            return;
        }
        let mut message = Message::begin();
        message.text(self.function).text("(").address(self.heap);
        message.text(", ").number(self.size).text("): ");
        name(code as DWORD, &mut message);
        message.text(", which HEAP_GENERATE_EXCEPTIONS asks for, was taken by no handler; ");
        message.text("add one with AddVectoredExceptionHandler, or allocate without the flag");
        message.die()
    }
}

/// Shows the exception to the handlers. Whether one of them took it; one may also never return.
pub fn dispatch(record: &mut EXCEPTION_RECORD) -> bool {
    let mut pointers = EXCEPTION_POINTERS { ExceptionRecord: record, ContextRecord: null_mut() };
    let mut position = START;
    while let Some((place, handler)) = handlers::after(position) {
        position = place;
        // SAFETY: who registered the handler vouches for it; the record and the pointers live
        // until it returns, and no lock is held.
        if unsafe { handler(&raw mut pointers) } == EXCEPTION_CONTINUE_EXECUTION {
            return true;
        }
    }
    false
}

/// The exception's name, where it has one, and its number.
fn name(code: DWORD, out: &mut impl Sentence) {
    let known = match code as NTSTATUS {
        STATUS_NO_MEMORY => "STATUS_NO_MEMORY",
        STATUS_ACCESS_VIOLATION => "STATUS_ACCESS_VIOLATION",
        STATUS_HEAP_CORRUPTION => "STATUS_HEAP_CORRUPTION",
        STATUS_NONCONTINUABLE_EXCEPTION => "STATUS_NONCONTINUABLE_EXCEPTION",
        _ => "exception",
    };
    out.text(known).text(" (0x");
    for digit in (0..8).rev() {
        out.text(hexadecimal(code >> (4 * digit)));
    }
    out.text(")");
}

/// The last hexadecimal digit of a number, as codes are written: in capitals.
fn hexadecimal(number: u32) -> &'static str {
    let digit = (number & 0xF) as usize;
    "0123456789ABCDEF".get(digit..digit + 1).unwrap_or_default()
}

/// Raises an exception. Returns if a handler continues; if none takes it, the process ends.
///
/// # Safety
/// `arguments` is null or points to `count` readable elements; those past the fifteenth are
/// neither read nor passed on.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn RaiseException(
    code: DWORD,
    flags: DWORD,
    count: DWORD,
    arguments: *const ULONG_PTR,
) {
    let parameters = if arguments.is_null() {
        &[]
    } else {
        let count = (count as usize).min(EXCEPTION_MAXIMUM_PARAMETERS);
        // SAFETY: so many elements are readable, as the caller says.
        unsafe { slice::from_raw_parts(arguments, count) }
    };
    let mut record = EXCEPTION_RECORD::new(code, flags, parameters);
    if !dispatch(&mut record) {
        untaken(code);
    }
    if record.ExceptionFlags & EXCEPTION_NONCONTINUABLE != 0 {
        let second = STATUS_NONCONTINUABLE_EXCEPTION as DWORD;
        let mut continued = EXCEPTION_RECORD::new(second, EXCEPTION_NONCONTINUABLE, &[]);
        continued.ExceptionRecord = &raw mut record;
        dispatch(&mut continued);
        // Whatever the handlers answer: there is nothing that could go on.
        untaken(second);
    }
}

fn untaken(code: DWORD) -> ! {
    let mut message = Message::begin();
    message.text("RaiseException: ");
    name(code, &mut message);
    message.text(" was taken by no handler; add one with AddVectoredExceptionHandler");
    message.die()
}
