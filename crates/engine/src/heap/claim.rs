//! From an alleged address to a live block: the one way in for everything but `free`.

use super::record::HeapRecord;
use super::refusal::{Refusal, judge};
use crate::base::atomic::Ordering;
use crate::base::size_class::SizeClass;
use crate::base::units::UnitIndex;
use crate::cache::shared_words;
use crate::span::WINDOW;
use crate::span::map::{self, QUEUED, Use};

/// A live block of the heap that was asked.
#[derive(Clone, Copy)]
pub enum Claim {
    /// Of a slab of this class.
    Small(SizeClass),
    /// A large one that starts at this unit.
    Large(UnitIndex),
}

impl Claim {
    /// Bytes that the caller may use.
    pub fn size(self) -> usize {
        match self {
            Self::Small(class) => class.size(),
            Self::Large(unit) => WINDOW.header(unit).size.get(),
        }
    }
}

impl HeapRecord {
    /// The live block that starts at `address`, if there is one in this heap.
    #[inline]
    pub fn claim(&self, address: usize) -> Result<Claim, Refusal> {
        self.live_block(address).ok_or_else(|| judge(self, address))
    }

    /// The same for a caller that asks again if there is none.
    #[inline(always)]
    pub fn live_block(&self, address: usize) -> Option<Claim> {
        let granule = WINDOW.granule(address)?;
        let unit = granule.unit();
        let header = WINDOW.header(unit);
        let entry = map::entry(unit);
        match entry.usage() {
            Use::Slab(class) if header.heap.get() == self.number => {
                let live = WINDOW.live_word(granule).load(Ordering::Relaxed) & granule.bit() != 0;
                let posted = || {
                    entry.0 & QUEUED != 0
                        && shared_words(unit).is_posted(granule.within_unit() >> 6, granule.bit())
                };
                (live && !posted()).then_some(Claim::Small(class))
            }
            Use::LargeHead
                if WINDOW.address(unit) == address && header.heap.get() == self.number =>
            {
                Some(Claim::Large(unit))
            }
            _ => None,
        }
    }
}
