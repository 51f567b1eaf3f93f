//! Walks: every byte that a heap has committed is in one element, every live block too, and any
//! element leads to the next one, whoever asks and when.

use crate::alone;
use crate::block::Block;
use crate::kit::random::Random;
use crate::world::size;
use heapmin_engine::exact::{
    BadCursor, Cursor, CursorKind, Element, ElementKind, ExactHeap, ExactOptions, Marks, Summary,
};
use std::collections::HashSet;

const UNIT: usize = 64 << 10;
const LARGE: u8 = 64;

/// A live block as a walk shows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Busy {
    pub address: usize,
    pub size: usize,
    pub marks: Marks,
    pub word: usize,
}

fn cursor(element: &Element) -> Cursor {
    let kind = match element.kind {
        ElementKind::Region { .. } => CursorKind::Region,
        ElementKind::Uncommitted => CursorKind::Uncommitted,
        _ => CursorKind::Block,
    };
    Cursor { address: element.address, kind, region: element.region }
}

/// All elements, from first to last.
pub fn elements(heap: ExactHeap) -> Vec<Element> {
    let mut elements: Vec<Element> = Vec::new();
    while let Some(element) =
        heap.walk(elements.last().map(cursor)).expect("an element leads to the next one")
    {
        elements.push(element);
        assert!(elements.len() < 1_000_000, "the walk ends");
    }
    elements
}

fn end(element: &Element) -> usize {
    element.address + element.size + element.overhead
}

/// Walks the heap, checks all elements against one another and the summary, and returns the live
/// blocks by address.
#[track_caller]
pub fn checked(heap: ExactHeap) -> Vec<Busy> {
    heap.lock();
    let elements = elements(heap);
    assert_eq!(elements, self::elements(heap), "two walks differ");
    let summary = heap.summary();
    assert!(heap.unlock());
    for region in regions(&elements) {
        check_region(heap, region);
    }
    check_apart(&elements);
    assert_eq!(summary, sums(&elements));
    let mut busy: Vec<Busy> = elements.iter().filter_map(busy).collect();
    busy.sort_by_key(|busy| busy.address);
    busy
}

fn busy(element: &Element) -> Option<Busy> {
    let ElementKind::Busy { marks, word } = element.kind else { return None };
    Some(Busy { address: element.address, size: element.size, marks, word })
}

/// The elements of each region, its header first; the large blocks have none.
fn regions(elements: &[Element]) -> Vec<&[Element]> {
    let starts = |element: &Element| matches!(element.kind, ElementKind::Region { .. });
    let mut regions = Vec::new();
    let mut rest = elements;
    while let [first, after @ ..] = rest {
        let large = first.region == LARGE;
        let length = after
            .iter()
            .position(|next| starts(next) || (next.region == LARGE) != large)
            .map_or(rest.len(), |at| at + 1);
        let (region, others) = rest.split_at(length);
        regions.push(region);
        rest = others;
    }
    for (number, region) in regions.iter().enumerate() {
        let expected = if region[0].region == LARGE { LARGE } else { number.min(63) as u8 };
        assert!(region.iter().all(|element| element.region == expected), "{region:?}");
    }
    regions
}

