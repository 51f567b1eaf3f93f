//! Damage, one value written over another, and what becomes of a check that meets it.

extern crate std;

use super::super::{IfLocked, validate};
use super::scene::{Scene, granule, live_word};
use crate::heap::record::HeapRecord;
use crate::inspect::damage::{Damage, DamageKind};
use core::ptr;
use std::string::String;
use std::vec::Vec;
use std::{eprintln, format, vec};

/// Seconds after which a check hangs.
const LIMIT: u32 = 5;

/// One value written over another.
pub struct Poke {
    pub name: String,
    pub place: usize,
    /// Bytes of the value: 1, 4 or 8.
    pub width: usize,
    pub value: u64,
    /// What the check may say; nothing: that all is well.
    pub kinds: &'static [DamageKind],
    /// What address it names, if that is known.
    pub address: Option<usize>,
}

pub const METADATA: &[DamageKind] = &[DamageKind::Metadata];
pub const ANY: &[DamageKind] =
    &[DamageKind::Metadata, DamageKind::Header, DamageKind::DoubleListed];
pub const HEADER: &[DamageKind] = &[DamageKind::Header];
pub const DOUBLE: &[DamageKind] = &[DamageKind::DoubleListed];
pub const TAIL: &[DamageKind] = &[DamageKind::Tail];

pub fn read(place: usize, width: usize) -> u64 {
    // SAFETY: places are those of the scene's own data, aligned for their width.
    unsafe {
        match width {
            1 => u64::from(ptr::with_exposed_provenance::<u8>(place).read()),
            4 => u64::from(ptr::with_exposed_provenance::<u32>(place).read()),
            _ => ptr::with_exposed_provenance::<u64>(place).read(),
        }
    }
}

pub fn write(place: usize, width: usize, value: u64) {
    // SAFETY: as for `read`; that the heap is damaged by this, it is to notice.
    unsafe {
        match width {
            1 => ptr::with_exposed_provenance_mut::<u8>(place).write(value as u8),
            4 => ptr::with_exposed_provenance_mut::<u32>(place).write(value as u32),
            _ => ptr::with_exposed_provenance_mut::<u64>(place).write(value),
        }
    }
}

/// Where a field is.
pub fn at<T>(field: &T) -> usize {
    ptr::from_ref(field).expose_provenance()
}

impl Poke {
    pub fn new(
        name: &str,
        place: usize,
        width: usize,
        value: u64,
        kinds: &'static [DamageKind],
    ) -> Self {
        let name = format!("{name}: {:#x} instead of {:#x}", value, read(place, width));
        Self { name, place, width, value, kinds, address: None }
    }

    pub fn at_block(self, block: usize) -> Self {
        Self { address: Some(block), ..self }
    }
}

/// What became of a child's check.
#[derive(Debug, PartialEq)]
pub enum Outcome {
    /// As it should be.
    Right,
    /// Something else was said, or it was said twice differently, or not unsaid.
    Wrong(String),
}

pub fn check(heap: &HeapRecord) -> Option<Damage> {
    validate(heap, IfLocked::Wait)
}

/// In the child: inflicts the damage, looks, undoes it, looks again.
pub fn inflict(heap: &HeapRecord, poke: &Poke) -> Outcome {
    let before = read(poke.place, poke.width);
    write(poke.place, poke.width, poke.value);
    let first = check(heap);
    let second = check(heap);
    write(poke.place, poke.width, before);
    let third = check(heap);
    let named = match first {
        Some(found) => {
            poke.kinds.contains(&found.kind) && poke.address.is_none_or(|at| at == found.address)
        }
        None => poke.kinds.is_empty(),
    };
    if named && second == first && third.is_none() {
        return Outcome::Right;
    }
    Outcome::Wrong(format!("{first:?}, then {second:?}, undone {third:?}"))
}

