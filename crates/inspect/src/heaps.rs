//! The heaps of a process: their records, and the caches of their threads.

use crate::directory::UNIT;
use crate::memory::{Fault, Memory};
use crate::tables::{Kind, Tables, field};
use heapmin_directory::Directory;
use heapmin_directory::layout::Signed;

pub(crate) mod cache;

/// Numbers whose places in the table of heaps are on one page.
const ON_A_PAGE: usize = 512;

/// A heap's record, as it was read: numbers that may mean nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct HeapRecord {
    /// Where it is.
    pub address: u64,
    /// Its number, which was checked: it is the one by which it was found.
    pub number: u32,
    /// Which of the heaps made so far it is.
    pub incarnation: u64,
    /// Blocks record the size that was asked for.
    pub sized: bool,
    /// The program's threads keep each other out.
    pub unserialized: bool,
    /// Blocks may be executed.
    pub executable: bool,
    /// Units beside the record.
    pub beside: u32,
    /// They count as committed.
    pub committed_beside: bool,
    /// Most bytes of blocks; 0: no limit.
    pub limit: u64,
    /// What the interface that made it keeps.
    pub face: u32,
    /// 0 open, 1 somebody looks at the whole heap, 2 locked by the program.
    pub closed: u32,
    /// Its first cache.
    pub caches: u64,
    /// The cache of threads without one; 0: none.
    pub shared: u64,
    /// Units beside the record without a slab, a bit each.
    pub reserve: u64,
    /// Its first span; 0: none.
    pub first_span: u32,
    /// Most bytes of spans; 0: no limit.
    pub maximum: u64,
    /// Bytes of its spans.
    pub committed: u64,
    /// Bytes charged against `limit`.
    pub charged: u64,
    /// The word of its decay time.
    pub decay: u32,
    /// Blocks of large size handed out so far.
    pub large_allocations: u64,
    /// Whether its signature is right: otherwise it was overwritten, at least in part.
    pub is_intact: bool,
}

impl HeapRecord {
    /// The handle by which the program knows it: 0 for the process heap's blocks of `malloc`, the
    /// window's start for its other half, the record for others.
    pub fn handle(&self, tables: &Tables<'_>) -> u64 {
        match self.number {
            0 => 0,
            1 => tables.base(),
            _ => self.address,
        }
    }

    /// A name to show.
    pub fn name(&self) -> String {
        match self.number {
            0 => "process".into(),
            1 => "process (HeapAlloc)".into(),
            _ => format!("heap {:#x}", self.address),
        }
    }

    fn signature(&self) -> u64 {
        let signed = Signed {
            number: self.number,
            incarnation: self.incarnation,
            sized: self.sized,
            unserialized: self.unserialized,
            executable: self.executable,
            committed_beside: self.committed_beside,
            beside: self.beside,
            limit: self.limit,
            face: self.face,
        };
        signed.signature()
    }

    /// Whether a user means this heap: by its number, or by its handle.
    pub fn is_called(&self, called: u64, tables: &Tables<'_>) -> bool {
        called == u64::from(self.number) || called == self.handle(tables) && called != 0
    }
}

/// Every heap, by number, the process heap's two halves first. A heap that is made or destroyed
/// meanwhile may be there or not.
pub(crate) fn heaps(tables: &Tables<'_>) -> Result<Vec<HeapRecord>, Fault> {
    let (memory, directory) = (tables.memory(), tables.directory());
    let mut heaps = Vec::new();
    for (number, address) in (0..).zip(directory.process) {
        let record = read(memory, directory, address.get())?;
        heaps.push(HeapRecord { number, ..record });
    }
    for (number, address) in private(memory, directory)? {
        // Records are at the starts of units. What isn't was destroyed, or is damaged.
        let is_there = address % UNIT == 0 && is_record(tables, address)?;
        if !is_there {
            continue;
        }
        let record = read(memory, directory, address)?;
        // Its number is the last that is written of a new one, and may be another's by now.
        if record.number == number || !record.is_intact {
            heaps.push(HeapRecord { number, ..record });
        }
    }
    Ok(heaps)
}

/// Whether there is still a record, or a damaged one.
fn is_record(tables: &Tables<'_>, address: u64) -> Result<bool, Fault> {
    let Some(unit) = tables.unit_of(address) else { return Ok(false) };
    Ok(matches!(tables.kind(tables.entry(unit)?), Kind::Heap | Kind::Engine))
}

/// Numbers and addresses of the private heaps.
fn private(memory: &Memory, directory: &Directory) -> Result<Vec<(u32, u64)>, Fault> {
    let count = directory.number_count as usize;
    let mut taken: Vec<u64> = memory.numbers(directory.numbers.get(), count.div_ceil(64))?;
    // The process heap's own.
    taken[0] &= !0b11;
    let is_taken = |number: usize| taken[number / 64] >> (number % 64) & 1 != 0;
    let mut found = Vec::new();
    for first in (0..count).step_by(ON_A_PAGE) {
        let numbers = first..(first + ON_A_PAGE).min(count);
        if !numbers.clone().any(is_taken) {
            continue;
        }
        let at = directory.heaps.get().wrapping_add(first as u64 * 8);
        let addresses: Vec<u64> = memory.numbers(at, numbers.len())?;
        let heaps =
            numbers.zip(addresses).filter(|(number, address)| is_taken(*number) && *address != 0);
        found.extend(heaps.map(|(number, address)| (number as u32, address)));
    }
    Ok(found)
}

fn read(memory: &Memory, directory: &Directory, address: u64) -> Result<HeapRecord, Fault> {
    let layout = &directory.heap;
    let bytes = memory.numbers::<u8>(address, layout.bytes as usize)?;
    let flag = |at| field::<u8>(&bytes, at) != 0;
    let (half, word) = (|at| field::<u32>(&bytes, at), |at| field::<u64>(&bytes, at));
    let mut record = HeapRecord {
        address,
        number: half(layout.number),
        incarnation: word(layout.incarnation),
        sized: flag(layout.sized),
        unserialized: flag(layout.unserialized),
        executable: flag(layout.executable),
        beside: half(layout.beside),
        committed_beside: flag(layout.committed_beside),
        limit: word(layout.limit),
        face: half(layout.face),
        closed: half(layout.closed),
        caches: word(layout.caches),
        shared: word(layout.shared),
        reserve: word(layout.reserve),
        first_span: half(layout.first_span),
        maximum: word(layout.maximum),
        committed: word(layout.committed),
        charged: word(layout.charged),
        decay: half(layout.decay),
        large_allocations: word(layout.large_allocations),
        is_intact: false,
    };
    record.is_intact = word(layout.signature) == record.signature();
    record.beside = record.beside.min(u64::BITS);
    Ok(record)
}

/// When a heap's unused memory goes back, in words.
pub(crate) fn decay(tables: &Tables<'_>, record: &HeapRecord) -> Result<String, Fault> {
    let directory = tables.directory();
    let word = match record.decay {
        0 => tables.memory().number(directory.process_decay.get())?,
        word => word,
    };
    Ok(decay_in_words(word, directory.standard_decay))
}

fn decay_in_words(word: u32, standard: u32) -> String {
    match (word, standard) {
        (0, 0) => "2000 ms".into(),
        (0, standard) => decay_in_words(standard, 0),
        (1, _) => "at once".into(),
        (u32::MAX, _) => "never".into(),
        (word, _) => format!("{} ms", word - 1),
    }
}
