//! A block of the debug heap: its header, its fill bytes, what is wrong with it.

use super::heap::Room;
use core::ffi::{c_char, c_int, c_void};
use core::ptr;

/// Byte of the guards before and after the caller's bytes.
pub const GUARD: u8 = 0xFD;
/// Fills fresh blocks.
pub const FRESH: u8 = 0xCD;
/// Fills freed blocks.
pub const FREED: u8 = 0xDD;
/// Bytes of a guard.
const GUARD_SIZE: usize = 4;
/// What a block needs beyond the caller's bytes.
pub const OVERHEAD: usize = size_of::<Header>() + GUARD_SIZE;
/// Bytes that a dump shows.
pub const SHOWN: usize = 16;

/// The type in the low half of a block's use.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Type {
    /// `_FREE_BLOCK`: freed, kept because of `_CRTDBG_DELAY_FREE_MEM_DF`.
    Free,
    /// `_NORMAL_BLOCK`.
    Normal,
    /// `_CRT_BLOCK`: of the run-time library itself.
    Crt,
    /// `_IGNORE_BLOCK`: allocated while `_CRTDBG_ALLOC_MEM_DF` was off.
    Ignore,
    /// `_CLIENT_BLOCK`: with a subtype that the program chose.
    Client,
}

/// Types there are: `_MAX_BLOCKS`.
pub const TYPES: usize = 5;

impl Type {
    /// All types, by number.
    pub const ALL: [Type; TYPES] =
        [Type::Free, Type::Normal, Type::Crt, Type::Ignore, Type::Client];

    /// The type in a block's use.
    pub fn of(block_use: c_int) -> Option<Type> {
        match block_use & 0xFFFF {
            0 => Some(Type::Free),
            1 => Some(Type::Normal),
            2 => Some(Type::Crt),
            3 => Some(Type::Ignore),
            4 => Some(Type::Client),
            _ => None,
        }
    }

    /// The number of the type, and the use of a block without a subtype.
    pub const fn number(self) -> c_int {
        match self {
            Type::Free => 0,
            Type::Normal => 1,
            Type::Crt => 2,
            Type::Ignore => 3,
            Type::Client => 4,
        }
    }

    /// The word for it in reports.
    pub fn word(self) -> &'static str {
        match self {
            Type::Free => "free",
            Type::Normal => "normal",
            Type::Crt => "crt",
            Type::Ignore => "ignore",
            Type::Client => "client",
        }
    }

    /// Whether blocks of the type are in use by the program and count for the totals.
    pub fn is_counted(self) -> bool {
        matches!(self, Type::Normal | Type::Crt | Type::Client)
    }
}

/// Added to the type of a block whose owner is resizing it: everyone else passes over it.
const BUSY: c_int = 0x8000;

/// Whether it is the use of a block that is being resized.
pub fn is_busy(block_use: c_int) -> bool {
    block_use & BUSY != 0 && Type::of(block_use & !BUSY).is_some()
}

/// The use of a block while it is resized, or that of one which isn't any more.
pub fn with_busy(block_use: c_int, busy: bool) -> c_int {
    if busy { block_use | BUSY } else { without_busy(block_use) }
}

/// The use of a block, resized or not; what is no valid use stays as it is.
fn without_busy(block_use: c_int) -> c_int {
    if is_busy(block_use) { block_use & !BUSY } else { block_use }
}

/// What precedes the caller's bytes: `_CrtMemBlockHeader`.
#[repr(C)]
pub struct Header {
    /// The block allocated just before this one.
    pub older: *mut Header,
    /// The block allocated just after this one.
    pub newer: *mut Header,
    /// Where the block was asked for, if known.
    pub file: *const c_char,
    pub line: c_int,
    /// Type and subtype, and whether the block is [busy](is_busy).
    pub block_use: c_int,
    /// Bytes that the caller has.
    pub size: usize,
    /// Which allocation of the process it was.
    pub request: i32,
    /// The guard before the caller's bytes.
    pub guard: [u8; GUARD_SIZE],
}

const _: () = assert!(size_of::<Header>().is_multiple_of(16), "keeps the alignment of the heap");
#[cfg(target_pointer_width = "64")]
const _: () = assert!(size_of::<Header>() == 48 && OVERHEAD == 52);

/// What a new block is told about itself.
#[derive(Clone, Copy)]
pub struct Origin {
    pub block_use: c_int,
    pub file: *const c_char,
    pub line: c_int,
    pub request: i32,
}

/// A block of the debug heap, by its header.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Block(pub *mut Header);

/// What a report says of a block: a copy, so that it needs no lock.
#[derive(Clone, Copy)]
pub struct Facts {
    pub block: Block,
    pub size: usize,
    pub block_use: c_int,
    pub request: i32,
    pub file: *const c_char,
    pub line: c_int,
}

impl Facts {
    /// The type; `None`: the header is damaged.
    pub fn kind(&self) -> Option<Type> {
        Type::of(self.block_use)
    }
}

