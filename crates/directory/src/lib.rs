//! The directory of heaps: what a process that uses heapmin keeps in its memory for whoever looks
//! into it from outside. Both sides, the heap and its readers, have their layouts from here.
//!
//! ```text
//!  ELF note "heapmin" of the library or program ──► Directory ──► window, tables, heaps' records
//!                                                       │    ──► ProfileState ──► ring of samples
//!                                                       └───────► control entry
//! ```
//! A reader finds the note in the program headers of each mapped file, the [`Directory`] by the note,
//! and everything else by the directory. It believes nothing before it was checked: the process goes
//! on, or may be damaged. The layout is described in `docs/directory.md`.
//!
//! Versions: a reader refuses a [`Directory::major`] that isn't its own. With a higher
//! [`Directory::minor`] there is more at the ends of the structures, whose lengths are in them.

#![no_std]

pub mod control;
pub mod layout;
pub mod note;
pub mod profile;

use core::fmt;
use layout::{CacheLayout, HeaderLayout, HeapLayout, RemoteLayout};

/// First word of a [`Directory`].
pub const MAGIC: u64 = u64::from_le_bytes(*b"HEAPMIN\0");
/// The version of everything described here; see the crate.
pub const MAJOR: u16 = 1;
/// See [`MAJOR`].
pub const MINOR: u16 = 0;

/// An address in the process whose directory this is; null: there is nothing.
#[derive(Clone, Copy, PartialEq, Eq)]
#[repr(transparent)]
pub struct Address(*const u8);

// SAFETY: nothing is read by it here; it is a number for readers.
unsafe impl Send for Address {}
// SAFETY: as above.
unsafe impl Sync for Address {}

impl Address {
    /// Nothing.
    pub const NONE: Self = Self(core::ptr::null());

    /// Where something is that lives as long as the process.
    pub const fn of<T>(thing: &'static T) -> Self {
        Self(core::ptr::from_ref(thing).cast())
    }

    /// Where something is, `bytes` into `thing`.
    pub const fn within<T>(thing: &'static T, bytes: usize) -> Self {
        Self(core::ptr::from_ref(thing).cast::<u8>().wrapping_add(bytes))
    }

    /// Where a function is.
    pub const fn of_function(function: unsafe extern "C" fn()) -> Self {
        Self(function as *const u8)
    }

    /// The number.
    pub fn get(self) -> u64 {
        self.0.addr() as u64
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:#x}", self.get())
    }
}

/// See the crate. Constant for the life of the process; what it points to changes.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub struct Directory {
    /// [`MAGIC`].
    pub magic: u64,
    /// [`MAJOR`].
    pub major: u16,
    /// [`MINOR`].
    pub minor: u16,
    /// Bytes of this structure.
    pub bytes: u32,
    /// The version of the heap, ASCII, padded with zero bytes.
    pub engine: [u8; 16],
    /// log2 of the bytes of a unit.
    pub unit_shift: u32,
    /// log2 of the bytes of a granule.
    pub granule_shift: u32,
    /// Number of size classes.
    pub class_count: u32,
    /// Bytes of the step in which the system gives memory: huge pages apart.
    pub region_units: u32,
    /// `class_count` block sizes in bytes, `u16` each.
    pub class_sizes: Address,
    /// [`layout::WindowWords`], all zero before the first allocation.
    pub window: Address,
    /// The heap records of the process heap's two halves: blocks of `malloc`; and blocks that record
    /// the size asked for.
    pub process: [Address; 2],
    /// A table of the private heaps' records, an address each, by heap number; 0: none.
    pub heaps: Address,
    /// A bit for each number in use, `u64` words.
    pub numbers: Address,
    /// How many numbers there are.
    pub number_count: u32,
    /// Milliseconds after which unused memory goes back in heaps that say nothing else, as the word
    /// in [`HeapLayout::decay`] says it; 0: 2000.
    pub standard_decay: u32,
    /// The word that says what the process was set to, as above.
    pub process_decay: Address,
    /// `u64`: bytes given back to the system so far.
    pub returned_bytes: Address,
    /// `u32`: units that were ever used.
    pub frontier: Address,
    /// `u64`: what the checks behind sized blocks are made with; its lower half counts.
    pub secret: Address,
    /// [`profile::ProfileState`].
    pub profile: Address,
    /// [`control::ThreadWords`].
    pub thread_words: Address,
    /// Where a thread that serves a request begins: see [`control`].
    pub control: Address,
    /// Layouts.
    pub heap: HeapLayout,
    /// See `heap`.
    pub cache: CacheLayout,
    /// See `heap`.
    pub header: HeaderLayout,
    /// See `heap`.
    pub remote: RemoteLayout,
}
