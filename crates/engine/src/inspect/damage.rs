//! Damage to a heap: what was overwritten, and where.

use crate::os::fatal::Sentence;

/// What a check found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Damage {
    /// What was damaged.
    pub kind: DamageKind,
    /// The block, or the metadata.
    pub address: usize,
    /// Bytes of the block, or of the metadata; 0 if unknown.
    pub size: usize,
}

/// What was damaged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DamageKind {
    /// The bytes behind a live block.
    Tail,
    /// The header, the bits or the lists of a slab or of a large block.
    Metadata,
    /// The heap's own record.
    Header,
    /// A block that is free twice, or free and live.
    DoubleListed,
}

impl Damage {
    /// Says what was damaged and what to do.
    pub fn describe(&self, out: &mut impl Sentence) {
        let Self { kind, address, size } = *self;
        match kind {
            DamageKind::Tail => {
                out.text("the bytes behind the block at ").address(address);
                out.text(" were overwritten; it takes ").number(size);
                out.text(
                    " bytes with its guard; find who writes past its end, or past the end of ",
                );
                out.text("the block before it");
            }
            DamageKind::Metadata => {
                out.text("the heap's data about the memory at ").address(address);
                out.text(" contradict each other; find who writes to memory that isn't its own");
            }
            DamageKind::Header => {
                out.text("the record of the heap at ").address(address);
                out.text(" was overwritten; find who writes to memory that isn't its own");
            }
            DamageKind::DoubleListed => {
                out.text("the block at ").address(address).text(" of ").number(size);
                out.text(
                    " bytes is free twice, or free and live; find who frees what isn't its own",
                );
            }
        }
    }
}
