//! What a handler sees of an exception (winnt.h).

#![allow(non_snake_case, non_camel_case_types, reason = "the documented names")]

use crate::types::{DWORD, LONG, PVOID, ULONG_PTR};
use core::ptr::null_mut;

/// Most parameters of an exception.
pub const EXCEPTION_MAXIMUM_PARAMETERS: usize = 15;
/// Flag: nobody may continue after it.
pub const EXCEPTION_NONCONTINUABLE: DWORD = 1;
/// A handler's answer: go on where it was raised.
pub const EXCEPTION_CONTINUE_EXECUTION: LONG = -1;

/// An exception.
#[repr(C)]
pub struct EXCEPTION_RECORD {
    /// Which.
    pub ExceptionCode: DWORD,
    /// 0 or EXCEPTION_NONCONTINUABLE.
    pub ExceptionFlags: DWORD,
    /// The exception that this one came of, or null.
    pub ExceptionRecord: *mut EXCEPTION_RECORD,
    /// Where it was raised: the start of RaiseException, as on Windows.
    pub ExceptionAddress: PVOID,
    /// Valid elements of `ExceptionInformation`.
    pub NumberParameters: DWORD,
    /// Parameters.
    pub ExceptionInformation: [ULONG_PTR; EXCEPTION_MAXIMUM_PARAMETERS],
}

impl EXCEPTION_RECORD {
    /// A record with these parameters; those past the fifteenth are left out.
    pub fn new(code: DWORD, flags: DWORD, parameters: &[usize]) -> Self {
        let mut information = [0; EXCEPTION_MAXIMUM_PARAMETERS];
        let mut count = 0;
        for (place, &parameter) in information.iter_mut().zip(parameters) {
            *place = parameter;
            count += 1;
        }
        Self {
            ExceptionCode: code,
            ExceptionFlags: flags & EXCEPTION_NONCONTINUABLE,
            ExceptionRecord: null_mut(),
            ExceptionAddress: super::RaiseException as *const () as PVOID,
            NumberParameters: count,
            ExceptionInformation: information,
        }
    }
}

/// What a handler is called with.
#[repr(C)]
pub struct EXCEPTION_POINTERS {
    /// The exception.
    pub ExceptionRecord: *mut EXCEPTION_RECORD,
    /// The processor's registers on Windows; always null here.
    pub ContextRecord: PVOID,
}

/// A vectored exception handler.
pub type VectoredHandler = unsafe extern "C-unwind" fn(*mut EXCEPTION_POINTERS) -> LONG;
