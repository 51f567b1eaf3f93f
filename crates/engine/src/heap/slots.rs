//! A thread's slots for private heaps: a table of one unit, made at the thread's first use of one.

use super::{admit, decay};
use crate::base::units::{UNIT, Units};
use crate::cache::slot::{Slot, ThreadBlock};
use crate::span::map::{self, Use};
use crate::span::{POOL, WINDOW};
use core::ptr;

/// Heaps with numbers from here on have no slots: their threads all use the shared cache.
const CAPACITY: usize = UNIT / size_of::<Slot>();

/// Where the slot of the heap with this number is in a table, in bytes; 0 for none.
pub const fn offset(heap: u32) -> usize {
    if (heap as usize) < CAPACITY { heap as usize * size_of::<Slot>() } else { 0 }
}

/// The slot for a private heap, made if need be; null where there is none.
pub fn private_slot(block: &ThreadBlock, heap: u32) -> *const Slot {
    let slot = slot_in_table(block, heap);
    if slot.is_null() { make_table(block, heap) } else { slot }
}

/// The slot for a private heap if the thread has a table.
pub fn slot_in_table(block: &ThreadBlock, heap: u32) -> *const Slot {
    let table = block.private.get();
    if table.is_null() || heap as usize >= CAPACITY {
        return ptr::null();
    }
    // SAFETY: the table has `CAPACITY` slots.
    unsafe { table.add(heap as usize) }
}

#[cold]
fn make_table(block: &ThreadBlock, heap: u32) -> *const Slot {
    if heap as usize >= CAPACITY || !admit::end_is_watched(block) {
        return ptr::null();
    }
    let Some(unit) = super::registry::PROCESS.take_engine_unit() else {
        return ptr::null();
    };
    block.private.set(ptr::with_exposed_provenance(WINDOW.address(unit)));
    slot_in_table(block, heap)
}

/// Gives the table back; no cache refers to it any more.
pub fn give_back(block: &ThreadBlock) {
    let table = block.private.get();
    if table.is_null() {
        return;
    }
    block.private.set(ptr::null());
    let unit = WINDOW.unit(table.expose_provenance());
    map::set(unit, Use::Unused);
    POOL.lock().give_dirty(unit, Units(1), decay::due());
}
