//! The live blocks of a slab whose blocks record their sizes, and large ones.
//!
//! What was never written takes no memory, and reading it from outside would change that. So only
//! pages are read that hold the last bytes of live blocks, which the heap has written, and more of
//! them where a tail is longer.

use super::elements::{Block, UNIT, WORDS, live_offsets};
use super::tail::{self, Ending, Flaw, Tail};
use crate::memory::{Fault, Memory, Piece};
use crate::tables::Tables;

/// Bytes of a page; where pages are larger, several of these are on one.
const PAGE: usize = 4096;
/// Bytes at the end of a large block that are read at first.
const LARGE_END: usize = 64;

/// In a moveable object's entry: it is in use, and it is shared.
const OBJECT_IN_USE: u64 = 0b11;
const OBJECT_SHARED: u64 = 0x8000;
/// From a moveable object's entry to its handle.
const HANDLE_OFFSET: u64 = 8;
const OBJECT_ALIGN: u64 = 16;

/// Reads blocks' contents as far as they are the heap's.
#[derive(Debug)]
pub(crate) struct Reader<'a> {
    memory: &'a Memory,
    /// The lower half of the process's secret.
    secret: u32,
}

/// A live block, and what its tail says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Found {
    /// Its offset in the slab.
    pub offset: u64,
    /// What stands behind it.
    pub tail: Result<Tail, Torn>,
}

/// A tail that isn't whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Torn {
    /// What is wrong.
    pub flaw: Flaw,
    /// The bytes from the first wrong one on, or the last ones, up to 32.
    pub evidence: Vec<u8>,
}

/// Most bytes of evidence.
const MOST_EVIDENCE: usize = 32;

/// The live blocks of a slab, in order.
#[derive(Debug)]
pub(crate) struct Blocks {
    start: u64,
    extent: u64,
    pub found: Vec<Found>,
}

impl Blocks {
    /// As a walk shows them. `objects`: look for the moveable objects whose data they are.
    pub fn blocks(&self, objects: Option<&Reader<'_>>) -> Vec<Block> {
        let block = |found: &Found| match &found.tail {
            Ok(tail) => {
                let object =
                    objects.and_then(|reader| reader.object(self.start + found.offset, *tail));
                Block { object, ..Block::small(self.extent, *tail) }
            }
            Err(_) => Block::whole(self.extent),
        };
        self.found.iter().map(block).collect()
    }
}

impl<'a> Reader<'a> {
    /// For a process.
    pub fn new(tables: &Tables<'a>) -> Result<Self, Fault> {
        let memory = tables.memory();
        let secret: u64 = memory.number(tables.directory().secret.get())?;
        Ok(Self { memory, secret: secret as u32 })
    }

    /// The live blocks of `extent` bytes of a slab.
    pub fn small(&self, start: u64, extent: u64, live: &[u64; WORDS]) -> Result<Blocks, Fault> {
        let mut contents = Contents::new(start);
        let ends = live_offsets(live, extent).map(|offset| offset + extent - 1);
        contents.read(self.memory, pages_of(ends))?;
        let mut found = Vec::new();
        for offset in live_offsets(live, extent) {
            let end = offset + extent;
            let mut known = contents.known_before(end, extent);
            let mut ending = self.look(start + offset, extent, known);
            if let Ending::Needs(bytes) = ending {
                // The page of the end was read already.
                contents.read(self.memory, pages_of((end - bytes as u64..end).step_by(PAGE)))?;
                known = contents.known_before(end, extent);
                ending = self.look(start + offset, extent, known);
            }
            let tail = match ending {
                Ending::Sound(tail) => Ok(tail),
                Ending::Overwritten(flaw) => Err(torn(flaw, extent, known)),
                // Its page can't be read: it isn't there any more, and so isn't the block.
                Ending::Needs(_) => continue,
            };
            found.push(Found { offset, tail });
        }
        Ok(Blocks { start, extent, found })
    }

    /// What stands behind a large block; nothing, where its memory can't be read.
    pub fn large_tail(&self, start: u64, extent: u64) -> Result<Option<Result<Tail, Torn>>, Fault> {
        let mut length = LARGE_END.min(extent as usize);
        loop {
            let mut known = vec![0; length];
            match self.memory.read(start + extent - length as u64, &mut known) {
                Ok(()) => {}
                Err(Fault::Nowhere) => return Ok(None),
                Err(fault) => return Err(fault),
            }
            match self.look(start, extent, &known) {
                Ending::Sound(tail) => return Ok(Some(Ok(tail))),
                Ending::Overwritten(flaw) => return Ok(Some(Err(torn(flaw, extent, &known)))),
                // More each time, and at most what 24 bits count.
                Ending::Needs(more) => length = more.max(length + 1).min(extent as usize),
            }
        }
    }

