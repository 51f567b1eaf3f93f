//! The units that a heap's spans take: from the pool, or the one beside the heap's record; with
//! the right to execute what is in them, where the heap's blocks have it.

use super::record::HeapRecord;
use crate::base::atomic::Ordering;
use crate::base::units::{UnitIndex, Units};
use crate::os;
use crate::span::map::Use;
use crate::span::pool::Taken;
use crate::span::{POOL, WINDOW};

impl HeapRecord {
    /// Units for a span at a multiple of `align`. `None`: out of memory.
    pub fn take_units(&self, length: Units, align: usize, usage: Use) -> Option<Taken> {
        if usage != Use::LargeHead && self.reserve.load(Ordering::Relaxed) != 0 {
            let reserve = UnitIndex(self.reserve.swap(0, Ordering::AcqRel));
            if !reserve.is_none() && self.prepare(reserve, length) {
                return Some(Taken { unit: reserve, zero: true });
            }
        }
        let taken = POOL.lock().take(length, align)?;
        if self.prepare(taken.unit, length) {
            return Some(taken);
        }
        POOL.lock().give(taken.unit, length, taken.zero);
        None
    }

    /// Gives units back whose map entries claim nothing any more.
    pub fn give_units(&self, unit: UnitIndex, length: Units, zero: bool) {
        self.restore(unit, length);
        if self.is_beside_record(unit) {
            if !zero && !os::decommit(WINDOW.address(unit), length.bytes()) {
                // It stays unused until the heap is destroyed.
                return;
            }
            self.reserve.store(unit.0, Ordering::Release);
            return;
        }
        let mut pool = POOL.lock();
        if zero {
            pool.give(unit, length, true);
        } else {
            pool.give_dirty(unit, length);
        }
    }

    /// Whether `unit` is the one after the heap's record, where its first slab goes.
    pub fn is_beside_record(&self, unit: UnitIndex) -> bool {
        self.traits.sized
            && self.number > super::registry::SIZED.number
            && unit.before() == WINDOW.unit(core::ptr::from_ref(self).addr())
    }

    /// Makes units what the heap's blocks need. `false`: the system refuses.
    pub fn prepare(&self, unit: UnitIndex, length: Units) -> bool {
        !self.traits.executable || os::allow_execution(WINDOW.address(unit), length.bytes(), true)
    }

    /// Undoes [`HeapRecord::prepare`].
    pub fn restore(&self, unit: UnitIndex, length: Units) {
        if self.traits.executable {
            os::allow_execution(WINDOW.address(unit), length.bytes(), false);
        }
    }
}
