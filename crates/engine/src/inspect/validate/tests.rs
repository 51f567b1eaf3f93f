//! Each kind of damage, inflicted on a heap in use: the check names it, changes nothing, and finds
//! nothing once the damage is undone. In a forked child each: a check that crashes or hangs is a
//! result too.

extern crate std;

mod inflict;
mod scene;

use crate::base::atomic::Ordering;
use crate::base::units::{GRANULE, UNIT, UnitIndex};
use crate::heap::record::HeapRecord;
use crate::inspect::damage::DamageKind;
use crate::sized::allocate::Request;
use crate::span::WINDOW;
use crate::span::map;
use inflict::{
    ANY, DOUBLE, HEADER, METADATA, Poke, TAIL, around, at, check, each, inflict_each, read, turn,
    write,
};
use scene::{Scene, create, live_word, stride};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::vec::Vec;
use std::{format, vec};

/// Forked children of one test at a time, and heaps that nobody else changes.
fn alone() -> MutexGuard<'static, ()> {
    static ALONE: Mutex<()> = Mutex::new(());
    ALONE.lock().unwrap_or_else(PoisonError::into_inner)
}

#[test]
fn a_live_bit_that_says_the_wrong_thing_is_found() {
    let _alone = alone();
    let scene = Scene::new();
    let mut pokes = Vec::new();
    for &block in scene.live.iter().step_by(60) {
        pokes.push(turn("a live block's bit cleared", block, METADATA));
        if stride(WINDOW.unit(block)) > 1 {
            pokes.push(turn("a bit inside a live block", block + GRANULE, METADATA));
        }
    }
    for &block in scene.counted.iter().step_by(40) {
        pokes.push(turn("a free block's bit set", block, METADATA));
        pokes.push(turn("a bit inside a free block", block + GRANULE, METADATA));
    }
    for &(_, block) in scene.stacked.iter().step_by(10) {
        pokes.push(turn("the bit of a block on a stack set", block, DOUBLE).at_block(block));
        pokes.push(turn("a bit inside a block on a stack", block + GRANULE, METADATA));
    }
    for slab in scene.slabs() {
        pokes.push(turn("the last bit of a slab", WINDOW.address(slab) + UNIT - GRANULE, METADATA));
        let word = live_word(WINDOW.address(slab));
        pokes.push(Poke::new("all bits", word, 8, u64::MAX, ANY));
    }
    inflict_each(&scene, pokes);
}

#[test]
fn a_bit_of_another_threads_free_that_nobody_announced_is_found() {
    let _alone = alone();
    let scene = Scene::new();
    let mut pokes = Vec::new();
    for slab in scene.slabs() {
        let announced = WINDOW.remote(slab).summary.load(Ordering::Relaxed);
        let words = WINDOW.remote(slab).bits.0.iter().enumerate().step_by(9);
        for (_, word) in words.filter(|(number, _)| announced >> number & 1 == 0) {
            pokes.extend(each("remote bits", at(word), 8, &[1, 1 << 63, u64::MAX], METADATA));
        }
    }
    inflict_each(&scene, pokes);
}

#[test]
fn a_slabs_header_with_a_wrong_field_is_found() {
    let _alone = alone();
    let scene = Scene::new();
    let slab = scene.busy_slab();
    let header = WINDOW.header(slab);
    let mut pokes = Vec::new();
    let fields = [
        ("free_granules", at(&header.free_granules), METADATA),
        ("carved", at(&header.carved), METADATA),
        ("units", at(&header.units), ANY),
        ("heap", at(&header.heap), METADATA),
    ];
    for (name, place, kinds) in fields {
        pokes.extend(each(name, place, 4, &around(place, 4), kinds));
    }
    let class = at(&header.class);
    pokes.extend(each("class", class, 1, &(0..256).collect::<Vec<u64>>(), METADATA));
    // Any start of a carved block is a place to search from.
    let carved = u64::from(header.carved.get());
    let stride = u64::from(stride(slab));
    let wrong = [1, stride - 1, stride + 1, carved + 1, carved + stride, 4096, u64::MAX, 1 << 31];
    pokes.extend(each("cursor", at(&header.cursor), 4, &wrong, METADATA));
    inflict_each(&scene, pokes);
}

