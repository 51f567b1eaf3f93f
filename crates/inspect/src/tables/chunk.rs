//! Many units at once, in few calls.
//!
//! Only those pages of a table are read that have something in use: reading others would give them
//! memory in the process.

use super::{Bits, Entry, Header, Kind, Slab, Tables};
use crate::directory::WORDS;
use crate::memory::{Fault, Piece, bytes_of};
use std::ops::Range;

/// Units in a chunk: 128 MiB of blocks, a little more than 1 MiB of tables.
pub(crate) const CHUNK: u32 = 2048;

const PAGE: usize = 4096;

/// What was read of consecutive units. It can be used for the next ones again.
#[derive(Debug, Default)]
pub(crate) struct Chunk {
    first: u32,
    map: Vec<u32>,
    headers: Vec<u8>,
    header_bytes: usize,
    /// Live bits, without those that other threads have freed; empty where there is no slab.
    live: Vec<u64>,
    remote: Vec<u64>,
    pieces: Vec<Piece>,
    again: Vec<u32>,
}

impl Chunk {
    /// Its units.
    pub fn units(&self) -> Range<u32> {
        self.first..self.first + self.map.len() as u32
    }

    /// The map's word for a unit of the chunk; 0 for others.
    pub fn entry(&self, unit: u32) -> Entry {
        Entry(self.index(unit).map_or(0, |index| self.map[index]))
    }

    /// The header's bytes, for [`Tables::header_in`].
    fn header_at(&self, unit: u32) -> &[u8] {
        let bytes = self.header_bytes;
        self.index(unit)
            .and_then(|index| self.headers.get(index * bytes..(index + 1) * bytes))
            .unwrap_or_default()
    }

    /// Blocks of a slab that are in use; none for other units.
    pub fn live(&self, unit: u32) -> &Bits {
        const NONE: &Bits = &[0; WORDS];
        let words =
            self.index(unit).and_then(|index| self.live.get(index * WORDS..(index + 1) * WORDS));
        words.and_then(|words| words.try_into().ok()).unwrap_or(NONE)
    }

    fn index(&self, unit: u32) -> Option<usize> {
        let index = unit.checked_sub(self.first)? as usize;
        (index < self.map.len()).then_some(index)
    }

    fn set(&mut self, unit: u32, entry: Entry, slab: Option<&Slab>) {
        let Some(index) = self.index(unit) else { return };
        self.map[index] = entry.0;
        if slab.is_some() {
            self.live.resize(self.map.len() * WORDS, 0);
        }
        if let Some(words) = self.live.get_mut(index * WORDS..(index + 1) * WORDS) {
            words.copy_from_slice(slab.map_or(&[0; WORDS], |slab| &slab.live));
        }
    }
}

