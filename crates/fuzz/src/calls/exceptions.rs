//! Vectored exception handlers.

use crate::abi::heapapi::{
    AddVectoredExceptionHandler, ExceptionPointers, RaiseException, RemoveVectoredExceptionHandler,
};
use crate::told::call;

extern "C-unwind" fn passes_on(_: &ExceptionPointers<'_>) -> i32 {
    const CONTINUE_SEARCH: i32 = 0;
    CONTINUE_SEARCH
}

/// Adds handlers that pass exceptions on, raises one, and removes them again.
#[track_caller]
pub fn run(code: u32, count: u8, first: bool, bad: usize) {
    let handlers: Vec<usize> = (0..count % 4)
        .map(|place| AddVectoredExceptionHandler(u32::from(first && place != 0), passes_on))
        .collect();
    assert!(handlers.iter().all(|&handler| handler != 0), "AddVectoredExceptionHandler");
    let arguments = [7_usize; 20];
    // SAFETY: the array has more numbers than are told.
    let ((), told) =
        call(|| unsafe { RaiseException(code, 0, u32::from(count % 20), arguments.as_ptr()) });
    told.exception(code);
    for &handler in &handlers {
        assert_eq!(RemoveVectoredExceptionHandler(handler), 1, "removing a handler");
    }
    for &handler in &handlers {
        assert_eq!(RemoveVectoredExceptionHandler(handler), 0, "removing a handler twice");
    }
    // A number that could be the counting handler itself is none that is tried.
    if !bad.is_multiple_of(16) {
        assert_eq!(RemoveVectoredExceptionHandler(bad), 0, "removing what is no handler");
    }
}
