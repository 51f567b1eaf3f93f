//! Freeing sized blocks.

use super::charge;
use super::tail;
use crate::cache::Cache;
use crate::heap::demand;
use crate::heap::record::HeapRecord;
use crate::heap::refusal::{Refusal, judge};

impl HeapRecord {
    /// Frees a block; one whose tail was overwritten is refused, and stays. Null is no block.
    /// `unserialized`: don't wait for another thread that has locked the heap.
    ///
    /// # Safety
    /// Nobody uses the block afterwards. Everything else is checked.
    #[inline(never)]
    pub unsafe fn free_sized(&self, address: usize, unserialized: bool) -> Result<(), Refusal> {
        if address == 0 {
            return Ok(());
        }
        let result = self.inside_past(unserialized, |cache| {
            if self.traits.limit != 0 {
                return self.free_charged(cache, address);
            }
            let extent = self.claim(address)?.size();
            // SAFETY: a live block's bytes can be read; extents are multiples of 16.
            if !unsafe { tail::is_plainly_intact(address, extent) } {
                self.claim_sized(address)?;
            }
            self.free_inside(cache, address).map_err(|()| judge(self, address))
        });
        demand::attend();
        result
    }

    /// [`HeapRecord::free_sized`] in a heap with a limit, for a thread that is inside.
    pub fn free_charged(&self, cache: Option<&Cache>, address: usize) -> Result<(), Refusal> {
        let _charges = self.charges.lock();
        let block = self.claim_sized(address)?;
        self.free_inside(cache, address).map_err(|()| judge(self, address))?;
        self.uncharge_block(charge(block.tail.size));
        Ok(())
    }
}
