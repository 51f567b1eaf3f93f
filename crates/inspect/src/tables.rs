//! The window of a process and the tables beside it: what each unit is, whose, and which blocks of it
//! are live.
//!
//! [`Tables`] reads them afresh each time it is asked, a unit or a [`Chunk`] of units at a time, as
//! the process goes on meanwhile. All that it returns is inside the window, and bounded; what the
//! words mean beyond that, and whether they agree with each other, is the caller's to check.

use crate::directory::{GRANULE_SHIFT, GRANULES, UNIT, UNIT_SHIFT, WORDS};
use crate::memory::{Fault, Memory};
use heapmin_directory::Directory;
use heapmin_directory::layout::WindowWords;
use std::ops::Range;

pub(crate) mod chunk;

/// The live bits of a unit: a bit a granule.
pub(crate) type Bits = [u64; WORDS];

/// Largest window: cache numbers are unit numbers in 24 bits of a map entry.
const MOST_UNITS: u64 = 1 << 24;
/// Highest address that a process can have, and more.
const HIGHEST: u64 = 1 << 56;

/// Set in a unit's entry while other threads have freed blocks of it that its owner hasn't taken.
const QUEUED: u32 = 1 << 7;

/// What a unit is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Never handed out, or inside a clean free span, or one of those beside a heap's record.
    Unused,
    /// Of a free span that may be in memory.
    FreeDirty,
    /// The first or last unit of a free span that takes no memory.
    FreeClean,
    /// The first unit of a large block.
    LargeHead,
    /// A further one.
    LargeBody,
    /// A cache, or the record of a heap without a handle.
    Engine,
    /// The record of a heap whose handle is the unit's address.
    Heap,
    /// A slab.
    Slab {
        /// Its size class: an index of [`Tables::sizes`].
        class: usize,
        /// The unit that its cache is in.
        owner: u32,
    },
    /// A word that means nothing.
    Unknown,
}

/// A word of the unit map.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Entry(pub u32);

impl Entry {
    /// Whether other threads have freed blocks of the slab: only then its remote bits mean anything.
    pub fn is_queued(self) -> bool {
        self.0 & QUEUED != 0 && self.0 >> 8 != 0
    }
}

/// The header of a span.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Header {
    /// Units of the span.
    pub units: u32,
    /// In the last unit of a free span: its first.
    pub first: u32,
    /// The number of its heap.
    pub heap: u32,
    /// The heap's next span, 0: none.
    pub heap_next: u32,
    /// Granules of free blocks on no stack.
    pub free_granules: u32,
    /// Granules handed out at least once.
    pub carved: u32,
    /// Size class.
    pub class: u8,
    /// Pages of a slab that were given back, a bit each.
    pub returned: u16,
    /// Bytes of a large block that its user may use.
    pub size: u64,
    /// The number of the sample that a large block is; 0: none.
    pub sample: u32,
}

/// A slab as it was at one time, nearly: see [`Tables::slab`].
#[derive(Clone, Debug)]
pub(crate) struct Slab {
    /// The map's word.
    pub entry: Entry,
    /// Its class.
    pub class: usize,
    /// The unit that its cache is in.
    pub owner: u32,
    /// Its header.
    pub header: Header,
    /// Blocks that are in use: set in the live bits, and not freed by another thread.
    pub live: Bits,
    /// Live bits as they stand there.
    pub raw_live: Bits,
}

/// Times that a unit is read again because it changed meanwhile.
const TRIES: usize = 8;

/// See the module.
#[derive(Debug)]
pub(crate) struct Tables<'a> {
    memory: &'a Memory,
    directory: &'a Directory,
    window: WindowWords,
    /// Units that may be in use: those from 1 up to here. 0 as long as nothing was allocated.
    end: u32,
    /// Committed units, at least `end`.
    committed: u32,
    sizes: Vec<u32>,
}

impl<'a> Tables<'a> {
    /// Reads where they are. Units that come into use later aren't seen: open them again.
    pub fn open(memory: &'a Memory, directory: &'a Directory) -> Result<Self, Fault> {
        let sizes = sizes(memory, directory)?;
        // Before the window: units below it are committed then.
        let frontier: u32 = memory.number(directory.frontier.get())?;
        let mut words = [0u64; size_of::<WindowWords>() / 8];
        memory.read_numbers(directory.window.get(), &mut words)?;
        let [base, limit, map, headers, live, remote, capacity, reserved] = words;
        let window = WindowWords { base, limit, map, headers, live, remote, capacity, reserved };
        let mut tables = Self { memory, directory, window, end: 0, committed: 0, sizes };
        if window.base == 0 || window.limit == 0 {
            // Nothing was allocated yet.
            tables.window = WindowWords::default();
            return Ok(tables);
        }
        tables.check(frontier)?;
        Ok(tables)
    }

