//! The aligned functions: what they all do, and their `_dbg` names.
//!
//! A block of theirs is a normal block of the debug heap with a front ([`super::aligned_block`]).
//! Alignment and offset that differ from those of its allocation do no harm.

use super::aligned_block::{AlignedBlock, AlignedPointer, Alignment, recognise_aligned};
use super::allocate::{Caller, Contents, MOST, allocate, checked_product, make};
use super::block::Type;
use super::check;
use super::hooks::Operation;
use super::invalid::{self, Condition};
use super::recognise::{refuse, refuse_with_errno};
use super::release::{claim, release_block, retire};
use super::resize::resize_in_place;
use crate::errno;
use crate::side::Side;
use core::ffi::{c_char, c_int, c_void};
use core::ptr;

/// A call of one of the functions.
#[derive(Clone, Copy)]
pub struct Call {
    pub function: &'static str,
    pub caller: Caller,
    pub alignment: usize,
    /// `None` for the functions without one: those don't accept the size 0 for a new block.
    pub offset: Option<usize>,
    pub contents: Contents,
}

impl Call {
    /// The documented checks.
    fn alignment_for(self, size: usize) -> Result<Alignment, *mut c_void> {
        let offset = self.offset.unwrap_or(0);
        let condition = match Alignment::new(self.alignment, offset) {
            None => invalid::ALIGNMENT,
            Some(_) if offset != 0 && offset >= size => invalid::OFFSET,
            Some(alignment) => return Ok(alignment),
        };
        Err(self.refuse(condition))
    }

    fn refuse(self, condition: Condition) -> *mut c_void {
        invalid::raise(self.function, condition);
        ptr::null_mut()
    }

    /// A new block.
    pub fn allocate(self, size: usize) -> *mut c_void {
        let alignment = match self.alignment_for(size) {
            Ok(_) if size == 0 && self.offset.is_none() => return self.refuse(invalid::SIZE),
            Ok(alignment) => alignment,
            Err(null) => return null,
        };
        let Some(total) = alignment.block_size(size).filter(|&total| total <= MOST) else {
            return errno::no_memory(Side::Program);
        };
        let start = allocate(total, alignment.of_heap(), self.contents, self.caller);
        // SAFETY: null, or a fresh block with what was asked for.
        unsafe { placed(alignment, start) }
    }

    /// A block with another size.
    ///
    /// # Safety
    /// The block is NULL or the caller's, who uses only the result from then on.
    pub unsafe fn reallocate(self, user: *mut c_void, size: usize) -> *mut c_void {
        if user.is_null() {
            return self.allocate(size);
        }
        if size == 0 {
            // SAFETY: the caller's.
            unsafe { release(self.function, user) };
            return ptr::null_mut();
        }
        let alignment = match self.alignment_for(size) {
            Ok(alignment) => alignment,
            Err(null) => return null,
        };
        check::count_call();
        match recognise_aligned(user) {
            AlignedPointer::Debug(block) => self.resize(block, size, alignment),
            // SAFETY: the caller's; a live block without a header.
            AlignedPointer::Plain => unsafe { self.reallocate_plain(user, size) },
            AlignedPointer::Bad(kind) => {
                refuse_with_errno(self.function, user, kind);
                ptr::null_mut()
            }
        }
    }

    /// # Safety
    /// The block is the caller's, who uses only the result from then on.
    unsafe fn reallocate_plain(self, user: *mut c_void, size: usize) -> *mut c_void {
        let offset = self.offset.unwrap_or(0);
        // SAFETY: the caller's.
        unsafe {
            match self.contents {
                Contents::Fresh => crate::aligned::offset_realloc(
                    Side::Program,
                    user,
                    size,
                    self.alignment,
                    offset,
                ),
                Contents::Zero => crate::aligned::offset_recalloc(
                    Side::Program,
                    user,
                    1,
                    size,
                    self.alignment,
                    offset,
                ),
            }
        }
    }

