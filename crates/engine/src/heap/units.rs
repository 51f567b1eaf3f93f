//! The units that a heap's spans take: from the pool, or the one beside the heap's record; with
//! the right to execute what is in them, where the heap's blocks have it.

use super::decay::Decay;
use super::demand;
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
        if usage != Use::LargeHead
            && let Some(unit) = self.take_reserved()
            && self.prepare(unit, length)
        {
            return Some(Taken { unit, zero: true });
        }
        let taken = POOL.lock().take(length, align)?;
        if self.prepare(taken.unit, length) {
            return Some(taken);
        }
        POOL.lock().give(taken.unit, length, taken.zero);
        None
    }

    /// A unit beside the record in which no slab is.
    fn take_reserved(&self) -> Option<UnitIndex> {
        let mut free = self.reserve.load(Ordering::Relaxed);
        while free != 0 {
            let lowest = free & free.wrapping_neg();
            free = self.reserve.fetch_and(!lowest, Ordering::AcqRel);
            if free & lowest != 0 {
                return Some(UnitIndex(self.record_unit().0 + 1 + lowest.trailing_zeros()));
            }
        }
        None
    }

    fn record_unit(&self) -> UnitIndex {
        WINDOW.unit(core::ptr::from_ref(self).addr())
    }

    /// Gives units back whose map entries claim nothing any more.
    pub fn give_units(&self, unit: UnitIndex, length: Units, zero: bool) {
        self.restore(unit, length);
        if let Some(number) = self.beside_record(unit) {
            if !zero && !os::decommit(WINDOW.address(unit), length.bytes()) {
                // It stays unused until the heap is destroyed.
                return;
            }
            self.reserve.fetch_or(1 << number, Ordering::Release);
            return;
        }
        if zero {
            POOL.lock().give(unit, length, true);
            return;
        }
        let decay = self.decay.get();
        if decay == Decay::AtOnce && self.give_back(unit, length) {
            return;
        }
        let mut pool = POOL.lock();
        pool.give_dirty(unit, length, decay.due());
        demand::of_spans(pool.dirty_bytes());
    }

    /// Gives the memory of units back without keeping the pool locked. `false`: it can't be done.
    fn give_back(&self, unit: UnitIndex, length: Units) -> bool {
        let resident = os::resident_bytes(WINDOW.address(unit), length.bytes());
        let done = os::decommit(WINDOW.address(unit), length.bytes());
        if done {
            let mut pool = POOL.lock();
            pool.count_returned(resident);
            pool.give(unit, length, true);
        }
        done
    }

    /// The number of `unit` among those beside the record, if it is one.
    pub fn beside_record(&self, unit: UnitIndex) -> Option<u32> {
        if self.traits.beside == 0 {
            return None;
        }
        let number = unit.0.wrapping_sub(self.record_unit().0).wrapping_sub(1);
        (number < self.traits.beside).then_some(number)
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
