//! Writes past the end of blocks, which have to be found, and which restoring the bytes undoes.

use crate::abi::crt::{self, _heapchk};
use crate::abi::heapapi::{ERROR_INVALID_PARAMETER, HeapFree, HeapReAlloc, HeapSize, HeapValidate};
use crate::abi::native::{self, Damage, heapmin_validate};
use crate::abi::rtl::{RtlFreeHeap, RtlGetUserInfoHeap, RtlValidateHeap};
use crate::input::Choice;
use crate::model::block::{Block, Kind};
use crate::model::world::World;
use crate::pattern;
use crate::told::{call, quietly};
use arbitrary::Arbitrary;
use std::ops::Range;

/// Bytes behind every block that are the heap's own.
const GUARD: usize = 8;
/// Those of them that HeapFree looks at in any case.
const LOOKED_AT: usize = 4;

/// What is written behind a block.
#[derive(Arbitrary, Clone, Copy, Debug)]
pub struct Overrun {
    distance: u8,
    length: u8,
    change: u8,
}

impl Overrun {
    fn places(self) -> Range<usize> {
        let start = usize::from(self.distance) % GUARD;
        start..start + 1 + usize::from(self.length) % (GUARD - start)
    }

    /// Changes the bytes; the second time, they are as before.
    fn change(self, end: usize) {
        for place in self.places() {
            // SAFETY: a guard byte of a live block that nobody else uses.
            let byte = unsafe { pattern::read(end + place) };
            // SAFETY: as above.
            unsafe { pattern::swap(end + place, byte ^ self.change.max(1)) };
        }
    }
}

/// Writes behind a block, and has it found in each way.
#[track_caller]
pub fn run(world: &mut World, block: Choice, overrun: Overrun) {
    // Behind others there may be the user value, any bytes of which are good.
    let suits = |block: &Block| block.kind == Kind::Plain && block.value.is_none();
    let Some(index) = world.pick(block, suits) else { return };
    let block = world.blocks[index].clone();
    let (heap, address) = (block.heap, block.address);
    overrun.change(address + block.size);

    assert_eq!(quietly(|| HeapValidate(heap, 0, address)), 0, "HeapValidate of overrun {block:x?}");
    assert_eq!(quietly(|| HeapValidate(heap, 0, 0)), 0, "HeapValidate with overrun {block:x?}");
    assert_eq!(quietly(|| RtlValidateHeap(heap, 0, address)), 0);
    let mut damage = Damage::default();
    let kind = quietly(|| heapmin_validate(heap, Some(&mut damage)));
    let found = (kind, damage.kind, damage.heap, damage.address);
    assert_eq!(found, (native::OVERRUN, native::OVERRUN, heap, address), "overrun {block:x?}");
    let anywhere = quietly(|| heapmin_validate(0, None));
    // A heap without locks may be in another thread's use: only its own handle has it checked.
    if world.heap(heap).is_serialized() {
        assert_eq!(anywhere, native::OVERRUN, "heapmin_validate(NULL) with overrun {block:x?}");
    }
    assert_eq!(quietly(|| HeapSize(heap, 0, address)), usize::MAX, "HeapSize of {block:x?}");
    if heap == world.process() {
        assert_eq!(quietly(|| _heapchk()), crt::HEAPBADNODE, "_heapchk with overrun {block:x?}");
    }
    let bad = [ERROR_INVALID_PARAMETER];
    // HeapFree is quick: it looks at the bytes that are overrun first.
    if overrun.places().start < LOOKED_AT {
        let (freed, told) = call(|| HeapFree(heap, 0, address));
        assert_eq!(freed, 0, "HeapFree of overrun {block:x?}");
        told.one_of(&bad);
        let (freed, told) = call(|| RtlFreeHeap(heap, 0, address));
        assert_eq!(freed, 0, "RtlFreeHeap of overrun {block:x?}");
        told.one_of(&bad);
    }
    for size in [0, block.size, block.size + 100, usize::MAX - 7] {
        let (moved, told) = call(|| HeapReAlloc(heap, 0, address, size));
        assert_eq!(moved, 0, "HeapReAlloc of overrun {block:x?} to {size}");
        told.failure(&bad, world.heap(heap).bad_block(0));
    }
    let (done, told) = call(|| RtlGetUserInfoHeap(heap, 0, address, None, None));
    assert_eq!(done, 0, "RtlGetUserInfoHeap of overrun {block:x?}");
    told.one_of(&bad);

    overrun.change(address + block.size);
    assert_eq!(quietly(|| HeapValidate(heap, 0, 0)), 1, "HeapValidate after the repair");
    assert_eq!(quietly(|| heapmin_validate(0, None)), native::INTACT);
    block.check();
}
