//! The rings of samples and frees. Writers are any threads; they never wait. A reader is another
//! process, and sees by the sequences what was overwritten while it read.

use super::{STATE, stack};
use crate::os;
use core::mem::size_of;
use core::ptr;
use core::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use heapmin_directory::profile::{BEING_WRITTEN, Freed, Sample};

/// Samples that are kept: as many as there are in 0.1 s at most (`rarity`).
const SLOTS: usize = 1024;
/// Bytes for each: the upper part of a stack that is deeper is cut off.
const SLOT_BYTES: usize = 16 << 10;
/// Frees that are kept.
const FREE_SLOTS: usize = 1 << 16;
const BYTES: usize = SLOTS * SLOT_BYTES + FREE_SLOTS * size_of::<Freed>();

const _: () = assert!(SLOTS.is_power_of_two() && FREE_SLOTS.is_power_of_two());
const _: () = assert!(size_of::<Sample>() < SLOT_BYTES && size_of::<Sample>().is_multiple_of(8));

/// Held by whoever makes the area.
static MAKING: AtomicU32 = AtomicU32::new(0);

/// Makes the area, once. `false`: no memory.
pub fn make() -> bool {
    if STATE.area.load(Ordering::Acquire) != 0 {
        return true;
    }
    if MAKING.swap(1, Ordering::Acquire) != 0 {
        return false;
    }
    let area = os::reserve(BYTES, SLOT_BYTES).filter(|&area| os::commit(area, BYTES, true));
    if let Some(area) = area {
        STATE.slots.store(SLOTS as u32, Ordering::Relaxed);
        STATE.slot_bytes.store(SLOT_BYTES as u32, Ordering::Relaxed);
        STATE.free_slots.store(FREE_SLOTS as u32, Ordering::Relaxed);
        STATE.area.store(area as u64, Ordering::Release);
    }
    MAKING.store(0, Ordering::Release);
    area.is_some()
}

/// The area; the rate was seen not to be 0, or a sample to be there.
fn area() -> usize {
    STATE.area.load(Ordering::Acquire) as usize
}

/// Adds a sample with the calling thread's stack. Returns its number; 0: none was added.
pub fn add(fill: impl FnOnce(&mut Sample)) -> u32 {
    let number = STATE.samples.fetch_add(1, Ordering::Relaxed);
    let slot = area() + (number as usize & (SLOTS - 1)) * SLOT_BYTES;
    let Some(sequence) = begin(slot) else { return 0 };
    // 0 is none.
    let id = (number as u32).wrapping_add(1).max(1);
    let mut sample = Sample { id, sequence: BEING_WRITTEN, ..Sample::default() };
    fill(&mut sample);
    let bytes = SLOT_BYTES - size_of::<Sample>();
    // SAFETY: the rest of the slot, which is this thread's while it is being written.
    unsafe { stack::copy(&mut sample, slot + size_of::<Sample>(), bytes) };
    // SAFETY: as above; slots are aligned.
    unsafe { ptr::with_exposed_provenance_mut::<Sample>(slot).write(sample) };
    sequence.store(number + 1, Ordering::Release);
    id
}

/// Adds a free.
pub fn add_free(id: u32, time: u64) {
    let number = STATE.frees.fetch_add(1, Ordering::Relaxed);
    let slot =
        area() + SLOTS * SLOT_BYTES + (number as usize & (FREE_SLOTS - 1)) * size_of::<Freed>();
    let Some(sequence) = begin(slot) else { return };
    let freed = Freed { sequence: BEING_WRITTEN, time, id, reserved: 0 };
    // SAFETY: the slot is this thread's while it is being written; slots are aligned.
    unsafe { ptr::with_exposed_provenance_mut::<Freed>(slot).write(freed) };
    sequence.store(number + 1, Ordering::Release);
}

/// Begins to write a slot. `None`: another thread is still at it, a whole round later.
fn begin(slot: usize) -> Option<&'static AtomicU64> {
    let sequence = ptr::with_exposed_provenance::<AtomicU64>(slot);
    // SAFETY: slots are in the area, which stays, and begin with their sequence.
    let sequence = unsafe { &*sequence };
    let before = sequence.swap(BEING_WRITTEN, Ordering::AcqRel);
    (before != BEING_WRITTEN).then_some(sequence)
}
