//! Slabs some of whose pages were given back: each free block is handed out once, those first that
//! are in memory.

extern crate std;

use super::*;
use crate::base::units::{UNIT, Units};
use crate::heap::registry::PROCESS;
use crate::span::POOL;
use crate::span::map::Use;
use proptest::prelude::*;
use std::collections::BTreeSet;
use std::vec::Vec;

/// Gives one slab, once.
struct OneSlab {
    slab: UnitIndex,
    given: core::cell::Cell<bool>,
}

impl Supplier for OneSlab {
    fn supply(&self, cache: &Cache, class: SizeClass) -> bool {
        if self.given.replace(true) {
            return false;
        }
        let header = WINDOW.header(self.slab);
        header.free_granules.set(0);
        header.carved.set(0);
        header.cursor.set(0);
        header.class.set(class);
        header.zero.set(false);
        header.returned.set(0);
        map::set_slab(self.slab, cache.unit(), class);
        cache.list(self.slab, class);
        true
    }

    fn take_back(&self, _: UnitIndex) {
        self.given.set(false);
    }

    fn bears_simultaneous_frees(&self) -> bool {
        false
    }

    fn count_freed(&self, _: isize) {}

    fn settle(&self) {}
}

/// A cache with one slab, and the blocks that its user has.
struct User {
    cache: &'static Cache,
    supplier: OneSlab,
    class: SizeClass,
    held: Vec<usize>,
}

impl User {
    fn new(class: SizeClass) -> Self {
        let unit = PROCESS.take_engine_unit().expect("memory for a cache");
        // SAFETY: just made, and nobody else knows of it.
        let cache = unsafe { Cache::create(unit).as_ref() };
        let slab = POOL.lock().take(Units(1), UNIT).expect("memory for a slab").unit;
        let supplier = OneSlab { slab, given: core::cell::Cell::new(false) };
        Self { cache, supplier, class, held: Vec::new() }
    }

    /// `false`: the slab has no free block left.
    fn allocate(&mut self) -> Result<bool, TestCaseError> {
        let mut entry = self.cache.pop(self.class);
        if entry == 0 && self.cache.refill(self.class, &self.supplier) {
            self.check_order()?;
            entry = self.cache.pop(self.class);
        }
        if entry == 0 {
            return Ok(false);
        }
        let block = entry & !KNOWN_ZERO;
        prop_assert!(!self.held.contains(&block), "{:#x} was handed out twice", block);
        let offset = block.wrapping_sub(WINDOW.address(self.supplier.slab));
        let stride = self.class.properties().stride;
        prop_assert!(offset < UNIT && offset.is_multiple_of((stride as usize) << GRANULE_SHIFT));
        let pages = pages_of((offset >> GRANULE_SHIFT) as u32, stride);
        let returned = WINDOW.header(self.supplier.slab).returned.get();
        prop_assert_eq!(returned & pages, 0, "a block's pages count as given back");
        self.held.push(block);
        Ok(true)
    }

    /// With a stack that was filled just now: what lies on it is there once, and no page of it
    /// counts as given back.
    fn check_order(&self) -> Result<(), TestCaseError> {
        let mut stacked = BTreeSet::new();
        let mut twice = None;
        let _ = self.cache.each_stacked(|_, block| {
            if !stacked.insert(block) || self.held.contains(&block) {
                twice = Some(block);
            }
            core::ops::ControlFlow::<()>::Continue(())
        });
        prop_assert_eq!(twice, None, "a block is on the stack and in somebody's hands, or twice");
        Ok(())
    }

    fn free(&mut self, number: usize) {
        let block = self.held.swap_remove(number % self.held.len());
        if !self.cache.free_own(block) {
            self.cache.spill_half(self.class, &self.supplier);
            assert!(self.cache.free_own(block), "there is room now");
        }
    }

    /// As a sweep does: with nothing on a stack, of the pages that no live block touches those in
    /// `chosen` are given back.
    fn sweep(&self, chosen: u16) {
        self.cache.spill_all(&self.supplier);
        if !self.supplier.given.get() {
            return;
        }
        let stride = self.class.properties().stride;
        let start = WINDOW.address(self.supplier.slab);
        let touched = self.held.iter().fold(0, |touched, block| {
            touched | pages_of(((block - start) >> GRANULE_SHIFT) as u32, stride)
        });
        WINDOW.header(self.supplier.slab).returned.set(!touched & chosen);
    }

    /// Frees everything, and gives the units back.
    fn end(mut self) {
        while !self.held.is_empty() {
            self.free(0);
        }
        self.cache.spill_all(&self.supplier);
        for unit in [self.supplier.slab, self.cache.unit()] {
            map::set(unit, Use::Unused);
            POOL.lock().give_dirty(unit, Units(1), Epoch::now());
        }
    }
}

#[derive(Clone, Copy, Debug)]
enum Op {
    Allocate(u16),
    Free(u16),
    Sweep(u16),
}

fn ops() -> impl Strategy<Value = Vec<Op>> {
    let op = prop_oneof![
        (1u16..600).prop_map(Op::Allocate),
        (1u16..600).prop_map(Op::Free),
        any::<u16>().prop_map(Op::Sweep),
    ];
    proptest::collection::vec(op, 1..30)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn each_free_block_is_handed_out_once(
        number in 0..crate::base::size_class::CLASS_COUNT,
        ops in ops(),
        seed in any::<usize>(),
    ) {
        let class = SizeClass::all().nth(number).expect("a class");
        let mut user = User::new(class);
        let mut random = seed;
        for op in ops {
            match op {
                Op::Allocate(count) => {
                    for _ in 0..count {
                        if !user.allocate()? {
                            break;
                        }
                    }
                }
                Op::Free(count) => {
                    for _ in 0..count {
                        if user.held.is_empty() {
                            break;
                        }
                        random = random.wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ random >> 29;
                        user.free(random);
                    }
                }
                Op::Sweep(chosen) => user.sweep(chosen),
            }
        }
        while user.allocate()? {}
        let stride = class.properties().stride;
        let all = (class.properties().end / stride) as usize;
        prop_assert_eq!(user.held.len(), all, "a block is lost");
        user.end();
    }
}