    /// Checks the window's words, and sets how far it goes.
    fn check(&mut self, frontier: u32) -> Result<(), Fault> {
        let WindowWords { base, limit, map, headers, live, remote, capacity, .. } = self.window;
        let committed = limit / u64::from(GRANULES);
        let lengths = [
            (map, 4),
            (headers, u64::from(self.directory.header.bytes)),
            (live, WORDS as u64 * 8),
            (remote, u64::from(self.directory.remote.bytes)),
            (base, UNIT),
        ];
        let is_right = base % UNIT == 0
            && (1..=MOST_UNITS).contains(&capacity)
            && committed <= capacity
            && lengths.iter().all(|(start, bytes)| {
                *start != 0 && start % 8 == 0 && *start < HIGHEST - capacity * bytes
            });
        if !is_right {
            return Err(Fault::Inconsistent("where its window is"));
        }
        self.committed = committed as u32;
        self.end = frontier.min(self.committed);
        Ok(())
    }

    /// The memory that they are read from.
    pub fn memory(&self) -> &'a Memory {
        self.memory
    }

    /// The directory.
    pub fn directory(&self) -> &'a Directory {
        self.directory
    }

    /// Behind the last unit that was ever used; unit 0 never is. 0: nothing was allocated yet.
    pub fn end(&self) -> u32 {
        self.end
    }

    /// Committed units: those from `end` on were never used, but may be in memory as parts of huge
    /// pages.
    pub fn committed(&self) -> u32 {
        self.committed
    }

    /// Bytes of a block, by class. Multiples of 16, rising, at most half a unit.
    pub fn sizes(&self) -> &[u32] {
        &self.sizes
    }

    /// The address of unit 0: the handle of the process heap's half of sized blocks.
    pub fn base(&self) -> u64 {
        self.window.base
    }

    /// The addresses of all units that the window can have.
    pub fn blocks(&self) -> Range<u64> {
        self.window.base..self.window.base + self.window.capacity * UNIT
    }

    /// The address of a unit.
    pub fn address(&self, unit: u32) -> u64 {
        self.window.base + (u64::from(unit) << UNIT_SHIFT)
    }

    /// The unit that an address is in, if it is one that may be in use.
    pub fn unit_of(&self, address: u64) -> Option<u32> {
        let unit = address.checked_sub(self.window.base)? >> UNIT_SHIFT;
        (1..u64::from(self.end)).contains(&unit).then_some(unit as u32)
    }

    /// Address and bytes, in whole pages, of each table's part for the committed units: map, headers,
    /// live, remote.
    pub fn extents(&self) -> [(u64, u64); 4] {
        let page = rustix::param::page_size() as u64;
        let bytes = |of_a_unit: u64| (u64::from(self.committed) * of_a_unit).next_multiple_of(page);
        let WindowWords { map, headers, live, remote, .. } = self.window;
        [
            (map, bytes(4)),
            (headers, bytes(u64::from(self.directory.header.bytes))),
            (live, bytes(WORDS as u64 * 8)),
            (remote, bytes(u64::from(self.directory.remote.bytes))),
        ]
    }

    /// What an entry says.
    pub fn kind(&self, entry: Entry) -> Kind {
        let owner = entry.0 >> 8;
        let class = (entry.0 & (QUEUED - 1)) as usize;
        match entry.0 {
            _ if owner != 0 && class < self.sizes.len() => Kind::Slab { class, owner },
            0 => Kind::Unused,
            0x70 => Kind::FreeDirty,
            0x71 => Kind::FreeClean,
            0x72 => Kind::LargeHead,
            0x73 => Kind::LargeBody,
            0x74 => Kind::Engine,
            0x75 => Kind::Heap,
            _ => Kind::Unknown,
        }
    }

    /// The map's word for a unit.
    pub fn entry(&self, unit: u32) -> Result<Entry, Fault> {
        self.inside(unit)?;
        Ok(Entry(self.memory.number(self.window.map + u64::from(unit) * 4)?))
    }

    /// A unit's header.
    pub fn header(&self, unit: u32) -> Result<Header, Fault> {
        self.inside(unit)?;
        let bytes = self.directory.header.bytes;
        let at = self.window.headers + u64::from(unit) * u64::from(bytes);
        let bytes = self.memory.numbers::<u8>(at, bytes as usize)?;
        Ok(self.parse_header(&bytes))
    }

    /// A slab with everything that belongs to it, read again until it didn't change meanwhile; after
    /// some tries as it was read last. `None`: the unit is no slab.
    pub fn slab(&self, unit: u32) -> Result<Option<Slab>, Fault> {
        let mut entry = self.entry(unit)?;
        let mut tries = 0;
        loop {
            let Kind::Slab { class, owner } = self.kind(entry) else { return Ok(None) };
            let header = self.header(unit)?;
            let mut raw_live = [0; WORDS];
            let live_at = self.window.live + u64::from(unit) * size_of::<Bits>() as u64;
            self.memory.read_numbers(live_at, &mut raw_live)?;
            let mut remote = [0u64; WORDS];
            if entry.is_queued() {
                self.memory.read_numbers(self.remote_bits_at(unit), &mut remote)?;
            }
            let now = self.entry(unit)?;
            tries += 1;
            if now == entry || tries == TRIES {
                let mut live = raw_live;
                for (live, remote) in live.iter_mut().zip(&remote) {
                    *live &= !remote;
                }
                return Ok(Some(Slab { entry, class, owner, header, live, raw_live }));
            }
            entry = now;
        }
    }

    fn remote_bits_at(&self, unit: u32) -> u64 {
        let layout = &self.directory.remote;
        self.window.remote + u64::from(unit) * u64::from(layout.bytes) + u64::from(layout.bits)
    }

    fn inside(&self, unit: u32) -> Result<(), Fault> {
        if (1..self.end).contains(&unit) {
            Ok(())
        } else {
            Err(Fault::Inconsistent("a unit's number"))
        }
    }

    /// `bytes` are as many as the layout says, which was checked.
    fn parse_header(&self, bytes: &[u8]) -> Header {
        let layout = &self.directory.header;
        Header {
            units: field(bytes, layout.units),
            first: field(bytes, layout.first),
            heap: field(bytes, layout.heap),
            heap_next: field(bytes, layout.heap_next),
            free_granules: field(bytes, layout.free_granules),
            carved: field(bytes, layout.carved),
            class: bytes.get(layout.class as usize).copied().unwrap_or(0),
            returned: field::<u32>(bytes, layout.returned) as u16,
            size: field(bytes, layout.size),
            sample: field(bytes, layout.sample),
        }
    }
}