fn check_region(heap: ExactHeap, elements: &[Element]) {
    let (header, pieces) = elements.split_first().expect("a region has a header");
    let ElementKind::Region { committed, uncommitted, first_block, last_block } = header.kind
    else {
        return check_large(elements);
    };
    let bytes = |uncommitted: bool| -> usize {
        let wanted = |piece: &&Element| (piece.kind == ElementKind::Uncommitted) == uncommitted;
        pieces.iter().filter(wanted).map(|piece| piece.size + piece.overhead).sum()
    };
    assert_eq!(bytes(true), uncommitted, "{elements:?}");
    let inside = |piece: &Element| (first_block..last_block).contains(&piece.address);
    assert!(pieces.iter().all(inside), "{elements:?}");
    if header.region == 0 {
        assert_eq!(header.address, heap.handle());
        assert_eq!(header.size + bytes(false), committed, "{elements:?}");
        assert_eq!(committed + uncommitted, last_block - header.address, "{header:?}");
    } else {
        assert_eq!(bytes(false), committed, "{elements:?}");
        assert_eq!((first_block, committed, uncommitted), (pieces[0].address, UNIT, 0));
    }
    // Side by side, but for the uncommitted bytes between the header and the first slab.
    let pieces: Vec<&Element> =
        pieces.iter().filter(|piece| piece.kind != ElementKind::Uncommitted).collect();
    for pair in pieces.windows(2) {
        let across = header.region == 0 && pair[1].address.is_multiple_of(UNIT);
        assert!(end(pair[0]) == pair[1].address || across, "{pair:?}");
        let both_free = pair.iter().all(|piece| piece.kind == ElementKind::Free)
            && !pair[1].address.is_multiple_of(UNIT);
        assert!(!both_free, "one run of free blocks in two: {pair:?}");
    }
}

/// Large blocks: what is left of the units, then the block.
fn check_large(elements: &[Element]) {
    let mut rest: Option<&Element> = None;
    for element in elements {
        match element.kind {
            ElementKind::Slack => assert!(rest.replace(element).is_none(), "{elements:?}"),
            ElementKind::Busy { .. } => {
                assert!(element.address.is_multiple_of(UNIT), "{element:?}");
                let whole = match rest.take() {
                    Some(rest) => {
                        assert_eq!(end(element), rest.address);
                        end(rest)
                    }
                    None => end(element),
                };
                assert!(whole.is_multiple_of(UNIT), "{elements:?}");
            }
            _ => panic!("{element:?} among the large blocks"),
        }
    }
    assert_eq!(rest, None);
}

/// No byte is in two elements.
fn check_apart(elements: &[Element]) {
    let mut by_address: Vec<&Element> = elements.iter().collect();
    by_address.sort_by_key(|element| element.address);
    for pair in by_address.windows(2) {
        assert!(end(pair[0]) <= pair[1].address, "{pair:?}");
        // The process heap's region has a header without a byte.
        let header = matches!(pair[0].kind, ElementKind::Region { .. }) && pair[0].size == 0;
        assert!(pair[0].address < pair[1].address || header, "{pair:?}");
    }
}

fn sums(elements: &[Element]) -> Summary {
    let mut sums = Summary::default();
    for element in elements {
        let bytes = element.size + element.overhead;
        sums.reserved += bytes;
        match element.kind {
            ElementKind::Uncommitted => continue,
            ElementKind::Busy { .. } => {
                sums.blocks += 1;
                sums.allocated += element.size;
            }
            ElementKind::Free | ElementKind::Slack => {
                sums.largest_free = sums.largest_free.max(bytes);
            }
            ElementKind::Region { .. } => {}
        }
        sums.committed += bytes;
    }
    sums
}

fn is_inside_free(element: &Element, address: usize) -> bool {
    element.kind == ElementKind::Free && element.address < address && address < end(element)
}

/// A heap with blocks of all sizes, some freed.
fn used(options: ExactOptions, seed: u64) -> (ExactHeap, Vec<Block>) {
    let heap = ExactHeap::create(options).expect("memory for a heap");
    let mut random = Random::new(seed);
    let mut blocks = Vec::new();
    for _ in 0..400 {
        let size = size(&mut random);
        let block = Block::plain(heap, size, random.next());
        if random.below(3) == 0 { block.free() } else { blocks.push(block) }
    }
    (heap, blocks)
}

#[test]
fn a_new_heap_is_one_region_with_nothing_in_it() {
    let _alone = alone();
    let heap = ExactHeap::create(ExactOptions::default()).expect("memory for a heap");
    assert_eq!(checked(heap), []);
    let kinds: Vec<CursorKind> = elements(heap).iter().map(|piece| cursor(piece).kind).collect();
    assert_eq!(kinds, [CursorKind::Region, CursorKind::Block, CursorKind::Uncommitted]);
    let summary = heap.summary();
    assert_eq!((summary.blocks, summary.allocated, summary.reserved), (0, 0, 2 * UNIT));
    // SAFETY: nobody else knows the heap.
    unsafe { heap.destroy() };
}

