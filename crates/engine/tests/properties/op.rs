//! The operations, and how they are drawn: sizes at the borders of classes, pages and units.

use heapmin_engine::process;
use proptest::prelude::*;
use std::sync::LazyLock;

/// What a thread does with a heap. Picks are taken modulo what there is to pick from.
#[derive(Clone, Debug)]
pub enum Op {
    Allocate {
        size: usize,
        align: usize,
        zeroed: bool,
    },
    AllocateMany {
        size: usize,
        count: usize,
    },
    /// More than the address space has: null, and nothing changes.
    AllocateAbsurd {
        size: usize,
        align: usize,
    },
    Reallocate {
        pick: usize,
        size: usize,
    },
    ReallocateAbsurd {
        pick: usize,
    },
    ResizeInPlace {
        pick: usize,
        size: usize,
    },
    Free {
        pick: usize,
    },
    FreeMany {
        pick: usize,
        every: usize,
        count: usize,
    },
    /// Everything that was freed since memory was last taken is given to `free` again.
    FreeAgain,
    Refuse {
        pick: usize,
        wrong: Wrong,
    },
    Trim,
    CreateHeap,
    DestroyHeap {
        pick: usize,
    },
    /// The helping thread ends, and another one starts.
    ChangeHelper,
}

/// A pointer that isn't one to a live block of the heap.
#[derive(Clone, Copy, Debug)]
pub enum Wrong {
    Inside { granules: usize },
    Unaligned { bytes: usize },
    OfAnotherHeap,
    OnTheStack,
    Static,
    NearNull,
    Kernel,
}

/// One operation, who does it and in which heap.
#[derive(Clone, Debug)]
pub struct Step {
    pub by_helper: bool,
    pub heap: usize,
    pub op: Op,
}

static BLOCK_SIZES: LazyLock<Vec<usize>> =
    LazyLock::new(|| process::statistics().classes.iter().map(|class| class.block_size).collect());

fn near(size: usize) -> impl Strategy<Value = usize> {
    (size.saturating_sub(1)..=size + 1).boxed()
}

/// Sizes up to some MiB, most of them where something changes.
pub fn size() -> impl Strategy<Value = usize> {
    prop_oneof![
        40 => prop::sample::select(BLOCK_SIZES.clone()).prop_flat_map(near),
        30 => 0usize..=1024,
        12 => (1usize..=32).prop_flat_map(|pages| near(pages * 4096)),
        12 => (1usize..=20).prop_flat_map(|units| near(units * 65536)),
        2 => 1usize..12 << 20,
    ]
}

fn small() -> impl Strategy<Value = usize> {
    prop::sample::select(BLOCK_SIZES.iter().copied().filter(|&s| s <= 4096).collect::<Vec<_>>())
}

/// Alignments from 1 to 1 GiB.
fn align() -> impl Strategy<Value = usize> {
    prop_oneof![60 => 0u32..=7, 30 => 8u32..=16, 8 => 17u32..=22, 2 => 23u32..=30]
        .prop_map(|log2| 1 << log2)
}

fn wrong() -> impl Strategy<Value = Wrong> {
    prop_oneof![
        any::<usize>().prop_map(|granules| Wrong::Inside { granules }),
        (1usize..16).prop_map(|bytes| Wrong::Unaligned { bytes }),
        Just(Wrong::OfAnotherHeap),
        Just(Wrong::OnTheStack),
        Just(Wrong::Static),
        Just(Wrong::NearNull),
        Just(Wrong::Kernel),
    ]
}

fn op() -> impl Strategy<Value = Op> {
    let pick = any::<usize>;
    prop_oneof![
        20 => (size(), align(), any::<bool>())
            .prop_map(|(size, align, zeroed)| Op::Allocate { size, align, zeroed }),
        10 => (size(), any::<bool>()).prop_map(|(size, zeroed)| Op::Allocate { size, align: 1, zeroed }),
        8 => (small(), 1usize..400).prop_map(|(size, count)| Op::AllocateMany { size, count }),
        1 => (any::<usize>(), align())
            .prop_map(|(size, align)| Op::AllocateAbsurd { size: size | 1 << 63, align }),
        1 => (any::<usize>(), align())
            .prop_map(|(size, align)| Op::AllocateAbsurd { size: size >> 1 | 1 << 62, align }),
        14 => (pick(), size()).prop_map(|(pick, size)| Op::Reallocate { pick, size }),
        1 => pick().prop_map(|pick| Op::ReallocateAbsurd { pick }),
        6 => (pick(), size()).prop_map(|(pick, size)| Op::ResizeInPlace { pick, size }),
        20 => pick().prop_map(|pick| Op::Free { pick }),
        8 => (pick(), 1usize..5, 1usize..400)
            .prop_map(|(pick, every, count)| Op::FreeMany { pick, every, count }),
        8 => Just(Op::FreeAgain),
        8 => (pick(), wrong()).prop_map(|(pick, wrong)| Op::Refuse { pick, wrong }),
        3 => Just(Op::Trim),
        2 => Just(Op::CreateHeap),
        1 => pick().prop_map(|pick| Op::DestroyHeap { pick }),
        1 => Just(Op::ChangeHelper),
    ]
}

/// One step: two thirds by the main thread.
pub fn step() -> impl Strategy<Value = Step> {
    (prop::bool::weighted(0.33), 0usize..4, op()).prop_map(|(by_helper, heap, op)| Step {
        by_helper,
        heap,
        op,
    })
}