#[test]
fn a_wrong_link_between_spans_is_found() {
    let _alone = alone();
    let scene = Scene::new();
    let other = Scene::new();
    let spans = scene.spans();
    let used = u64::from(crate::span::POOL.lock().ever_used().0);
    let mut units: Vec<u64> = spans.iter().map(|unit| u64::from(unit.0)).collect();
    units.extend([other.spans()[0].0, WINDOW.unit(at(scene.heap)).0].map(u64::from));
    units.extend([0, 1, 2, used - 1, used, used + 1, 1 << 24, 1 << 31, u64::from(u32::MAX)]);
    let mut pokes = Vec::new();
    for index in [0, 1, spans.len() / 2, spans.len() - 1] {
        let header = WINDOW.header(spans[index]);
        pokes.extend(each("heap_next", at(&header.heap_next), 4, &units, ANY));
        pokes.extend(each("heap_previous", at(&header.heap_previous), 4, &units, ANY));
    }
    let (first, last) = scene.heap.spans.peek_with(|spans| (at(&spans.first), at(&spans.last)));
    pokes.extend(each("first", first, 4, &units, ANY));
    pokes.extend(each("last", last, 4, &units, ANY));
    inflict_each(&scene, pokes);
}

#[test]
fn a_wrong_entry_of_the_unit_map_is_found() {
    let _alone = alone();
    let scene = Scene::new();
    let mut pokes = Vec::new();
    // The codes of all uses, with and without an owner that is none.
    let mut codes: Vec<u64> = (0x70..0x78).chain([0, 0x47, 0x60, 0x7F]).collect();
    codes.extend([u64::from(u32::MAX), 1 << 31, 0xFFFF_FF00, 0x4141_4141]);
    let slab = scene.busy_slab();
    let entry = u64::from(map::entry(slab).0);
    let classes = (0..72).map(|class| entry & !0x7F | class);
    let owners = [1, 2, 16, 1 << 12, 1 << 23].map(|owner| entry ^ owner << 8);
    let values: Vec<u64> = codes.iter().copied().chain(classes).chain(owners).collect();
    pokes.extend(each("a slab's entry", at(WINDOW.entry_word(slab)), 4, &values, METADATA));
    codes.extend([entry, u64::from(map::entry(WINDOW.unit(at(scene.heap))).0)]);
    for &large in &scene.large {
        let head = WINDOW.unit(large);
        pokes.extend(each(
            "a large block's entry",
            at(WINDOW.entry_word(head)),
            4,
            &codes,
            METADATA,
        ));
        for more in 1..WINDOW.header(head).units.get().0 {
            let body = UnitIndex(head.0 + more);
            let name = "the entry of a large block's further unit";
            pokes.extend(each(name, at(WINDOW.entry_word(body)), 4, &codes, METADATA));
        }
    }
    inflict_each(&scene, pokes);
}

#[test]
fn a_wrong_length_of_a_large_block_is_found() {
    let _alone = alone();
    let scene = Scene::new();
    let mut pokes = Vec::new();
    for &large in &scene.large {
        let header = WINDOW.header(WINDOW.unit(large));
        let size = at(&header.size);
        let mut values = around(size, 8);
        values.extend([4096, 8192, 65_536, 131_072, 262_144]);
        values.extend([read(size, 8) - 4096, read(size, 8) + 8192]);
        let either: &[DamageKind] = &[DamageKind::Metadata, DamageKind::Tail];
        pokes.extend(each("size", size, 8, &values, either));
        let units = at(&header.units);
        pokes.extend(each("units", units, 4, &around(units, 4), ANY));
    }
    inflict_each(&scene, pokes);
}

#[test]
fn a_wrong_entry_of_a_stack_is_found() {
    let _alone = alone();
    let scene = Scene::new();
    let other = Scene::new();
    let local = 0u64;
    let far = [0, 2, 16, 8, usize::MAX - 15, 1 << 47, at(&local) & !15];
    let mut pokes = Vec::new();
    for (index, &(place, block)) in scene.stacked.iter().enumerate().step_by(7) {
        let mut put = |name, value: usize, kinds| {
            pokes.push(Poke::new(name, place, 8, value as u64, kinds));
        };
        for address in far {
            put("an entry from elsewhere", address, METADATA);
        }
        let class = WINDOW.header(WINDOW.unit(block)).class.get();
        put("an entry inside a block", block + GRANULE, METADATA);
        put("an entry of another heap's", other.stacked[0].1, METADATA);
        put("an entry that is the cache's own", place & !15, METADATA);
        let cache = map::entry(WINDOW.unit(block)).owner();
        let same = |other: &&usize| {
            let slab = WINDOW.unit(**other);
            WINDOW.header(slab).class.get() == class && map::entry(slab).owner() == cache
        };
        if let Some(&live) = scene.live.iter().find(same) {
            put("an entry of a live block", live, DOUBLE);
        }
        if let Some(&counted) = scene.counted.iter().find(same) {
            put("an entry of a block that is counted too", counted, METADATA);
        }
        if let Some(&another) = scene.live.iter().find(|other| !same(other)) {
            put("an entry of another class or cache", another, METADATA);
        }
        let next = scene.stacked.iter().skip(index + 1).map(|(_, block)| block).find(|b| same(b));
        if let Some(&next) = next {
            put("an entry doubled", next, DOUBLE);
        }
    }
    inflict_each(&scene, pokes);
}

