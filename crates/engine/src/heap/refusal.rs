//! Why a pointer was refused: what it is, as far as the heap knows.

use super::record::HeapRecord;
use crate::base::units::GRANULE_SHIFT;
use crate::os::fatal;
use crate::slab::class::CLASSES;
use crate::span::map::{self, Use};
use crate::span::window::Granule;
use crate::span::{POOL, WINDOW};
use core::fmt;

/// What is wrong with a pointer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RefusalKind {
    /// A block starts there, but it is free: a double free, or a use after free.
    AlreadyFree,
    /// Inside a block or between blocks.
    InteriorPointer,
    /// Not memory of heapmin's.
    ForeignPointer,
    /// No multiple of 16, as every block's address is.
    Misaligned,
    /// A block of another heap.
    OtherHeap,
}

/// A refused pointer. Its text names the address and what is known of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Refusal {
    kind: RefusalKind,
    address: usize,
    /// Start and size of the block or memory that the address lies in; 0 where there is none.
    start: usize,
    size: usize,
}

impl Refusal {
    /// What is wrong.
    pub fn kind(&self) -> RefusalKind {
        self.kind
    }

    /// The refused address.
    pub fn address(&self) -> usize {
        self.address
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { kind, address, start, size } = *self;
        match kind {
            RefusalKind::AlreadyFree if size > 0 => {
                write!(
                    out,
                    "double free of {address:#x}: a block of {size} bytes that is free already; find who else freed it"
                )
            }
            RefusalKind::AlreadyFree => {
                write!(
                    out,
                    "double free of {address:#x}: memory that was freed already; find who else freed it"
                )
            }
            RefusalKind::InteriorPointer => write!(
                out,
                "invalid pointer {address:#x}: {} bytes after the start of a block of {size} bytes at {start:#x}; pass the address that the allocation returned",
                address.wrapping_sub(start)
            ),
            RefusalKind::ForeignPointer => write!(
                out,
                "invalid pointer {address:#x}: not allocated by this heap (another allocator's, the stack's or a static); free it where it was allocated"
            ),
            RefusalKind::Misaligned => write!(
                out,
                "invalid pointer {address:#x}: not a multiple of 16, as every block's address is; pass the address that the allocation returned"
            ),
            RefusalKind::OtherHeap => write!(
                out,
                "invalid pointer {address:#x}: a block of {size} bytes of another heap; free it in the heap that it was allocated from"
            ),
        }
    }
}

/// Writes `heapmin: FUNCTION(ADDRESS): REFUSAL` to standard error and aborts the process.
pub fn refuse_and_abort(function: &'static str, refusal: Refusal) -> ! {
    fatal::die(format_args!("{function}({:#x}): {refusal}", refusal.address))
}

/// Says why `address` isn't a live block of the heap with this number, for the error report.
#[cold]
pub fn judge(heap: &HeapRecord, address: usize) -> Refusal {
    let refusal = |kind, start, size| Refusal { kind, address, start, size };
    let foreign = refusal(RefusalKind::ForeignPointer, 0, 0);
    if !WINDOW.contains(address) {
        return foreign;
    }
    let unit = WINDOW.unit(address);
    let header = WINDOW.header(unit);
    match map::entry(unit).usage() {
        Use::Slab(class) => {
            let kind = &CLASSES[class as usize];
            let within = (address - WINDOW.address(unit)) >> GRANULE_SHIFT;
            let block = within as u32 / kind.stride;
            let start = WINDOW.address(unit) + (block * kind.size) as usize;
            let size = kind.size as usize;
            if start != address {
                return refusal(RefusalKind::InteriorPointer, start, size);
            }
            let granule = Granule(
                (start - WINDOW.address(crate::base::units::UnitIndex(0))) >> GRANULE_SHIFT,
            );
            let live = WINDOW.live_word(granule).load(crate::base::atomic::Ordering::Relaxed)
                & granule.bit()
                != 0;
            if live && header.heap.get() != heap.number {
                return refusal(RefusalKind::OtherHeap, start, size);
            }
            refusal(RefusalKind::AlreadyFree, start, size)
        }
        Use::LargeHead | Use::LargeBody => {
            let mut head = unit;
            while map::entry(head).usage() == Use::LargeBody {
                head = head.before();
            }
            let header = WINDOW.header(head);
            let start = WINDOW.address(head);
            if start == address && header.heap.get() != heap.number {
                return refusal(RefusalKind::OtherHeap, start, header.size.get());
            }
            refusal(RefusalKind::InteriorPointer, start, header.size.get())
        }
        _ if !address.is_multiple_of(1 << GRANULE_SHIFT) => refusal(RefusalKind::Misaligned, 0, 0),
        Use::Engine => foreign,
        Use::FreeDirty | Use::FreeClean => refusal(RefusalKind::AlreadyFree, 0, 0),
        Use::Unused if unit.0 < POOL.lock().ever_used().0 => {
            refusal(RefusalKind::AlreadyFree, 0, 0)
        }
        Use::Unused => foreign,
    }
}
