//! A heap in use to inflict damage on.

extern crate std;

use super::inflict::{at, read, write};
use crate::api::exact::{ExactHeap, ExactOptions};
use crate::base::atomic::Ordering;
use crate::base::units::{GRANULE_SHIFT, UNIT, UnitIndex};
use crate::cache::Cache;
use crate::heap::record::HeapRecord;
use crate::sized::allocate::Request;
use crate::span::WINDOW;
use crate::span::map::{self, Use};
use crate::span::window::Granule;
use core::ops::ControlFlow;
use core::ptr;
use std::vec;
use std::vec::Vec;

/// A heap in use, with something of everything.
pub struct Scene {
    pub heap: &'static HeapRecord,
    pub live: Vec<usize>,
    pub large: Vec<usize>,
    /// Free blocks that lie on stacks: their stack's place of the entry, and their address.
    pub stacked: Vec<(usize, usize)>,
    /// Free blocks that don't.
    pub counted: Vec<usize>,
}

pub fn create() -> &'static HeapRecord {
    let heap = ExactHeap::create(ExactOptions::default()).expect("memory for a heap");
    let record = ptr::with_exposed_provenance::<HeapRecord>(heap.handle());
    // SAFETY: a heap's handle is the address of its record; this one is never destroyed.
    unsafe { &*record }
}

impl Scene {
    pub fn new() -> Self {
        let heap = create();
        let allocate = |size| {
            let block = heap.allocate_sized(&Request::plain(size));
            assert_ne!(block, 0, "memory for {size} bytes");
            block
        };
        // Past a stack's length, so that some free blocks lie on none.
        let small: Vec<usize> = (0..1500).map(|number| allocate(40 + number % 3 * 400)).collect();
        let medium: Vec<usize> = (0..12).map(|number| allocate(5000 + number % 2 * 9000)).collect();
        let large: Vec<usize> = [100_000, 300_000, 40_000].map(allocate).into();
        let mut live = Vec::new();
        for (number, block) in small.into_iter().chain(medium).enumerate() {
            if number % 3 == 0 || number % 7 == 0 {
                live.push(block);
            } else {
                // SAFETY: allocated above, and nobody uses it.
                unsafe { heap.free_sized(block, false) }.expect("a live block");
            }
        }
        let mut stacked = Vec::new();
        heap.quiesce().each_cache(|cache| {
            let _ = cache.each_stacked(|_, entry| {
                stacked.push((place_of(cache, entry), entry));
                ControlFlow::<()>::Continue(())
            });
        });
        let mut scene = Self { heap, live, large, stacked, counted: Vec::new() };
        scene.counted = scene.slabs().into_iter().flat_map(|slab| scene.counted_of(slab)).collect();
        assert!(scene.stacked.len() > 20 && scene.counted.len() > 20, "free blocks of both kinds");
        scene
    }

    pub fn spans(&self) -> Vec<UnitIndex> {
        let mut spans = vec![self.heap.spans.lock().first];
        while let Some(&last) = spans.last()
            && !last.is_none()
        {
            spans.push(WINDOW.header(last).heap_next.get());
        }
        spans.pop();
        spans
    }

    pub fn slabs(&self) -> Vec<UnitIndex> {
        let is_slab = |unit: &UnitIndex| matches!(map::entry(*unit).usage(), Use::Slab(_));
        self.spans().into_iter().filter(is_slab).collect()
    }

    /// Slabs with live blocks, free blocks on stacks and others.
    pub fn busy_slab(&self) -> UnitIndex {
        let has = |slab: UnitIndex, blocks: &[usize]| {
            blocks.iter().any(|&block| WINDOW.unit(block) == slab)
        };
        let wanted = |slab: &UnitIndex| has(*slab, &self.live) && has(*slab, &self.counted);
        self.slabs().into_iter().find(wanted).expect("such a slab")
    }

    pub fn counted_of(&self, slab: UnitIndex) -> Vec<usize> {
        let stride = stride(slab);
        (0..WINDOW.header(slab).carved.get())
            .step_by(stride as usize)
            .map(|granule| WINDOW.address(slab) + ((granule as usize) << GRANULE_SHIFT))
            .filter(|&block| !is_set(block) && !self.stacked.iter().any(|&(_, at)| at == block))
            .collect()
    }

    /// The extent of a live block.
    pub fn extent(&self, block: usize) -> usize {
        self.heap.claim(block).expect("a live block").size()
    }
}

pub fn stride(slab: UnitIndex) -> u32 {
    WINDOW.header(slab).class.get().properties().stride
}

/// Where the entry for a block lies on a cache's stacks. Popped entries stay where they were, so
/// whether a place is in use shows when what is there changes.
pub fn place_of(cache: &Cache, block: usize) -> usize {
    const MARK: usize = 0x7770;
    let is_in_use = |&place: &usize| {
        let was = read(place, 8);
        if was & !1 != block as u64 {
            return false;
        }
        write(place, 8, MARK as u64);
        let found = cache.each_stacked(|_, entry| match entry {
            MARK => ControlFlow::Break(()),
            _ => ControlFlow::Continue(()),
        });
        write(place, 8, was);
        found.is_break()
    };
    let mut places = (at(cache)..at(cache) + UNIT).step_by(8);
    places.find(is_in_use).expect("the entry is in the cache's unit")
}

pub fn granule(address: usize) -> Granule {
    WINDOW.granule(address).expect("an address of the window")
}

pub fn live_word(address: usize) -> usize {
    at(WINDOW.live_word(granule(address)))
}

pub fn is_set(block: usize) -> bool {
    WINDOW.live_word(granule(block)).load(Ordering::Relaxed) & granule(block).bit() != 0
}
