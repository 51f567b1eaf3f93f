//! A function of the program's that may be exchanged at any time.

use core::ffi::c_void;
use core::marker::PhantomData;
use core::mem;
use core::ptr;
use core::sync::atomic::{AtomicPtr, Ordering};

/// A type of function pointers.
///
/// # Safety
/// `Option<Self>` has the size and the valid values of a pointer, null being `None`.
pub unsafe trait Function: Copy {}

/// A function or none.
pub struct Callback<F: Function> {
    address: AtomicPtr<c_void>,
    function: PhantomData<F>,
}

impl<F: Function> Callback<F> {
    /// No function yet.
    pub const fn none() -> Self {
        Self { address: AtomicPtr::new(ptr::null_mut()), function: PhantomData }
    }

    /// The function.
    pub fn get(&self) -> Option<F> {
        // Acquire: pairs with the release in `set`; what the function needs was written before.
        from_address(self.address.load(Ordering::Acquire))
    }

    /// Sets another function or none; returns the one before.
    pub fn set(&self, function: Option<F>) -> Option<F> {
        // SAFETY: of the same size, by `Function`; every function pointer is a valid address.
        let address = unsafe { mem::transmute_copy::<Option<F>, *mut c_void>(&function) };
        from_address(self.address.swap(address, Ordering::AcqRel))
    }
}

/// The address must come from an `Option<F>`, as all in a [`Callback`] do.
fn from_address<F: Function>(address: *mut c_void) -> Option<F> {
    // SAFETY: null is `None`, by `Function`; any other address was made from a function pointer.
    unsafe { mem::transmute_copy::<*mut c_void, Option<F>>(&address) }
}