    /// As `reallocate`, for `number * size` bytes; `code` is the error number if they are too many.
    ///
    /// # Safety
    /// As for `reallocate`.
    pub unsafe fn reallocate_array(
        self,
        user: *mut c_void,
        (number, size): (usize, usize),
        code: c_int,
    ) -> *mut c_void {
        match checked_product(number, size, code) {
            // SAFETY: the caller's.
            Some(total) => unsafe { self.reallocate(user, total) },
            None => ptr::null_mut(),
        }
    }

    fn resize(self, old: AlignedBlock, size: usize, alignment: Alignment) -> *mut c_void {
        let start = old.block.user();
        let user = start.wrapping_add(old.front);
        old.check_gap(self.function);
        let Some(facts) = claim(self.function, old.block, Type::Normal.number()) else {
            errno::set(Side::Program, errno::EINVAL);
            return ptr::null_mut();
        };
        let (Some(in_place), Some(moved)) =
            (old.front.checked_add(size), alignment.block_size(size))
        else {
            return errno::no_memory(Side::Program);
        };
        if moved.max(in_place) > MOST {
            return errno::no_memory(Side::Program);
        }
        let operation = Operation::Resize(start.cast());
        let Some(origin) = self.caller.announce(operation, moved) else {
            return errno::no_memory(Side::Program);
        };
        let user_pointer = user.cast();
        if alignment.suits(user_pointer) && resize_in_place(&facts, in_place, self.contents, origin)
        {
            return user_pointer;
        }
        let start = make(moved, alignment.of_heap(), self.contents, origin);
        // SAFETY: null, or a fresh block with what was asked for.
        let new = unsafe { placed(alignment, start) };
        if !new.is_null() {
            // SAFETY: both blocks are the caller's and have this many bytes.
            unsafe { new.cast::<u8>().copy_from_nonoverlapping(user, old.size.min(size)) };
            retire(old.block);
        }
        new
    }

    /// The bytes that were asked for.
    pub fn size(self, user: *mut c_void) -> usize {
        if user.is_null() {
            self.refuse(invalid::BLOCK);
            return usize::MAX;
        }
        if !self.alignment.is_power_of_two() {
            self.refuse(invalid::ALIGNMENT);
            return usize::MAX;
        }
        check::count_call();
        match recognise_aligned(user) {
            AlignedPointer::Debug(block) => block.size,
            AlignedPointer::Plain => crate::aligned::msize(Side::Program, user, self.alignment),
            AlignedPointer::Bad(kind) => {
                refuse_with_errno(self.function, user, kind);
                usize::MAX
            }
        }
    }
}

/// Writes the front of a new block; NULL stays NULL.
///
/// # Safety
/// As for [`Alignment::place`], except that the block may be NULL.
unsafe fn placed(alignment: Alignment, start: *mut c_void) -> *mut c_void {
    if start.is_null() {
        return start;
    }
    // SAFETY: the caller's.
    unsafe { alignment.place(start) }
}

/// `_aligned_free`: NULL is ignored, damage and wrong pointers are reported.
///
/// # Safety
/// The caller doesn't use the block any more.
pub unsafe fn release(function: &'static str, user: *mut c_void) {
    if user.is_null() {
        return;
    }
    check::count_call();
    match recognise_aligned(user) {
        AlignedPointer::Debug(found) => {
            found.check_gap(function);
            release_block(function, found.block, Type::Normal.number());
        }
        // SAFETY: the caller's; a live block without a header.
        AlignedPointer::Plain => unsafe { crate::aligned::free(user) },
        AlignedPointer::Bad(kind) => refuse(function, user, kind),
    }
}

/// Allocates `size` bytes, not 0, at a multiple of `alignment`, a power of two. The bytes are 0xCD.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn _aligned_malloc_dbg(
    size: usize,
    alignment: usize,
    file: *const c_char,
    line: c_int,
) -> *mut c_void {
    let caller = Caller::normal(file, line);
    let (function, contents) = ("_aligned_malloc_dbg", Contents::Fresh);
    Call { function, caller, alignment, offset: None, contents }.allocate(size)
}

