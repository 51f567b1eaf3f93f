//! The list of vectored handlers.
//!
//! ```text
//!   first -> Handler{-2} -> Handler{-1} -> Handler{1} -> Handler{2} -> null
//! ```
//! V1  positions grow along the list, and none is given twice
//! V2  nodes are blocks of the process heap, reached only with the list locked
//! V3  a walk keeps a position, never a node: handlers may come and go, and may never return,
//!     while one of them runs

#![allow(non_snake_case, reason = "the documented names")]

use super::record::VectoredHandler;
use crate::fork;
use crate::types::{PVOID, ULONG};
use core::ptr::null_mut;
use heapmin_engine::os::lock::Lock;
use heapmin_engine::process;

struct Handler {
    next: *mut Handler,
    position: i64,
    function: VectoredHandler,
}

/// All handlers, and the outermost positions given so far.
pub struct Handlers {
    first: *mut Handler,
    lowest: i64,
    highest: i64,
}

// SAFETY: the nodes belong to the list, not to a thread (V2).
unsafe impl Send for Handlers {}

/// The handlers of the process.
pub static HANDLERS: Lock<Handlers> =
    Lock::new(Handlers { first: null_mut(), lowest: 0, highest: 0 });

/// Before every position that is ever given.
pub const START: i64 = i64::MIN;

/// The first handler after a position, and its own position.
pub fn after(position: i64) -> Option<(i64, VectoredHandler)> {
    if !fork::is_watched() {
        return None;
    }
    let list = HANDLERS.lock();
    let mut node = list.first;
    // SAFETY: by V2 every non-null link is a node, and the lock is held.
    while let Some(handler) = unsafe { node.as_ref() } {
        if handler.position > position {
            return Some((handler.position, handler.function));
        }
        node = handler.next;
    }
    None
}

impl Handlers {
    /// The link that a new node goes to: the one of the list's end, or its start.
    fn place(&mut self, first: bool) -> *mut *mut Handler {
        let mut link = &raw mut self.first;
        if first {
            return link;
        }
        loop {
            // SAFETY: `link` is the list's start or the link of a node (V2), and we hold the lock.
            let node = unsafe { *link };
            if node.is_null() {
                return link;
            }
            // SAFETY: by V2 a non-null link is a node.
            link = unsafe { &raw mut (*node).next };
        }
    }

    /// A position before or after all others (V1).
    fn position(&mut self, first: bool) -> i64 {
        if first {
            self.lowest = self.lowest.wrapping_sub(1);
            self.lowest
        } else {
            self.highest = self.highest.wrapping_add(1);
            self.highest
        }
    }

    /// Takes the node at this address out of the list, which is all that is asked of the address.
    fn unlink(&mut self, address: usize) -> Option<*mut u8> {
        let mut link = &raw mut self.first;
        loop {
            // SAFETY: `link` is the list's start or the link of a node (V2), and we hold the lock.
            let node = unsafe { *link };
            if node.is_null() {
                return None;
            }
            // SAFETY: by V2 a non-null link is a node.
            let next = unsafe { &raw mut (*node).next };
            if node.addr() == address {
                // SAFETY: as both reads above.
                unsafe { link.write(next.read()) };
                return Some(node.cast());
            }
            link = next;
        }
    }
}

/// Registers a handler, as the first or the last one. Returns what removes it again, or null if
/// memory is exhausted or there is no handler.
///
/// # Safety
/// `handler` is a function with the documented signature for as long as it is registered.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn AddVectoredExceptionHandler(
    first: ULONG,
    handler: Option<VectoredHandler>,
) -> PVOID {
    let Some(function) = handler else { return null_mut() };
    fork::watch();
    let node = process::allocate(size_of::<Handler>()).cast::<Handler>();
    if node.is_null() {
        return null_mut();
    }
    let mut list = HANDLERS.lock();
    let position = list.position(first != 0);
    let link = list.place(first != 0);
    // SAFETY: `place` returns a link of the list, whose lock is held since.
    let next = unsafe { link.read() };
    // SAFETY: a fresh block of the node's size, aligned to 16.
    unsafe { node.write(Handler { next, position, function }) };
    // SAFETY: as the read.
    unsafe { link.write(node) };
    node.cast()
}

/// Removes a handler by what AddVectoredExceptionHandler returned. 0: there is none such.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn RemoveVectoredExceptionHandler(handle: PVOID) -> ULONG {
    if !fork::is_watched() {
        return 0;
    }
    let unlinked = HANDLERS.lock().unlink(handle.addr());
    let Some(node) = unlinked else { return 0 };
    // SAFETY: a block from `process::allocate` (V2) that nobody reaches once it is unlinked (V3).
    match unsafe { process::free(node) } {
        Ok(()) => 1,
        Err(_) => 0,
    }
}
