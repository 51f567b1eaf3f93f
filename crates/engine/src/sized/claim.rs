//! From an alleged address to a live sized block and what its tail says.

use super::tail::{self, Tail};
use crate::heap::claim::Claim;
use crate::heap::record::HeapRecord;
use crate::heap::refusal::Refusal;

/// A live sized block.
#[derive(Clone, Copy)]
pub struct SizedBlock {
    /// Its address.
    pub address: usize,
    /// The block without its tail's contents.
    pub claim: Claim,
    /// Bytes that it takes.
    pub extent: usize,
    /// What its tail says.
    pub tail: Tail,
}

impl HeapRecord {
    /// The live block of this heap at `address`; one whose tail was overwritten is refused.
    #[inline]
    pub fn claim_sized(&self, address: usize) -> Result<SizedBlock, Refusal> {
        let claim = self.claim(address)?;
        let extent = claim.size();
        // SAFETY: a live block's bytes can be read; extents are multiples of 16.
        match unsafe { tail::read(address, extent) } {
            Some(tail) => Ok(SizedBlock { address, claim, extent, tail }),
            None => Err(Refusal::damaged(address, extent)),
        }
    }
}