/// Inflicts the damage in a forked child.
pub fn outcome(heap: &HeapRecord, poke: &Poke) -> Outcome {
    let mut pipe = [0; 2];
    // SAFETY: `pipe` is valid for writing two descriptors.
    assert_eq!(unsafe { libc::pipe(pipe.as_mut_ptr()) }, 0, "a pipe");
    let [reader, writer] = pipe;
    // SAFETY: the child has this thread only; it checks and leaves with `_exit`.
    let child = unsafe { libc::fork() };
    assert!(child >= 0, "fork failed");
    if child == 0 {
        // SAFETY: ends the child if it hangs.
        unsafe { libc::alarm(LIMIT) };
        if let Outcome::Wrong(text) = inflict(heap, poke) {
            // SAFETY: the text is valid for reading.
            unsafe { libc::write(writer, text.as_ptr().cast(), text.len()) };
        }
        // SAFETY: ends the child without running what belongs to the parent.
        unsafe { libc::_exit(0) };
    }
    let mut status = 0;
    let mut text = vec![0u8; 1000];
    // SAFETY: the descriptor is this function's, and nobody uses it afterwards.
    unsafe { libc::close(writer) };
    // SAFETY: `text` is valid for writing.
    let said = unsafe { libc::read(reader, text.as_mut_ptr().cast(), text.len()) };
    // SAFETY: as for the other end.
    unsafe { libc::close(reader) };
    // SAFETY: waits for the child just made; `status` is valid for writing.
    unsafe { libc::waitpid(child, &mut status, 0) };
    text.truncate(said.max(0) as usize);
    if status != 0 {
        return Outcome::Wrong(format!("the check ended with status {status}"));
    }
    if text.is_empty() {
        Outcome::Right
    } else {
        Outcome::Wrong(String::from_utf8_lossy(&text).into())
    }
}

/// Inflicts each in turn, and fails with the list of those that came out wrong.
#[track_caller]
pub fn inflict_each(scene: &Scene, pokes: Vec<Poke>) {
    assert_eq!(check(scene.heap), None, "before any damage");
    assert!(!pokes.is_empty());
    let mut wrong = 0;
    for poke in &pokes {
        assert_ne!(read(poke.place, poke.width), poke.value, "no damage: {}", poke.name);
        if let Outcome::Wrong(text) = outcome(scene.heap, poke) {
            eprintln!("{}: {text}", poke.name);
            wrong += 1;
        }
    }
    assert_eq!(wrong, 0, "of {} kinds of damage; they are listed above", pokes.len());
}

/// The live bit of what starts at an address, turned over.
pub fn turn(name: &str, address: usize, kinds: &'static [DamageKind]) -> Poke {
    let place = live_word(address);
    Poke::new(name, place, 8, read(place, 8) ^ granule(address).bit(), kinds)
}

/// A field with each of these values in turn, less the one that it has.
pub fn each(
    name: &str,
    place: usize,
    width: usize,
    values: &[u64],
    kinds: &'static [DamageKind],
) -> Vec<Poke> {
    let mask = if width == 8 { u64::MAX } else { (1 << (8 * width)) - 1 };
    let values =
        values.iter().map(|value| value & mask).filter(|&value| value != read(place, width));
    values.map(|value| Poke::new(name, place, width, value, kinds)).collect()
}

/// A spread of values around and far from the one that a field has.
pub fn around(place: usize, width: usize) -> Vec<u64> {
    let now = read(place, width);
    let mut values: Vec<u64> =
        [1, 2, 16, 64, 4096].iter().map(|more| now.wrapping_add(*more)).collect();
    values.extend([1, 2, 16, 64].iter().map(|less| now.wrapping_sub(*less)));
    values.extend([0, 1, now ^ 1 << 7, now ^ 1 << 23, now ^ 1 << 31, now ^ 1 << 62]);
    values.extend([u64::MAX, i32::MAX as u64, i64::MAX as u64, 0x4141_4141_4141_4141]);
    values.sort_unstable();
    values.dedup();
    values
}