/// Allocates `size` bytes of which the one at `offset`, which is 0 or less than the size, is at a
/// multiple of `alignment`, a power of two. The bytes are 0xCD.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn _aligned_offset_malloc_dbg(
    size: usize,
    alignment: usize,
    offset: usize,
    file: *const c_char,
    line: c_int,
) -> *mut c_void {
    let caller = Caller::normal(file, line);
    let (function, contents) = ("_aligned_offset_malloc_dbg", Contents::Fresh);
    Call { function, caller, alignment, offset: Some(offset), contents }.allocate(size)
}

/// Changes the size of an aligned block, perhaps moving it; bytes that it gains are 0xCD. NULL
/// gives a new block; size 0 frees it.
///
/// # Safety
/// The block is the caller's, who uses only the result from then on.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn _aligned_realloc_dbg(
    user: *mut c_void,
    size: usize,
    alignment: usize,
    file: *const c_char,
    line: c_int,
) -> *mut c_void {
    let caller = Caller::normal(file, line);
    let (function, contents) = ("_aligned_realloc_dbg", Contents::Fresh);
    let call = Call { function, caller, alignment, offset: None, contents };
    // SAFETY: the caller's.
    unsafe { call.reallocate(user, size) }
}

/// As `_aligned_realloc_dbg`, with an offset.
///
/// # Safety
/// The block is the caller's, who uses only the result from then on.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn _aligned_offset_realloc_dbg(
    user: *mut c_void,
    size: usize,
    alignment: usize,
    offset: usize,
    file: *const c_char,
    line: c_int,
) -> *mut c_void {
    let caller = Caller::normal(file, line);
    let (function, contents) = ("_aligned_offset_realloc_dbg", Contents::Fresh);
    let call = Call { function, caller, alignment, offset: Some(offset), contents };
    // SAFETY: the caller's.
    unsafe { call.reallocate(user, size) }
}

/// As `_aligned_realloc_dbg`, for `number * size` bytes; bytes that the block gains are 0. Too
/// many are `EINVAL`.
///
/// # Safety
/// The block is the caller's, who uses only the result from then on.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn _aligned_recalloc_dbg(
    user: *mut c_void,
    number: usize,
    size: usize,
    alignment: usize,
    file: *const c_char,
    line: c_int,
) -> *mut c_void {
    let caller = Caller::normal(file, line);
    let (function, contents) = ("_aligned_recalloc_dbg", Contents::Zero);
    let call = Call { function, caller, alignment, offset: None, contents };
    // SAFETY: the caller's.
    unsafe { call.reallocate_array(user, (number, size), errno::EINVAL) }
}

/// As `_aligned_offset_realloc_dbg`, for `number * size` bytes; bytes that the block gains are 0.
/// Too many are `ENOMEM`.
///
/// # Safety
/// The block is the caller's, who uses only the result from then on.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn _aligned_offset_recalloc_dbg(
    user: *mut c_void,
    number: usize,
    size: usize,
    alignment: usize,
    offset: usize,
    file: *const c_char,
    line: c_int,
) -> *mut c_void {
    let caller = Caller::normal(file, line);
    let (function, contents) = ("_aligned_offset_recalloc_dbg", Contents::Zero);
    let call = Call { function, caller, alignment, offset: Some(offset), contents };
    // SAFETY: the caller's.
    unsafe { call.reallocate_array(user, (number, size), errno::ENOMEM) }
}

/// Frees a block of the aligned functions. NULL is ignored. Damage around it is reported.
///
/// # Safety
/// The caller doesn't use the block any more.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn _aligned_free_dbg(user: *mut c_void) {
    // SAFETY: the caller's.
    unsafe { release("_aligned_free_dbg", user) }
}

/// The size of an aligned block: the bytes that were asked for. NULL and an alignment that is no
/// power of two are invalid parameters, and the result `SIZE_MAX`.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn _aligned_msize_dbg(
    user: *mut c_void,
    alignment: usize,
    offset: usize,
) -> usize {
    let (function, contents) = ("_aligned_msize_dbg", Contents::Fresh);
    Call { function, caller: Caller::PLAIN, alignment, offset: Some(offset), contents }.size(user)
}