    /// A large block as a walk shows it.
    pub fn large(
        &self,
        start: u64,
        extent: u64,
        objects: Option<&Reader<'_>>,
    ) -> Result<Block, Fault> {
        Ok(match self.large_tail(start, extent)? {
            Some(Ok(tail)) => {
                let object = objects.and_then(|reader| reader.object(start, tail));
                Block { object, ..Block::large(tail) }
            }
            Some(Err(_)) | None => Block::whole(extent),
        })
    }

    fn look(&self, block: u64, extent: u64, known: &[u8]) -> Ending {
        tail::look(block, extent, self.secret, known)
    }

    /// The moveable object whose data a block is: its word is the object's handle, and the object's
    /// entry says so too. Any program can give its blocks words.
    fn object(&self, block: u64, tail: Tail) -> Option<(u64, bool)> {
        let handle = tail.word?;
        let entry = handle.checked_sub(HANDLE_OFFSET)?;
        let mut words = [0u64; 2];
        let is_entry = entry.is_multiple_of(OBJECT_ALIGN)
            && entry != 0
            && self.memory.read_numbers(entry, &mut words).is_ok();
        let [state, data] = words;
        let is_object = is_entry && state & OBJECT_IN_USE == OBJECT_IN_USE && data == block;
        is_object.then_some((handle, state & OBJECT_SHARED != 0))
    }
}

/// The pages of a slab, a bit each, with these offsets.
fn pages_of(offsets: impl Iterator<Item = u64>) -> u16 {
    offsets.fold(0, |pages, offset| pages | 1 << ((offset / PAGE as u64) & 15))
}

fn torn(flaw: Flaw, extent: u64, known: &[u8]) -> Torn {
    let before_end = match flaw {
        Flaw::Field => MOST_EVIDENCE,
        Flaw::Check { size } => (extent - size) as usize,
        Flaw::Guard { before_end, .. } => before_end,
    };
    let from = known.len().saturating_sub(before_end);
    let evidence = known[from..].iter().copied().take(MOST_EVIDENCE).collect();
    Torn { flaw, evidence }
}

/// What was read of a slab.
struct Contents {
    start: u64,
    bytes: Vec<u8>,
    /// Pages that were read.
    read: u16,
    /// Pages that can't be.
    gone: u16,
}

impl Contents {
    fn new(start: u64) -> Self {
        Self { start, bytes: vec![0; UNIT as usize], read: 0, gone: 0 }
    }

    /// Reads pages that weren't yet.
    fn read(&mut self, memory: &Memory, pages: u16) -> Result<(), Fault> {
        let pages = pages & !self.read & !self.gone;
        let numbers = || (0..16).filter(move |page| pages >> page & 1 != 0);
        let piece = |page: usize| {
            let at = page * PAGE;
            Piece { address: self.start + at as u64, at, length: PAGE }
        };
        let all: Vec<Piece> = numbers().map(piece).collect();
        match memory.read_pieces(&all, &mut self.bytes) {
            Ok(()) => self.read |= pages,
            Err(Fault::Nowhere) => {
                for (page, piece) in numbers().zip(all) {
                    match memory.read_pieces(&[piece], &mut self.bytes) {
                        Ok(()) => self.read |= 1 << page,
                        Err(Fault::Nowhere) => self.gone |= 1 << page,
                        Err(fault) => return Err(fault),
                    }
                }
            }
            Err(fault) => return Err(fault),
        }
        Ok(())
    }

    /// The bytes before `end`, at most `most`, as far back as they were read.
    fn known_before(&self, end: u64, most: u64) -> &[u8] {
        let (end, first) = (end as usize, (end - most) as usize);
        let mut from = end;
        while from > first && self.read >> ((from - 1) / PAGE) & 1 != 0 {
            from = (from - 1) / PAGE * PAGE;
        }
        &self.bytes[from.max(first)..end]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_known_bytes_end_at_a_page_that_was_not_read() {
        let mut contents = Contents::new(0);
        contents.read = 0b1101;
        let known = |end, most| contents.known_before(end, most).len();
        assert_eq!(known(100, 100), 100);
        assert_eq!(known(4096, 64), 64);
        assert_eq!(known(4100, 64), 0);
        assert_eq!(known(8200, 4000), 8);
        assert_eq!(known(16384, 8192), 8192);
        assert_eq!(known(16384, 12288), 8192);
    }

    #[test]
    fn pages_are_bits() {
        assert_eq!(pages_of([0, 5, 4096, 65535].into_iter()), 0b1000_0000_0000_0011);
    }
}