#[test]
fn steps_from_elements_in_any_order_lead_to_the_next_ones() {
    let _alone = alone();
    for (seed, unserialized) in [(1, false), (2, true)] {
        let (heap, blocks) = used(ExactOptions { unserialized, ..Default::default() }, seed);
        let elements = elements(heap);
        let mut random = Random::new(seed);
        for _ in 0..2000 {
            let at = random.below(elements.len());
            assert_eq!(heap.walk(Some(cursor(&elements[at]))), Ok(elements.get(at + 1).copied()));
        }
        assert_eq!(heap.walk(None), Ok(Some(elements[0])));
        assert_eq!(checked(heap).len(), blocks.len());
        // SAFETY: the blocks are forgotten with the heap.
        unsafe { heap.destroy() };
    }
}

#[test]
fn a_cursor_that_is_at_no_element_is_refused() {
    let _alone = alone();
    let (heap, _blocks) = used(ExactOptions::default(), 3);
    let (other, _others) = used(ExactOptions::default(), 4);
    let elements = elements(heap);
    let key = |cursor: Cursor| (cursor.address, cursor.kind as usize);
    let good: HashSet<_> = elements.iter().map(|element| key(cursor(element))).collect();
    let kinds = [CursorKind::Region, CursorKind::Block, CursorKind::Uncommitted];
    let local = 0u64;
    let near = |address: usize| {
        [0, 1, 8, 15, 16, 32, 64, 128, 4096, UNIT].map(|more| address.wrapping_add(more))
    };
    let addresses = elements
        .iter()
        .flat_map(|element| near(element.address).into_iter().chain([end(element)]))
        .chain(self::elements(other).into_iter().map(|element| element.address))
        .chain([0, 1, 16, usize::MAX, usize::MAX - 15, 1 << 47, std::ptr::from_ref(&local).addr()])
        .chain([0, 1, 2, 64, 127, 128, 1000].map(|unit| heap.handle().wrapping_sub(unit * UNIT)));
    // Headers of slabs lie in one table, 64 bytes apart.
    let headers = elements.iter().filter(|element| element.region == 1 && element.size == 64);
    let table = headers.map(|header| header.address).min().expect("a second region");
    let addresses = addresses.chain((0..600).map(|header| table - 300 * 64 + header * 64));
    let mut refused = 0;
    for address in addresses {
        for kind in kinds {
            let cursor = Cursor { address, kind, region: 1 };
            let step = heap.walk(Some(cursor));
            if kind == CursorKind::Block
                && let Some(free) = elements.iter().find(|free| is_inside_free(free, address))
            {
                // A block of a run of free ones: to the element behind the run, if anywhere.
                let behind = heap.walk(Some(Cursor { region: 1, ..self::cursor(free) }));
                assert!(step.is_err() || step == behind, "{cursor:?}");
                continue;
            }
            assert_eq!(
                step == Err(BadCursor),
                !good.contains(&key(cursor)),
                "{cursor:?}: {step:?}"
            );
            refused += usize::from(step.is_err());
        }
    }
    assert!(refused > 1000, "{refused}");
    for heap in [heap, other] {
        // SAFETY: the blocks are forgotten with the heap.
        unsafe { heap.destroy() };
    }
}

#[test]
fn a_cursor_of_a_block_that_was_freed_leads_on_or_is_refused() {
    let _alone = alone();
    let (heap, blocks) = used(ExactOptions::default(), 5);
    let cursors: Vec<Cursor> = elements(heap).iter().map(cursor).collect();
    blocks.into_iter().for_each(Block::free);
    heap.trim();
    for cursor in cursors {
        // Whatever the answer, it is one.
        if let Ok(Some(element)) = heap.walk(Some(cursor)) {
            assert!(busy(&element).is_none(), "{element:?}");
        }
    }
    assert_eq!(checked(heap), []);
    // SAFETY: its blocks were freed, and nobody else knows the heap.
    unsafe { heap.destroy() };
}
