//! The documented checks of the aligned functions, in their order, with the state of one side.
//!
//! A size of 0 for an existing block frees it before anything else is looked at. A null block
//! asks for a new one, under the rules of `_aligned_malloc` or `_aligned_offset_malloc`.

use super::block;
use super::placement::Placement;
use crate::errno::no_memory;
use crate::invalid_parameter;
use crate::limits::product;
use crate::side::Side;
use core::ffi::c_void;
use core::ptr;

/// Whose call it is, for the handler, for errno and for messages.
#[derive(Clone, Copy)]
pub struct Call {
    pub side: Side,
    pub function: &'static str,
}

/// What a caller asks of a block.
#[derive(Clone, Copy)]
pub struct Wish {
    pub alignment: usize,
    pub offset: usize,
    /// Bytes that the block gains are zero.
    pub zero: bool,
}

impl Call {
    fn refuse(self, reason: &'static str) -> *mut c_void {
        invalid_parameter::raise(self.side, self.function, reason);
        ptr::null_mut()
    }

    /// The placement for a wish, or null from the handler.
    #[inline]
    fn placement(self, size: usize, wish: Wish) -> Result<Placement, *mut c_void> {
        if !wish.alignment.is_power_of_two() {
            return Err(self.refuse("the alignment is not a power of two"));
        }
        if wish.offset != 0 && wish.offset >= size {
            return Err(self.refuse("the offset is not less than the size"));
        }
        Ok(Placement::new(wish.alignment, wish.offset))
    }

    /// A new block whose size may be 0.
    #[inline]
    pub fn allocate_at_offset(self, size: usize, wish: Wish) -> *mut c_void {
        match self.placement(size, wish) {
            Ok(placement) => block::allocate(self.side, size, placement, wish.zero),
            Err(null) => null,
        }
    }

    /// A new block whose size may not be 0.
    #[inline]
    pub fn allocate(self, size: usize, wish: Wish) -> *mut c_void {
        match self.placement(size, wish) {
            Ok(_) if size == 0 => self.refuse("the size is 0"),
            Ok(placement) => block::allocate(self.side, size, placement, wish.zero),
            Err(null) => null,
        }
    }

    /// An existing block with another size.
    ///
    /// # Safety
    /// `address` isn't null, and nobody uses the block through it afterwards unless null came
    /// back for a size that isn't 0.
    #[inline]
    pub unsafe fn resize(self, address: *mut c_void, size: usize, wish: Wish) -> *mut c_void {
        if size == 0 {
            // SAFETY: by the contract nobody uses the block any more.
            unsafe { block::free(self.function, address) };
            return ptr::null_mut();
        }
        match self.placement(size, wish) {
            // SAFETY: the contract of this function.
            Ok(placement) => unsafe {
                block::reallocate(self.side, self.function, address, size, placement, wish.zero)
            },
            Err(null) => null,
        }
    }

    /// A new or an existing block; a new one may not have the size 0.
    ///
    /// # Safety
    /// As for [`Call::resize`], except that `address` may be null.
    #[inline]
    pub unsafe fn reallocate(self, address: *mut c_void, size: usize, wish: Wish) -> *mut c_void {
        if address.is_null() {
            return self.allocate(size, wish);
        }
        // SAFETY: the contract of this function.
        unsafe { self.resize(address, size, wish) }
    }

    /// A new or an existing block; a new one may have the size 0.
    ///
    /// # Safety
    /// As for [`Call::reallocate`].
    #[inline]
    pub unsafe fn reallocate_at_offset(
        self,
        address: *mut c_void,
        size: usize,
        wish: Wish,
    ) -> *mut c_void {
        if address.is_null() {
            return self.allocate_at_offset(size, wish);
        }
        // SAFETY: the contract of this function.
        unsafe { self.resize(address, size, wish) }
    }

    /// The bytes of an array, or null and `ENOMEM`.
    #[inline]
    pub fn bytes(self, count: usize, size: usize) -> Result<usize, *mut c_void> {
        product(count, size).ok_or_else(|| no_memory(self.side))
    }

    /// The bytes that were asked for; `SIZE_MAX` from the handler.
    pub fn size(self, address: *mut c_void, alignment: usize) -> usize {
        if address.is_null() {
            self.refuse("the block is NULL");
            return usize::MAX;
        }
        if !alignment.is_power_of_two() {
            self.refuse("the alignment is not a power of two");
            return usize::MAX;
        }
        block::size(self.function, address)
    }
}