/// Numbers that are fields of a structure.
pub(crate) trait Field {
    /// From bytes, of which missing ones are 0.
    fn of(bytes: &[u8]) -> Self;
}

impl Field for u8 {
    fn of(bytes: &[u8]) -> Self {
        bytes.first().copied().unwrap_or(0)
    }
}

impl Field for u32 {
    fn of(bytes: &[u8]) -> Self {
        <u64 as Field>::of(bytes) as u32
    }
}

impl Field for u64 {
    fn of(bytes: &[u8]) -> Self {
        let mut word = [0; 8];
        for (to, from) in word.iter_mut().zip(bytes) {
            *to = *from;
        }
        Self::from_le_bytes(word)
    }
}

/// A field of a structure that was read.
pub(crate) fn field<T: Field>(bytes: &[u8], at: u32) -> T {
    T::of(bytes.get(at as usize..).unwrap_or_default())
}

/// The block sizes, checked.
fn sizes(memory: &Memory, directory: &Directory) -> Result<Vec<u32>, Fault> {
    let count = directory.class_count as usize;
    let sizes: Vec<u16> = memory.numbers(directory.class_sizes.get(), count)?;
    let sizes: Vec<u32> = sizes.into_iter().map(u32::from).collect();
    let is_right = sizes
        .iter()
        .all(|size| *size > 0 && size % (1 << GRANULE_SHIFT) == 0 && u64::from(*size) <= UNIT / 2)
        && sizes.is_sorted_by(|one, next| one < next);
    if is_right { Ok(sizes) } else { Err(Fault::Inconsistent("its size classes")) }
}

/// Blocks that fit into a slab of blocks of `size` bytes.
pub(crate) fn capacity(size: u32) -> u32 {
    UNIT as u32 / size.max(1)
}

#[cfg(test)]
#[path = "tables_tests.rs"]
mod tests;
