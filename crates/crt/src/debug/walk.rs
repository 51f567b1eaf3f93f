//! Walking the list while other threads, and what the walk calls, change it.
//!
//! The list is locked only for a look at one block. In between, the place of the walk is kept in
//! the list itself, which moves it on when the block there leaves. Blocks that come meanwhile are
//! put before the walk's place, and not seen.

use super::block::{Block, Header, OVERHEAD, is_busy};
use super::heap::{Room, measure};
use super::list::{self, List};
use core::ptr;

/// A walk over all blocks, newest first. Not ended by a destructor: what the walk calls may
/// `longjmp` over it, and then its place is given to another walk some time.
pub struct Walk {
    index: usize,
    ticket: usize,
    /// Whether links had to be mended, or can't be.
    found_damage: bool,
}

impl Walk {
    /// Starts at the newest block.
    pub fn begin() -> Walk {
        list::locked(|list| {
            list.tickets = list.tickets.wrapping_add(1).max(1);
            let (ticket, newest) = (list.tickets, list.newest);
            // Free places have ticket 0. If there is none, the oldest walk ends early.
            let places = list.places.iter_mut().enumerate();
            let index = match places.min_by_key(|(_, place)| place.ticket) {
                Some((index, place)) => {
                    place.ticket = ticket;
                    place.above = ptr::null_mut();
                    place.next = newest;
                    index
                }
                None => 0,
            };
            Walk { index, ticket, found_damage: false }
        })
    }

    /// Gives the walk's place up. `true`: the links between the blocks were damaged.
    pub fn end(self) -> bool {
        list::locked(|list| {
            if let Some(place) = list.places.get_mut(self.index)
                && place.ticket == self.ticket
            {
                place.ticket = 0;
                place.above = ptr::null_mut();
                place.next = ptr::null_mut();
            }
        });
        self.found_damage
    }

    /// Looks at the next block. `look` runs with the list locked; it must only read the block and
    /// must not call anything else. `None`: there is no block any more.
    pub fn next<R>(&mut self, mut look: impl FnMut(Block, Room) -> R) -> Option<R> {
        loop {
            let (position, changes) = list::locked(|list| (self.position(list), list.changes()));
            let header = position?;
            let room = measure(header);
            let step = list::locked(|list| {
                match room {
                    _ if self.position(list) != Some(header) => Step::Again,
                    // SAFETY: a live block, large enough for a header.
                    Some(room) if unsafe { self.is_below(list, header) } => {
                        let is_current = list.changes() == changes;
                        // SAFETY: its links agree with those of the block before it, so it is
                        // listed.
                        unsafe { self.visit(list, Block(header), room, is_current, &mut look) }
                    }
                    _ => Step::Broken,
                }
            });
            match step {
                Step::Seen(result) => return Some(result),
                Step::Again => {}
                Step::Broken => {
                    self.found_damage = true;
                    if !list::mend() {
                        return None;
                    }
                }
            }
        }
    }

    /// Where the next block is, as far as its links tell. `None`: at the end, or the walk lost its
    /// place.
    fn position(&self, list: &List) -> Option<*mut Header> {
        let place = list.places.get(self.index)?;
        (place.ticket == self.ticket && !place.next.is_null()).then_some(place.next)
    }

    /// Whether the block at the walk's place points back to the block before it.
    ///
    /// # Safety
    /// The header is of a live block.
    unsafe fn is_below(&self, list: &List, header: *mut Header) -> bool {
        // SAFETY: the caller's.
        let newer = unsafe { (*header).newer };
        list.places.get(self.index).is_some_and(|place| place.above == newer)
    }

    /// Looks at a block and goes on to the next place. `is_current`: the list hasn't changed since
    /// the block was measured.
    ///
    /// # Safety
    /// The block is listed.
    unsafe fn visit<R>(
        &self,
        list: &mut List,
        block: Block,
        room: Room,
        is_current: bool,
        look: &mut impl FnMut(Block, Room) -> R,
    ) -> Step<R> {
        // SAFETY: the block is listed.
        let (older, size, is_busy) =
            unsafe { ((*block.0).older, (*block.0).size, is_busy((*block.0).block_use)) };
        let agrees = size.checked_add(OVERHEAD).map(Room::Exact) == Some(room);
        if !agrees && !is_busy && !is_current {
            // Damage, or the block was resized since it was measured.
            return Step::Again;
        }
        let result = if is_busy { Step::Again } else { Step::Seen(look(block, room)) };
        if let Some(place) = list.places.get_mut(self.index) {
            place.above = block.0;
            place.next = older;
        }
        result
    }
}

/// What came of a step.
enum Step<R> {
    /// The block was looked at.
    Seen(R),
    /// Something changed meanwhile.
    Again,
    /// The links don't agree.
    Broken,
}