/// What is wrong with a block.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub struct Damage {
    /// The header says what can't be.
    pub header: bool,
    /// The guard before the caller's bytes was overwritten.
    pub before: bool,
    /// The guard after them was overwritten.
    pub after: bool,
    /// Bytes of a freed block were written.
    pub freed: bool,
}

impl Damage {
    /// Whether anything is wrong.
    pub fn is_any(self) -> bool {
        self != Damage::default()
    }
}

impl Block {
    /// The block whose caller's bytes start at `user`, if there can be one: nothing is touched.
    pub fn of_user(user: *const c_void) -> Option<Block> {
        let address = user.addr().checked_sub(size_of::<Header>())?;
        (address != 0).then(|| Block(user.cast_mut().with_addr(address).cast()))
    }

    /// The first of the caller's bytes.
    pub fn user(self) -> *mut u8 {
        self.0.cast::<u8>().wrapping_add(size_of::<Header>())
    }

    /// Makes a block of fresh memory: everything but the links and the caller's bytes.
    ///
    /// # Safety
    /// The block is a live block of the heap with `size + OVERHEAD` bytes that nobody else uses.
    pub unsafe fn prepare(self, size: usize, origin: Origin) {
        let header = Header {
            older: ptr::null_mut(),
            newer: ptr::null_mut(),
            file: origin.file,
            line: origin.line,
            block_use: origin.block_use,
            size,
            request: origin.request,
            guard: [GUARD; GUARD_SIZE],
        };
        // SAFETY: the block is larger than a header and aligned to 16, as blocks of the heap are.
        unsafe { self.0.write(header) };
        // SAFETY: the caller's.
        unsafe { self.guard_end(size) };
    }

    /// Writes the guard after `size` bytes.
    ///
    /// # Safety
    /// The block has `size + OVERHEAD` bytes and belongs to the calling thread.
    pub unsafe fn guard_end(self, size: usize) {
        // SAFETY: the guard ends where the block does.
        unsafe { self.user().wrapping_add(size).write_bytes(GUARD, GUARD_SIZE) };
    }

    /// What the header says.
    ///
    /// # Safety
    /// The block is listed, and the list's lock is held or the block belongs to the caller.
    pub unsafe fn facts(self) -> Facts {
        // SAFETY: a listed block starts with a header; nobody writes to it meanwhile (law 2).
        let header = unsafe { &*self.0 };
        Facts {
            block: self,
            size: header.size,
            block_use: without_busy(header.block_use),
            request: header.request,
            file: header.file,
            line: header.line,
        }
    }

    /// Looks for damage; `room` is what the engine says of the block.
    ///
    /// # Safety
    /// As for [`Block::facts`].
    pub unsafe fn damage(self, room: Room) -> Damage {
        // SAFETY: as in `facts`.
        let header = unsafe { &*self.0 };
        let kind = Type::of(without_busy(header.block_use));
        let before = header.guard != [GUARD; GUARD_SIZE];
        let size = match room {
            Room::Exact(room) if header.size.checked_add(OVERHEAD) == Some(room) => header.size,
            Room::Exact(room) => {
                let size = room.saturating_sub(OVERHEAD);
                let after = !is_filled(self.user().wrapping_add(size), GUARD, GUARD_SIZE);
                return Damage { header: true, before, after, freed: false };
            }
            // Written past the guard, into what the heap keeps behind the block: the size can't
            // be compared with anything, so nothing that lies by it is read.
            Room::Overrun => {
                return Damage { header: kind.is_none(), before, after: true, freed: false };
            }
        };
        let after = !is_filled(self.user().wrapping_add(size), GUARD, GUARD_SIZE);
        let freed = kind == Some(Type::Free) && !is_filled(self.user(), FREED, size);
        Damage { header: kind.is_none(), before, after, freed }
    }

    /// The first of the caller's bytes, and how many there are, for a dump.
    ///
    /// # Safety
    /// As for [`Block::facts`].
    pub unsafe fn first_bytes(self, room: Room) -> ([u8; SHOWN], usize) {
        // SAFETY: as in `facts`.
        let size = unsafe { (*self.0).size };
        let most = match room {
            Room::Exact(room) => room.saturating_sub(OVERHEAD),
            // As large as a block at least is.
            Room::Overrun => GUARD_SIZE,
        };
        let length = size.min(most).min(SHOWN);
        let mut bytes = [0; SHOWN];
        for (index, place) in bytes.iter_mut().enumerate().take(length) {
            // SAFETY: within the block, by `most`. Volatile: its owner may be writing it.
            *place = unsafe { self.user().wrapping_add(index).read_volatile() };
        }
        (bytes, length)
    }
}

/// Whether `length` bytes from `start`, all in one live block, are all `byte`.
fn is_filled(start: *const u8, byte: u8, length: usize) -> bool {
    // SAFETY: within the bytes of a live block. Volatile: a program that overruns a block or
    // writes to a freed one may be doing so now.
    (0..length).all(|at| unsafe { start.wrapping_add(at).read_volatile() } == byte)
}
