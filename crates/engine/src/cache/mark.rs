//! Marks: where on the stacks the next samples are.
//!
//! ```text
//!  | entry m | entry 1 | … | 0 | … | entry n |      mark at m: its entry stands at the bottom
//!    bottom                  m       ^ pop
//! ```
//! Each allocation takes one entry, so which of the next ones is a sample is known when the entries are
//! put there. A 0 in the place of that entry ends the fast path as the bottom does: so sampling costs
//! allocations in between nothing.
//!
//! K1  a class's mark is 0, or the index, from 1 on, of the one 0 above the bottom of the stack that
//!     allocations pop; `pop` is at or above it

use super::{Cache, KNOWN_ZERO};
use crate::base::size_class::{CLASS_COUNT, SizeClass};
use crate::profile::{self, Rarity};
use core::cell::Cell;

/// A cache's marks. All zero: none.
#[repr(C)]
pub struct Marks {
    /// Allocations until the next sample behind those that are on the stack; 0: not drawn.
    until: [Cell<u32>; CLASS_COUNT],
    /// See K1.
    index: [Cell<u8>; CLASS_COUNT],
    /// How rare samples were when `until` was drawn.
    rarity: [Cell<Rarity>; CLASS_COUNT],
}

impl Cache {
    /// Puts the class's mark onto the stack that allocations pop, which has no mark and got its `held`
    /// blocks just now, if the next sample is there.
    #[inline(always)]
    pub(super) fn mark(&self, class: SizeClass, held: usize) {
        let until = &self.marks.until[class.index()];
        if until.get() as usize > held {
            until.set(until.get() - held as u32);
        } else {
            self.draw_or_mark(class, held as u32);
        }
    }

    #[cold]
    #[inline(never)]
    fn draw_or_mark(&self, class: SizeClass, held: u32) {
        let until = &self.marks.until[class.index()];
        if until.get() == 0 {
            let Some(rarity) = profile::rarity() else { return };
            self.marks.rarity[class.index()].set(rarity);
            until.set(rarity.allocations_until_sample(class.size()));
        }
        if until.get() > held {
            until.set(until.get() - held);
            return;
        }
        let index = held - until.get() + 1;
        until.set(0);
        self.marks.index[class.index()].set(index as u8);
        self.swap_with_bottom(class, index);
    }

    /// Takes the class's mark away. `false`: there is none.
    #[inline(always)]
    pub(super) fn unmark(&self, class: SizeClass) -> bool {
        let is_marked = self.is_marked(class);
        if is_marked {
            self.unmark_slow(class);
        }
        is_marked
    }

    #[cold]
    #[inline(never)]
    fn unmark_slow(&self, class: SizeClass) {
        let index = self.marks.index[class.index()].replace(0);
        self.swap_with_bottom(class, u32::from(index));
    }

    /// Whether there is a mark on the class's stack.
    #[inline(always)]
    pub fn is_marked(&self, class: SizeClass) -> bool {
        self.marks.index[class.index()].get() != 0
    }

    /// If the next allocation of the class, which is marked, is a sample: how rare samples were when it
    /// was drawn. Then the next sample is drawn.
    #[cold]
    #[inline(never)]
    pub fn take_mark(&self, class: SizeClass) -> Option<Rarity> {
        let index = usize::from(self.marks.index[class.index()].get());
        if self.held_to_pop(class) != index {
            return None;
        }
        let rarity = self.marks.rarity[class.index()].get();
        self.unmark(class);
        self.mark(class, self.held_to_pop(class));
        Some(rarity)
    }

    /// `count` blocks that were on the stack when the class's sample was last drawn go from there
    /// without being allocated.
    pub(super) fn postpone_mark(&self, class: SizeClass, count: usize) {
        let until = &self.marks.until[class.index()];
        if until.get() != 0 {
            until.set(until.get().saturating_add(count as u32));
        }
    }

    /// The entry at `index` of the stack that allocations pop changes places with the bottom.
    fn swap_with_bottom(&self, class: SizeClass, index: u32) {
        let bottom = self.other_floor(class);
        // SAFETY: the index is that of an entry of the stack (K1).
        unsafe { bottom.swap(bottom.add(index as usize)) };
    }
}

const _: () = assert!(KNOWN_ZERO != 0, "no entry is 0");
