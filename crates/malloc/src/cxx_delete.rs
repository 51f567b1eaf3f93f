//! `operator delete` and `operator delete[]` in all their forms.
//!
//! Two of them free a block: the plain and the aligned one. The rest call those by name, as the
//! standard defines them: array forms the single ones, and forms with a size or a nothrow tag
//! those without. The sizes and alignments are hints that the engine doesn't need.

use crate::release::free_named;
use crate::replaced::by_name;
use core::ffi::c_void;

/// A `const std::nothrow_t &`; the object is empty.
type Nothrow = *const c_void;

/// `operator delete(void *)`
///
/// # Safety
/// Nobody uses the block afterwards.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn _ZdlPv(block: *mut c_void) {
    // SAFETY: the contract of this function.
    unsafe { free_named("operator delete", block) }
}

/// `operator delete(void *, std::align_val_t)`
///
/// # Safety
/// Nobody uses the block afterwards.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn _ZdlPvSt11align_val_t(block: *mut c_void, _alignment: usize) {
    // SAFETY: the contract of this function.
    unsafe { free_named("operator delete", block) }
}

/// Defines each form as a call of an entry of the table.
macro_rules! forward {
    ($($(#[$doc:meta])*
       $symbol:ident($($hint:ident: $type:ty),*) => $entry:ident($($passed:ident)?);)*
    ) => {$(
        $(#[$doc])*
        ///
        /// # Safety
        /// Nobody uses the block afterwards.
        #[unsafe(no_mangle)]
        pub unsafe extern "C-unwind" fn $symbol(block: *mut c_void $(, $hint: $type)*) {
            let delete = by_name().$entry;
            // SAFETY: the contract of this function.
            unsafe { delete(block $(, $passed)?) }
        }
    )*};
}

forward! {
    /// `operator delete(void *, size_t)`
    _ZdlPvm(_size: usize) => delete();
    /// `operator delete(void *, const std::nothrow_t &)`
    _ZdlPvRKSt9nothrow_t(_tag: Nothrow) => delete();
    /// `operator delete(void *, size_t, std::align_val_t)`
    _ZdlPvmSt11align_val_t(_size: usize, alignment: usize) => aligned_delete(alignment);
    /// `operator delete(void *, std::align_val_t, const std::nothrow_t &)`
    _ZdlPvSt11align_val_tRKSt9nothrow_t(alignment: usize, _tag: Nothrow)
        => aligned_delete(alignment);
    /// `operator delete[](void *)`
    _ZdaPv() => delete();
    /// `operator delete[](void *, size_t)`
    _ZdaPvm(_size: usize) => delete_array();
    /// `operator delete[](void *, const std::nothrow_t &)`
    _ZdaPvRKSt9nothrow_t(_tag: Nothrow) => delete_array();
    /// `operator delete[](void *, std::align_val_t)`
    _ZdaPvSt11align_val_t(alignment: usize) => aligned_delete(alignment);
    /// `operator delete[](void *, size_t, std::align_val_t)`
    _ZdaPvmSt11align_val_t(_size: usize, alignment: usize) => aligned_delete_array(alignment);
    /// `operator delete[](void *, std::align_val_t, const std::nothrow_t &)`
    _ZdaPvSt11align_val_tRKSt9nothrow_t(alignment: usize, _tag: Nothrow)
        => aligned_delete_array(alignment);
}
