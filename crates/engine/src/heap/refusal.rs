//! Why a pointer was refused: what it is, as far as the heap knows.

use super::record::HeapRecord;
use crate::base::units::GRANULE_SHIFT;
use crate::os::fatal::{Message, Sentence};
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
    /// A live block that was written past its end.
    Damaged,
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
    /// A live block of `size` bytes, its tail included, that was written past its end.
    pub(crate) fn damaged(address: usize, size: usize) -> Self {
        Self { kind: RefusalKind::Damaged, address, start: address, size }
    }

    /// What is wrong.
    pub fn kind(&self) -> RefusalKind {
        self.kind
    }

    /// The refused address.
    pub fn address(&self) -> usize {
        self.address
    }
}

impl Refusal {
    fn describe(self, out: &mut impl Sentence) {
        let Self { kind, address, start, size } = self;
        match kind {
            RefusalKind::AlreadyFree => {
                out.text("double free of ").address(address);
                match size {
                    0 => out.text(": memory that was freed already"),
                    _ => out.text(": a block of ").number(size).text(" bytes that is free already"),
                };
                out.text("; find who else freed it");
            }
            RefusalKind::InteriorPointer => {
                out.text("invalid pointer ").address(address).text(": ");
                out.number(address.wrapping_sub(start))
                    .text(" bytes after the start of a block of ");
                out.number(size).text(" bytes at ").address(start);
                out.text("; pass the address that the allocation returned");
            }
            RefusalKind::ForeignPointer => {
                out.text("invalid pointer ").address(address);
                out.text(
                    ": not allocated by this heap (another allocator's, the stack's or a static); ",
                );
                out.text("free it where it was allocated");
            }
            RefusalKind::Misaligned => {
                out.text("invalid pointer ").address(address);
                out.text(": not a multiple of 16, as every block's address is; ");
                out.text("pass the address that the allocation returned");
            }
            RefusalKind::Damaged => {
                out.text("damaged block ").address(address);
                out.text(": the bytes behind it were overwritten; it takes ").number(size);
                out.text(" bytes with its guard; find who writes past its end");
            }
            RefusalKind::OtherHeap => {
                out.text("invalid pointer ").address(address).text(": a block of ").number(size);
                out.text(" bytes of another heap; free it in the heap that it was allocated from");
            }
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = Formatted { out, result: Ok(()) };
        self.describe(&mut text);
        text.result
    }
}

/// A sentence on its way to a formatter.
struct Formatted<'a, 'b> {
    out: &'a mut fmt::Formatter<'b>,
    result: fmt::Result,
}

impl Formatted<'_, '_> {
    fn add(&mut self, piece: fmt::Arguments<'_>) -> &mut Self {
        self.result = self.result.and_then(|()| self.out.write_fmt(piece));
        self
    }
}

impl Sentence for Formatted<'_, '_> {
    fn text(&mut self, text: &str) -> &mut Self {
        self.add(format_args!("{text}"))
    }

    fn address(&mut self, address: usize) -> &mut Self {
        self.add(format_args!("{address:#x}"))
    }

    fn number(&mut self, number: usize) -> &mut Self {
        self.add(format_args!("{number}"))
    }
}

/// Writes `heapmin: FUNCTION(ADDRESS): REFUSAL` to standard error and aborts the process.
pub fn refuse_and_abort(function: &'static str, refusal: Refusal) -> ! {
    let mut message = Message::begin();
    message.text(function).text("(").address(refusal.address).text("): ");
    refusal.describe(&mut message);
    message.die()
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
            let kind = class.properties();
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
        Use::Engine | Use::Heap => foreign,
        Use::FreeDirty | Use::FreeClean => refusal(RefusalKind::AlreadyFree, 0, 0),
        Use::Unused if unit.0 < POOL.lock().ever_used().0 => {
            refusal(RefusalKind::AlreadyFree, 0, 0)
        }
        Use::Unused => foreign,
    }
}