#[test]
fn each_byte_behind_a_block_is_its_guard() {
    let _alone = alone();
    let heap = create();
    let blocks: Vec<(usize, usize)> = [0, 1, 24, 40, 41, 300, 1000, 5000, 31_000, 40_000, 100_000]
        .map(|size| (heap.allocate_sized(&Request::plain(size)), size))
        .into();
    let scene = Scene { heap, live: vec![], large: vec![], stacked: vec![], counted: vec![] };
    assert_eq!(check(heap), None);
    for (block, size) in blocks {
        let end = block + scene.extent(block);
        assert!(end - (block + size) >= 8);
        for place in block + size..end {
            for change in [1, 0x80, 0xFF] {
                let was = read(place, 1);
                write(place, 1, was ^ change);
                let found = check(heap).map(|damage| (damage.kind, damage.address));
                assert_eq!(found, Some((TAIL[0], block)), "{} of {size}", place - block);
                write(place, 1, was);
            }
        }
        assert_eq!(check(heap), None, "undone");
    }
}

#[test]
fn the_record_with_a_wrong_word_is_found() {
    let _alone = alone();
    let scene = Scene::new();
    let heap = scene.heap;
    let mut pokes = Vec::new();
    let committed = at(&heap.committed);
    pokes.extend(each("committed", committed, 8, &around(committed, 8), ANY));
    for (name, place, width) in [
        ("number", at(&heap.number), 4),
        ("slot_offset", at(&heap.slot_offset), 8),
        ("limit", at(&heap.traits.limit), 8),
        ("face", at(&heap.traits.face), 4),
        ("signature", at(&heap.signature), 8),
        ("lone", at(&heap.lone), 8),
        ("frees", at(&heap.counters.frees), 8),
    ] {
        pokes.extend(each(name, place, width, &around(place, width), HEADER));
    }
    let far = [3, 255, 1 << 31, u64::from(u32::MAX)];
    pokes.extend(each("closed", at(&heap.closed), 4, &far, HEADER));
    pokes.extend(each("reserve", at(&heap.reserve), 4, &far, HEADER));
    let (all, idle, count) =
        heap.caches.peek_with(|lists| (at(&lists.all), at(&lists.idle), at(&lists.count)));
    for (name, place) in [("all", all), ("idle", idle), ("count", count)] {
        pokes.extend(each(name, place, 8, &around(place, 8), HEADER));
    }
    inflict_each(&scene, pokes);
}

#[test]
fn a_record_overwritten_anywhere_is_found() {
    let _alone = alone();
    let scene = Scene::new();
    let heap = scene.heap;
    let start = at(heap);
    // Words that may hold anything while the heap is open, has no limit and isn't forked.
    let free = [
        at(&heap.closer),
        at(&heap.maximum),
        at(&heap.charged),
        at(&heap.lock_depth),
        at(&heap.before_fork),
        at(&heap.face_word),
        at(&heap.counting),
        at(&heap.decay),
        at(&heap.next_look),
        at(&heap.unsettled),
        at(&heap.stopped),
        at(&heap.large_allocations),
    ]
    .map(|place| place & !7);
    let mut pokes = Vec::new();
    for place in (start..start + size_of::<HeapRecord>()).step_by(8) {
        if !free.contains(&place) {
            let name = format!("word {}", (place - start) / 8);
            let values = [u64::MAX, 0x4141_4141_4141_4141, 0xABAB_ABAB_ABAB_ABAB, 0xDDDD_DDDD];
            pokes.extend(each(&name, place, 8, &values, HEADER));
        }
    }
    inflict_each(&scene, pokes);
}
