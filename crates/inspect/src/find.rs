//! Finding the directory of heaps in a process: by a note in the program headers of a mapped file,
//! which are read from the process's memory. So no file is opened, whatever file system the process
//! sees.

use crate::memory::{Fault, Memory};
use crate::process;
use heapmin_directory::note;

/// Most program headers that are looked at.
const MOST_HEADERS: usize = 512;
/// Most bytes of notes that are looked at.
const MOST_NOTES: u64 = 64 << 10;
/// Bytes that are read of a file's start at first: mostly the program headers are among them.
const START: usize = 1024;

const ELF_HEADER: usize = 64;
const PROGRAM_HEADER: usize = 56;
const PT_LOAD: u32 = 1;
const PT_NOTE: u32 = 4;

/// A file that is mapped into a process from its first byte on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Mapped {
    /// Where its first byte is.
    pub start: u64,
    /// Behind the last byte of this mapping.
    pub end: u64,
    /// The file's name, as the process sees it.
    pub file: String,
}

/// The address of a directory, and the file that says so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Found {
    /// Where the directory is.
    pub directory: u64,
    /// The file.
    pub file: String,
}

/// The files that are mapped from their first byte on.
pub(crate) fn mapped_files(pid: i32) -> Result<Vec<Mapped>, Fault> {
    let maps = process::read(&format!("/proc/{pid}/maps"))?;
    Ok(maps.split(|&byte| byte == b'\n').filter_map(mapped).collect())
}

/// `START-END RIGHTS OFFSET DEVICE INODE   PATH`
fn mapped(line: &[u8]) -> Option<Mapped> {
    let slash = line.iter().position(|&byte| byte == b'/')?;
    let mut words = str::from_utf8(line.get(..slash)?).ok()?.split_ascii_whitespace();
    let (start, end) = words.next()?.split_once('-')?;
    let rights = words.next()?;
    let offset = u64::from_str_radix(words.next()?, 16).ok()?;
    let start = u64::from_str_radix(start, 16).ok()?;
    let end = u64::from_str_radix(end, 16).ok()?;
    (offset == 0 && rights.starts_with('r') && start < end).then(|| Mapped {
        start,
        end,
        file: process::text(&line[slash..]),
    })
}

/// Every directory in the process, in the order of addresses.
pub(crate) fn directories(memory: &Memory, files: &[Mapped]) -> Result<Vec<Found>, Fault> {
    let mut found = Vec::new();
    for mapped in files {
        match directory(memory, mapped) {
            Ok(Some(directory)) => found.push(Found { directory, file: mapped.file.clone() }),
            // No program, or it was unmapped meanwhile.
            Ok(None) | Err(Fault::Nowhere) => {}
            Err(fault) => return Err(fault),
        }
    }
    Ok(found)
}

fn directory(memory: &Memory, mapped: &Mapped) -> Result<Option<u64>, Fault> {
    let length = usize::try_from(mapped.end - mapped.start).unwrap_or(usize::MAX);
    if length < ELF_HEADER {
        return Ok(None);
    }
    let mut start = [0; START];
    let start = &mut start[..length.min(START)];
    memory.read(mapped.start, start)?;
    let Some((at, count)) = program_headers(start) else { return Ok(None) };
    let bytes = count * PROGRAM_HEADER;
    let mut read = Vec::new();
    let headers = match at.checked_add(bytes) {
        Some(end) if end <= start.len() => &start[at..end],
        Some(end) if end <= length => {
            read.resize(bytes, 0);
            memory.read(mapped.start + at as u64, &mut read)?;
            &read
        }
        _ => return Ok(None),
    };
    for (address, bytes, align) in notes(headers, mapped.start) {
        let mut section = vec![0; bytes as usize];
        match memory.read(address, &mut section) {
            Ok(()) => {}
            Err(Fault::Nowhere) => continue,
            Err(fault) => return Err(fault),
        }
        if let Some(directory) = note_in(&section, address, align) {
            return Ok(Some(directory));
        }
    }
    Ok(None)
}

/// Where the program headers are in a file, and how many.
fn program_headers(start: &[u8]) -> Option<(usize, usize)> {
    const OF_64_BITS: u8 = 2;
    const LITTLE_ENDIAN: u8 = 1;
    if start.get(..6)? != [0x7f, b'E', b'L', b'F', OF_64_BITS, LITTLE_ENDIAN] {
        return None;
    }
    let at = usize::try_from(word64(start, 32)?).ok()?;
    let entry = word16(start, 54)?;
    let count = usize::from(word16(start, 56)?);
    (usize::from(entry) == PROGRAM_HEADER && count <= MOST_HEADERS).then_some((at, count))
}

/// Address, bytes and alignment of the notes, of a file whose first byte is at `start`.
fn notes(headers: &[u8], start: u64) -> Vec<(u64, u64, u64)> {
    let each = || headers.chunks_exact(PROGRAM_HEADER);
    let kind = |header: &[u8]| word32(header, 0);
    let first = each().find(|header| {
        kind(header) == Some(PT_LOAD) && word64(header, 8).is_some_and(|offset| offset < 4096)
    });
    let Some(first) = first else { return Vec::new() };
    let (Some(offset), Some(address)) = (word64(first, 8), word64(first, 16)) else {
        return Vec::new();
    };
    let moved_by = start.wrapping_sub(address.wrapping_sub(offset));
    each()
        .filter(|header| kind(header) == Some(PT_NOTE))
        .filter_map(|header| {
            let address = word64(header, 16)?.wrapping_add(moved_by);
            let bytes = word64(header, 32)?;
            (bytes <= MOST_NOTES).then_some((address, bytes, word64(header, 48)?))
        })
        .collect()
}

/// The address of the directory, if the section, which is at `address`, has our note.
fn note_in(section: &[u8], address: u64, align: u64) -> Option<u64> {
    let align = if align == 8 { 8 } else { 4 };
    let mut at = 0usize;
    loop {
        let name_bytes = word32(section, at)? as usize;
        let description_bytes = word32(section, at + 4)? as usize;
        let kind = word32(section, at + 8)?;
        let name = at + 12;
        let description = name.checked_add(name_bytes)?.checked_next_multiple_of(align)?;
        let end = description.checked_add(description_bytes)?;
        if end > section.len() {
            return None;
        }
        if kind == note::TYPE
            && section.get(name..name.checked_add(name_bytes)?)? == note::NAME
            && description_bytes >= note::DESCRIPTION_BYTES as usize
            && word32(section, description)? == note::VERSION
        {
            let word_at = address.wrapping_add(description as u64 + 4);
            return Some(note::directory_address(word_at, word32(section, description + 4)?));
        }
        at = end.checked_next_multiple_of(align)?;
    }
}

fn word16(bytes: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_le_bytes(bytes.get(at..at.checked_add(2)?)?.try_into().ok()?))
}

fn word32(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_le_bytes(bytes.get(at..at.checked_add(4)?)?.try_into().ok()?))
}

fn word64(bytes: &[u8], at: usize) -> Option<u64> {
    Some(u64::from_le_bytes(bytes.get(at..at.checked_add(8)?)?.try_into().ok()?))
}

#[cfg(test)]
#[path = "find_tests.rs"]
mod tests;
