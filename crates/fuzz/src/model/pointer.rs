//! Pointers that are no blocks of a heap.

use super::world::World;
use crate::abi::heapapi::{ERROR_INVALID_PARAMETER, ERROR_NOACCESS};
use crate::input::Choice;
use arbitrary::Arbitrary;
use std::ptr;

/// Where a bad pointer comes from.
#[derive(Arbitrary, Clone, Copy, Debug)]
pub enum Source {
    /// A block that was freed.
    Freed(Choice),
    /// Inside a live block, or right behind it.
    Inside(Choice, u16),
    /// Right behind a live block.
    Behind(Choice, u8),
    /// A live block of another heap.
    OtherHeap(Choice),
    /// Static memory, the stack, another allocator's block.
    Static(u8),
    Stack,
    Foreign(u8),
    /// A heap's handle, or near it.
    Heap(Choice, u8),
    /// A moveable object's handle, or near it.
    Object(Choice, i8),
    /// Where no memory is.
    Low(u16),
    NotCanonical(u64),
    High(u8),
    /// Any number.
    Number(u64),
}

/// What is known of the memory at a bad pointer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Memory {
    Mapped,
    Unmapped,
    Unknown,
}

/// A pointer that is no live block of a heap.
#[derive(Clone, Copy, Debug)]
pub struct Pointer {
    pub address: usize,
    pub memory: Memory,
}

impl Pointer {
    /// The last errors that a function may set that says what is wrong with it.
    pub fn codes(self) -> &'static [u32] {
        match self.memory {
            Memory::Mapped => &[ERROR_INVALID_PARAMETER],
            Memory::Unmapped => &[ERROR_NOACCESS],
            Memory::Unknown => &[ERROR_INVALID_PARAMETER, ERROR_NOACCESS],
        }
    }
}

static BYTES: [u8; 256] = [0; 256];

impl Source {
    /// The pointer, unless it happens to be a block of the heap.
    pub fn resolve(self, world: &World, heap: usize) -> Option<Pointer> {
        let (address, memory) = self.place(world, heap)?;
        let is_block = address == 0 || world.is_base(heap, address);
        (!is_block).then_some(Pointer { address, memory })
    }

    fn place(self, world: &World, heap: usize) -> Option<(usize, Memory)> {
        let block = |choice: Choice| {
            let index = choice.index(world.blocks.len())?;
            world.blocks.get(index)
        };
        Some(match self {
            // The memory may have been given back since.
            Self::Freed(choice) => {
                let index = choice.index(world.freed.len())?;
                (*world.freed.get(index)?, Memory::Unknown)
            }
            Self::Inside(choice, distance) => {
                let block = block(choice)?;
                let distance = 1 + usize::from(distance) % block.size.max(1);
                // The byte behind the last one is the guard.
                (block.address + distance, Memory::Mapped)
            }
            Self::Behind(choice, distance) => {
                let block = block(choice)?;
                let end = (block.address + block.size).next_multiple_of(16);
                (end + 16 * usize::from(distance % 8), Memory::Unknown)
            }
            Self::OtherHeap(choice) => {
                let block = block(choice).filter(|block| block.heap != heap)?;
                (block.base, Memory::Mapped)
            }
            Self::Static(index) => {
                (ptr::from_ref(&BYTES).addr() + usize::from(index), Memory::Mapped)
            }
            Self::Stack => {
                let here = [0_u64; 2];
                (ptr::from_ref(&here).addr() & !15, Memory::Mapped)
            }
            Self::Foreign(offset) => {
                (world.foreign.as_ptr().addr() + usize::from(offset), Memory::Mapped)
            }
            Self::Heap(choice, offset) => {
                let index = choice.index(world.heaps.len())?;
                let handle = world.heaps.get(index)?.handle;
                (handle + usize::from(offset), Memory::Unknown)
            }
            Self::Object(choice, offset) => {
                let index = choice.index(world.objects.len())?;
                let handle = world.objects.get(index)?.handle;
                (handle.saturating_add_signed(offset.into()), Memory::Mapped)
            }
            Self::Low(address) => (usize::from(address % 4096), Memory::Unmapped),
            Self::NotCanonical(bits) => ((bits as usize & !(1 << 47)) | 1 << 62, Memory::Unmapped),
            Self::High(offset) => (usize::MAX - usize::from(offset), Memory::Unmapped),
            Self::Number(number) => (number as usize, Memory::Unknown),
        })
    }
}