impl Tables<'_> {
    /// Reads the units from `first` on, as many as a chunk has or there are. A unit that changes
    /// meanwhile is read again; what one says is of one moment, nearly.
    pub fn read_chunk(&self, first: u32, chunk: &mut Chunk) -> Result<(), Fault> {
        let count = self.end.saturating_sub(first).min(CHUNK) as usize;
        chunk.first = first;
        chunk.map.clear();
        chunk.map.resize(count, 0);
        if count == 0 {
            return Ok(());
        }
        self.memory.read_numbers(self.map_at(first), &mut chunk.map)?;
        if first == 0 {
            // Unit 0 is nothing, whatever the word says.
            chunk.map[0] = 0;
        }
        self.read_headers(chunk)?;
        self.read_live(chunk)?;
        self.take_out_remote(chunk)?;
        self.read_changed_again(chunk)
    }

    /// The header of a unit of the chunk. All zero where the unit's entry needs none.
    pub fn header_in(&self, chunk: &Chunk, unit: u32) -> Header {
        self.parse_header(chunk.header_at(unit))
    }

    fn map_at(&self, unit: u32) -> u64 {
        self.window.map + u64::from(unit) * 4
    }

    fn read_headers(&self, chunk: &mut Chunk) -> Result<(), Fault> {
        let bytes = self.directory.header.bytes as usize;
        chunk.header_bytes = bytes;
        chunk.headers.clear();
        chunk.headers.resize(chunk.map.len() * bytes, 0);
        let has_header =
            |kind| matches!(kind, Kind::Slab { .. } | Kind::LargeHead | Kind::FreeClean);
        self.find_pieces(chunk, self.window.headers, bytes, has_header);
        self.memory.read_pieces(&chunk.pieces, &mut chunk.headers)
    }

    fn read_live(&self, chunk: &mut Chunk) -> Result<(), Fault> {
        chunk.live.clear();
        let has_slabs =
            chunk.map.iter().any(|word| matches!(self.kind(Entry(*word)), Kind::Slab { .. }));
        if !has_slabs {
            return Ok(());
        }
        chunk.live.resize(chunk.map.len() * WORDS, 0);
        self.find_pieces(chunk, self.window.live, WORDS * 8, |kind| {
            matches!(kind, Kind::Slab { .. })
        });
        self.memory.read_pieces(&chunk.pieces, bytes_of(&mut chunk.live))
    }

    /// Notes the parts of a table in which units of a kind are, joined where they are on one page or
    /// side by side.
    fn find_pieces(&self, chunk: &mut Chunk, table: u64, bytes: usize, of: impl Fn(Kind) -> bool) {
        let near = (PAGE / bytes.max(1)).max(1);
        chunk.pieces.clear();
        let mut units =
            chunk.map.iter().enumerate().filter(|(_, word)| of(self.kind(Entry(**word))));
        let Some((mut from, _)) = units.next() else { return };
        let mut last = from;
        let first = u64::from(chunk.first);
        let pieces = &mut chunk.pieces;
        let mut add = |from: usize, last: usize| {
            let address = table + (first + from as u64) * bytes as u64;
            pieces.push(Piece { address, at: from * bytes, length: (last + 1 - from) * bytes });
        };
        for (unit, _) in units {
            // In between is the rest of this page, and the start of the next one.
            if unit - last > near {
                add(from, last);
                from = unit;
            }
            last = unit;
        }
        add(from, last);
    }

    /// Takes what other threads have freed out of the live bits.
    fn take_out_remote(&self, chunk: &mut Chunk) -> Result<(), Fault> {
        let queued = |word: &u32| Entry(*word).is_queued();
        let count = chunk.map.iter().filter(|word| queued(word)).count();
        if count == 0 {
            return Ok(());
        }
        chunk.remote.clear();
        chunk.remote.resize(count * WORDS, 0);
        chunk.pieces.clear();
        let units = chunk.map.iter().enumerate().filter(|(_, word)| queued(word));
        for (place, (index, _)) in units.enumerate() {
            let address = self.remote_bits_at(chunk.first + index as u32);
            chunk.pieces.push(Piece { address, at: place * WORDS * 8, length: WORDS * 8 });
        }
        self.memory.read_pieces(&chunk.pieces, bytes_of(&mut chunk.remote))?;
        let live = chunk.map.iter().zip(chunk.live.chunks_exact_mut(WORDS));
        let live = live.filter(|(word, _)| queued(word)).map(|(_, live)| live);
        for (live, remote) in live.zip(chunk.remote.chunks_exact(WORDS)) {
            for (live, remote) in live.iter_mut().zip(remote) {
                *live &= !remote;
            }
        }
        Ok(())
    }

    /// Reads units again whose entries say something else now.
    fn read_changed_again(&self, chunk: &mut Chunk) -> Result<(), Fault> {
        let mut again = std::mem::take(&mut chunk.again);
        again.clear();
        again.resize(chunk.map.len(), 0);
        self.memory.read_numbers(self.map_at(chunk.first), &mut again)?;
        for (index, now) in again.iter().enumerate() {
            let unit = chunk.first + index as u32;
            if unit == 0 || Entry(*now) == Entry(chunk.map[index]) {
                continue;
            }
            let slab = self.slab(unit)?;
            let entry = match &slab {
                Some(slab) => slab.entry,
                // What has become a slab after that is left for the next time.
                None => Some(self.entry(unit)?)
                    .filter(|entry| !matches!(self.kind(*entry), Kind::Slab { .. }))
                    .unwrap_or_default(),
            };
            let header = self.header_bytes(unit)?;
            let bytes = chunk.header_bytes;
            if let Some(place) = chunk.headers.get_mut(index * bytes..(index + 1) * bytes) {
                place.copy_from_slice(&header);
            }
            chunk.set(unit, entry, slab.as_ref());
        }
        chunk.again = again;
        Ok(())
    }

    fn header_bytes(&self, unit: u32) -> Result<Vec<u8>, Fault> {
        let bytes = self.directory.header.bytes;
        let at = self.window.headers + u64::from(unit) * u64::from(bytes);
        self.memory.numbers::<u8>(at, bytes as usize)
    }
}
