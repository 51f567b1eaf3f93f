//! New blocks: `_malloc_dbg`, `_calloc_dbg`.

use super::block::{Block, FRESH, Header, OVERHEAD, Origin, Type};
use super::flags;
use super::heap;
use super::hooks::{self, Details, Operation};
use super::report::{self, Kind};
use super::text::Text;
use super::{check, list, requests};
use crate::errno;
use crate::limits::{HEAP_MAXREQ, product};
use crate::new_handler;
use crate::side::Side;
use core::ffi::{c_char, c_int, c_void};
use core::ptr;
use heapmin_engine::os::fatal::Sentence;

/// Every block's alignment.
pub const ALIGNMENT: usize = 16;
/// Most bytes that a caller may ask for: with header and guard it is what the library allows.
pub const MOST: usize = HEAP_MAXREQ - OVERHEAD;

/// Who asks for a block, and for what.
#[derive(Clone, Copy)]
pub struct Caller {
    pub block_use: c_int,
    pub file: *const c_char,
    pub line: c_int,
}

impl Caller {
    /// A caller that says nothing of itself, as the plain functions do.
    pub const PLAIN: Caller =
        Caller { block_use: Type::Normal.number(), file: ptr::null(), line: 0 };

    /// A caller that wants a normal block.
    pub fn normal(file: *const c_char, line: c_int) -> Caller {
        Caller { file, line, ..Caller::PLAIN }
    }

    /// Numbers the request, stops in the debugger if it is awaited, and asks the hook. `None`:
    /// the hook refused.
    pub fn announce(self, operation: Operation, size: usize) -> Option<Origin> {
        let Caller { block_use, file, line } = self;
        let request = requests::next();
        let details = Details { size, block_use, request, file, line };
        if !hooks::allow(operation, &details) {
            return None;
        }
        Some(Origin { block_use: self.use_now(), file, line, request })
    }

    /// The use of a block that is made now.
    fn use_now(self) -> c_int {
        if !flags::has(flags::ALLOC_MEM) {
            return Type::Ignore.number();
        }
        match Type::of(self.block_use) {
            Some(Type::Client) => self.block_use,
            Some(kind) if kind != Type::Free => kind.number(),
            _ => {
                unknown_type(self.block_use);
                Type::Normal.number()
            }
        }
    }
}

/// Reports a block type that can't be asked for.
#[cold]
fn unknown_type(block_use: c_int) {
    let mut text = Text::new();
    text.text("block type ").integer(block_use & 0xFFFF);
    text.text(" can't be asked for; the block is made a normal one\n");
    report::send(Kind::Error, &mut text);
}

/// What the caller's bytes are at first.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Contents {
    /// 0xCD
    Fresh,
    /// 0
    Zero,
}

/// Makes a block of `size` bytes, at an address of the heap that is a multiple of `align`, and
/// puts it on the list. Null and `ENOMEM`: there is no memory.
pub fn make(size: usize, align: usize, contents: Contents, origin: Origin) -> *mut c_void {
    let mut header: *mut Header = ptr::null_mut();
    let found = new_handler::attempt(Side::Program, size, || {
        header = heap::allocate(size, align, contents == Contents::Zero);
        header.cast()
    });
    if found.is_null() {
        return found;
    }
    let block = Block(header);
    // SAFETY: a fresh block with room for `size` bytes and the overhead, known to nobody else.
    unsafe {
        block.prepare(size, origin);
        if contents == Contents::Fresh {
            block.user().write_bytes(FRESH, size);
        }
        list::insert(block);
    }
    block.user().cast()
}

/// What all functions that allocate do: counts the call, checks the limit, asks the hook. Null
/// and `ENOMEM`: over the limit, refused by the hook, or no memory.
pub fn allocate(size: usize, align: usize, contents: Contents, caller: Caller) -> *mut c_void {
    check::count_call();
    if size > MOST {
        return errno::no_memory(Side::Program);
    }
    match caller.announce(Operation::Allocate, size) {
        Some(origin) => make(size, align, contents, origin),
        None => errno::no_memory(Side::Program),
    }
}

/// As [`product`], with room for header and guard. `None` after setting `errno` to `code`: too
/// large.
pub fn checked_product(number: usize, size: usize, code: c_int) -> Option<usize> {
    let total = product(number, size).filter(|&total| total <= MOST);
    if total.is_none() {
        errno::set(Side::Program, code);
    }
    total
}

/// `calloc`; `code` is the error number for requests over the limit.
pub fn allocate_zeroed(number: usize, size: usize, code: c_int, caller: Caller) -> *mut c_void {
    match checked_product(number, size, code) {
        Some(total) => allocate(total, ALIGNMENT, Contents::Zero, caller),
        None => ptr::null_mut(),
    }
}

/// Allocates a block of a type, remembering where it was asked for. The bytes are 0xCD. NULL and
/// `ENOMEM`: no memory, or too large with header and guard.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn _malloc_dbg(
    size: usize,
    block_use: c_int,
    file: *const c_char,
    line: c_int,
) -> *mut c_void {
    allocate(size, ALIGNMENT, Contents::Fresh, Caller { block_use, file, line })
}

/// Allocates a block of zeros of a type, remembering where it was asked for. NULL and `ENOMEM`:
/// no memory; NULL and `EINVAL`: too large with header and guard.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn _calloc_dbg(
    number: usize,
    size: usize,
    block_use: c_int,
    file: *const c_char,
    line: c_int,
) -> *mut c_void {
    allocate_zeroed(number, size, errno::EINVAL, Caller { block_use, file, line })
}
