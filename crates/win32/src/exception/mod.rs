//! Exceptions where the system has none: vectored handlers, and what raises.
//!
//! An exception is a 32-bit code with a record. [`raise::dispatch`] shows it to each vectored
//! handler in turn; the first that answers EXCEPTION_CONTINUE_EXECUTION ends it, and what raised
//! it goes on (a heap function returns NULL). A handler may also leave by `longjmp` or a C++
//! exception: no lock is held and nothing has to be undone while one runs. If no handler takes an
//! exception, the process ends with a sentence that names it and the call.
//!
//! Only RaiseException and the heap raise; faults of the processor stay signals.

mod handlers;
pub mod raise;
mod record;

pub use handlers::{AddVectoredExceptionHandler, RemoveVectoredExceptionHandler};
pub use raise::RaiseException;
pub use record::{EXCEPTION_POINTERS, EXCEPTION_RECORD, VectoredHandler};

pub(crate) use handlers::HANDLERS;
