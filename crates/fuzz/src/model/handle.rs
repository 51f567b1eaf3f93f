//! Handles that are no heaps.

use super::world::World;
use crate::input::Choice;
use arbitrary::Arbitrary;

/// Where a bad heap handle comes from.
#[derive(Arbitrary, Clone, Copy, Debug)]
pub enum Source {
    Null,
    /// A heap that was destroyed.
    Destroyed(Choice),
    /// Beside a heap's handle.
    Near(Choice, i32),
    /// A block, or near one.
    Block(Choice, u16),
    Number(u64),
    /// A multiple of 64 KiB near a heap.
    Unit(Choice, i16),
    Foreign(u8),
}

impl Source {
    /// The handle, unless it happens to be a heap's.
    pub fn resolve(self, world: &World) -> Option<usize> {
        let heap = |choice: Choice| {
            let index = choice.index(world.heaps.len())?;
            world.heaps.get(index)
        };
        let handle = match self {
            Self::Null => 0,
            Self::Destroyed(choice) => {
                *world.destroyed.get(choice.index(world.destroyed.len())?)?
            }
            Self::Near(choice, offset) => heap(choice)?.handle.wrapping_add_signed(offset as isize),
            Self::Block(choice, offset) => {
                let block = world.blocks.get(choice.index(world.blocks.len())?)?;
                block.address.wrapping_add(offset.into())
            }
            Self::Number(number) => number as usize,
            Self::Unit(choice, units) => {
                heap(choice)?.handle.wrapping_add_signed(units as isize * 0x1_0000)
            }
            Self::Foreign(offset) => world.foreign.as_ptr().addr() + usize::from(offset),
        };
        let is_heap = world.heaps.iter().any(|heap| heap.handle == handle || heap.region == handle);
        (!is_heap).then_some(handle)
    }
}
