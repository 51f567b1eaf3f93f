//! Forgetting what lies on the stacks: the blocks stay free, counted in their slabs.

use super::refill::Supplier;
use super::{Cache, KNOWN_ZERO, STACKS_START, stack_bytes};
use crate::base::size_class::SizeClass;
use crate::base::units::{UNIT, round_up_length};
use crate::os;
use crate::span::WINDOW;
use core::ops::ControlFlow;

impl Cache {
    /// Makes room on the stack that frees push onto: its older half stays free but is no longer
    /// remembered.
    pub fn spill_half(&self, class: SizeClass, supplier: &impl Supplier) {
        self.spill_pushed(class, class.properties().stack.div_ceil(2) as usize, supplier);
    }

    /// Forgets the `count` oldest entries of the stack that frees push onto (or all there are),
    /// counting their blocks as free in their slabs.
    fn spill_pushed(&self, class: SizeClass, count: usize, supplier: &impl Supplier) {
        let stacks = &self.stacks[class.index()];
        let stride = class.properties().stride;
        let bottom = stacks.floor.get();
        // SAFETY: `push` is at or above the bottom of the same stack.
        let held = unsafe { stacks.push.get().offset_from(bottom) } as usize;
        let count = count.min(held);
        for index in 1..=count {
            // SAFETY: entries 1..=held are in the stack.
            let slab = self.view.unit(unsafe { bottom.add(index).read() });
            self.count_free(slab, stride, supplier);
        }
        self.note_freed(count as u32 * stride, supplier);
        // SAFETY: both ranges are inside the stack; `copy` allows the overlap.
        unsafe { core::ptr::copy(bottom.add(1 + count), bottom.add(1), held - count) };
        // SAFETY: at or above the bottom.
        stacks.push.set(unsafe { bottom.add(held - count) });
    }

    /// Forgets all entries of a class's two stacks.
    fn spill_both(&self, class: SizeClass, supplier: &impl Supplier) {
        self.unmark(class);
        self.note_unserved(class);
        self.spill_pushed(class, usize::MAX, supplier);
        // The pushed one is empty now, so the other may take its place.
        let stacks = &self.stacks[class.index()];
        let emptied = stacks.floor.get();
        let (pop, bottom) = (stacks.pop.get(), self.other_floor(class));
        stacks.push.set(pop);
        stacks.floor.set(bottom);
        // SAFETY: a stack with its bottom takes this many bytes of the unit.
        stacks.limit.set(unsafe { bottom.byte_add(stack_bytes(class.index())) });
        stacks.pop.set(emptied);
        self.spill_pushed(class, usize::MAX, supplier);
    }

    /// A number that changes when allocations and frees go on, most likely.
    pub fn fingerprint(&self) -> usize {
        self.stacks.iter().fold(0usize, |sum, stacks| {
            let ends =
                stacks.pop.get().addr().wrapping_mul(3).wrapping_add(stacks.push.get().addr());
            sum.wrapping_mul(31).wrapping_add(ends)
        })
    }

    /// Whether nothing is on any stack.
    pub fn is_spilled(&self) -> bool {
        SizeClass::all().all(|class| self.is_empty(class))
    }

    /// Whether both stacks of the class are.
    fn is_empty(&self, class: SizeClass) -> bool {
        let stacks = &self.stacks[class.index()];
        self.held_to_pop(class) == 0 && stacks.push.get() == stacks.floor.get()
    }

    /// Counts blocks on the stack that allocations pop, which go from there without being allocated.
    fn note_unserved(&self, class: SizeClass) {
        let held = self.held_to_pop(class);
        let served = &self.served[class.index()];
        served.set(served.get().wrapping_sub(held as u64));
        self.postpone_mark(class, held);
    }

    /// Blocks on the stack that allocations pop.
    pub(super) fn held_to_pop(&self, class: SizeClass) -> usize {
        let (pop, bottom) = (self.stacks[class.index()].pop.get(), self.other_floor(class));
        pop.addr().wrapping_sub(bottom.addr()) / size_of::<usize>()
    }

    /// Gives back the memory of the stacks, which are empty: a bottom is zero, and nothing else is
    /// ever read before it was written.
    pub fn release_stacks(&self) {
        let page = os::page_size();
        let start = round_up_length(WINDOW.address(self.unit) + STACKS_START, page);
        let end = WINDOW.address(self.unit) + UNIT;
        if start < end && self.is_spilled() {
            os::decommit(start, end - start);
        }
    }

    /// Calls `visit(class, address)` for all that lies on the stacks, which may be damaged: stacks
    /// whose ends aren't in their places hold nothing.
    pub fn each_stacked<B>(
        &self,
        mut visit: impl FnMut(SizeClass, usize) -> ControlFlow<B>,
    ) -> ControlFlow<B> {
        for class in SizeClass::all() {
            let stacks = &self.stacks[class.index()];
            for (bottom, top) in [
                (self.other_floor(class), stacks.pop.get()),
                (stacks.floor.get(), stacks.push.get()),
            ] {
                let held = top.addr().wrapping_sub(bottom.addr()) / size_of::<usize>();
                if WINDOW.unit(bottom.addr()) != self.unit
                    || held > class.properties().stack as usize
                {
                    continue;
                }
                // The bottom too: it is 0, or holds the block whose place a mark has taken.
                for index in 0..=held {
                    // SAFETY: inside the cache's unit, as was seen just now.
                    let entry = unsafe { bottom.add(index).read() };
                    if entry != 0 {
                        visit(class, entry & !KNOWN_ZERO)?;
                    }
                }
            }
        }
        ControlFlow::Continue(())
    }

    /// The bottom of the stack that allocations pop: the pair's other one.
    pub(super) fn other_floor(&self, class: SizeClass) -> *mut usize {
        let stacks = &self.stacks[class.index()];
        let (floor, bytes) = (stacks.floor.get(), stack_bytes(class.index()));
        if stacks.pop.get() < floor {
            // SAFETY: the pair's first stack is just below its second.
            unsafe { floor.byte_sub(bytes) }
        } else {
            // SAFETY: the pair's second stack is just above its first.
            unsafe { floor.byte_add(bytes) }
        }
    }

    /// Forgets every stack: all free blocks are counted in their slabs, empty slabs given back. The
    /// list of caches is locked, or no thread is inside the heap.
    pub fn spill_all(&self, supplier: &impl Supplier) {
        self.empty_inbox(supplier);
        for class in SizeClass::all() {
            if !self.is_empty(class) {
                self.spill_both(class, supplier);
            }
            self.give_back_lone_empty(class, supplier);
        }
    }

    /// The class's only listed slab is kept when it empties; here it goes too.
    fn give_back_lone_empty(&self, class: SizeClass, supplier: &impl Supplier) {
        let slab = self.lists[class.index()].get();
        if !slab.is_none() && WINDOW.header(slab).carved.get() == 0 {
            self.unlist(WINDOW.header(slab));
            supplier.take_back(slab);
        }
    }
}
