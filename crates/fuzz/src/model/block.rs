//! A live block.

use crate::abi::crt::{_aligned_msize, _msize};
use crate::abi::debug::{
    _CrtIsMemoryBlock, _CrtIsValidHeapPointer, _CrtReportBlockType, _aligned_msize_dbg, _msize_dbg,
    GUARD, NO_MANS_LAND,
};
use crate::abi::heapapi::{HEAP_NO_SERIALIZE, HeapSize, HeapValidate};
use crate::abi::rtl::{RtlGetUserInfoHeap, RtlSizeHeap, RtlValidateHeap};
use crate::pattern::{self, Written};
use crate::told::quietly;

/// Which functions a block is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The heap's own; of the process heap also `free`'s and those of fixed objects.
    Plain,
    /// The aligned family's.
    Aligned { alignment: usize, offset: usize },
    /// `_malloca`'s.
    Stack,
    /// The data of the moveable object with this handle.
    Moveable { handle: usize },
    /// The debug heap's: its use, and its request number.
    Debug { block_use: i32, request: i32 },
    /// The debug heap's aligned functions'.
    DebugAligned { alignment: usize, offset: usize },
}

/// A live block, its contents a pattern unless a debug function has filled it just now.
#[derive(Clone, Debug)]
pub struct Block {
    pub heap: usize,
    pub address: usize,
    pub size: usize,
    pub kind: Kind,
    /// The heap's block, in which the caller's bytes are: the same, mostly.
    pub base: usize,
    pub base_size: usize,
    /// The user value, if it has room for one.
    pub value: Option<usize>,
    /// User flags, as RtlAllocateHeap has them.
    pub flags: u32,
    pub seed: u8,
}

impl Block {
    /// A block that a heap function returned for its own callers.
    pub fn plain(heap: usize, address: usize, size: usize) -> Self {
        let (base, base_size) = (address, size);
        Self {
            heap,
            address,
            size,
            kind: Kind::Plain,
            base,
            base_size,
            value: None,
            flags: 0,
            seed: 0,
        }
    }

    /// A block in the process heap for functions that may keep something before the caller's bytes.
    pub fn of_kind(process: usize, address: usize, size: usize, kind: Kind) -> Self {
        let mut block = Self { kind, ..Self::plain(process, address, size) };
        (block.base, block.base_size) = match kind {
            Kind::Plain | Kind::Moveable { .. } => (address, size),
            // These write down themselves where their block starts: look for it.
            _ => find_base(process, address),
        };
        assert!(
            block.base + block.base_size >= address + size,
            "the heap's block is shorter than the caller's: {block:x?}"
        );
        block
    }

    /// The addresses that it takes; one of size 0 still takes its address.
    pub fn overlaps(&self, other: &Self) -> bool {
        let end = |block: &Self| block.base + block.base_size.max(1);
        self.base < end(other) && other.base < end(self)
    }

    /// Writes the pattern.
    pub fn fill(&mut self, seed: u8) {
        self.seed = seed;
        // SAFETY: the model has it as a live block of this size, and only the model uses it.
        unsafe { pattern::fill(self.address, self.size, seed) };
    }

    /// Checks the first `kept` bytes of what this was at its old address, for the block that came
    /// of it.
    #[track_caller]
    pub fn check_kept(&self, new_address: usize, kept: usize) {
        let Self { address, size, seed, .. } = *self;
        // SAFETY: a live block with this many bytes, by the result of the call before.
        unsafe { pattern::check(new_address, kept.min(size), Written { address, size, seed }) };
    }

    /// Checks contents, size, and that the heap takes it for what it is.
    #[track_caller]
    pub fn check(&self) {
        self.check_kept(self.address, self.size);
        self.check_known();
    }

    /// Checks what is known of the block, without its contents.
    #[track_caller]
    pub fn check_known(&self) {
        let Self { heap, address, size, base, base_size, .. } = *self;
        assert_eq!(quietly(|| HeapSize(heap, 0, base)), base_size, "HeapSize of {self:x?}");
        assert_eq!(quietly(|| HeapValidate(heap, 0, base)), 1, "HeapValidate of {self:x?}");
        match self.kind {
            Kind::Plain | Kind::Moveable { .. } => self.check_user_info(),
            Kind::Aligned { alignment, offset } => {
                assert!((address + offset).is_multiple_of(alignment), "not aligned: {self:x?}");
                let found = quietly(|| _aligned_msize(address, alignment, offset));
                assert_eq!(found, size, "_aligned_msize of {self:x?}");
            }
            Kind::Stack => {}
            Kind::Debug { block_use, request } => {
                assert_eq!(quietly(|| _msize_dbg(address, block_use)), size);
                assert_eq!(quietly(|| _CrtReportBlockType(address)), block_use, "{self:x?}");
                let mut found = 0;
                let size = u32::try_from(size).expect("blocks are below 4 GiB");
                let is_block =
                    quietly(|| _CrtIsMemoryBlock(address, size, Some(&mut found), None, None));
                assert_eq!((is_block, found), (1, request), "_CrtIsMemoryBlock of {self:x?}");
                let other = _CrtIsMemoryBlock(address, size + 1, Some(&mut found), None, None);
                assert_eq!((other, found), (0, 0), "_CrtIsMemoryBlock of another size");
                self.check_guards();
            }
            Kind::DebugAligned { alignment, offset } => {
                assert!((address + offset).is_multiple_of(alignment), "not aligned: {self:x?}");
                let found = quietly(|| _aligned_msize_dbg(address, alignment, offset));
                assert_eq!(found, size, "_aligned_msize_dbg of {self:x?}");
                assert_eq!(quietly(|| _CrtIsValidHeapPointer(address)), 1, "{self:x?}");
            }
        }
    }

    #[track_caller]
    fn check_user_info(&self) {
        const UNTOUCHED: usize = 0x5AFE;
        let Self { heap, address, size, .. } = *self;
        assert!(address.is_multiple_of(16), "not aligned: {self:x?}");
        assert_eq!(quietly(|| HeapSize(heap, HEAP_NO_SERIALIZE, address)), size);
        assert_eq!(quietly(|| RtlSizeHeap(heap, 0, address)), size);
        assert_eq!(quietly(|| RtlValidateHeap(heap, 0, address)), 1);
        if self.heap == crate::abi::heapapi::GetProcessHeap() {
            assert_eq!(quietly(|| _msize(address)), size, "_msize of {self:x?}");
        }
        let (mut value, mut user) = (UNTOUCHED, u32::MAX);
        let told =
            quietly(|| RtlGetUserInfoHeap(heap, 0, address, Some(&mut value), Some(&mut user)));
        assert_eq!(told, 1, "RtlGetUserInfoHeap of {self:x?}");
        assert_eq!(value, self.value.unwrap_or(UNTOUCHED), "the user value of {self:x?}");
        assert_eq!(user, self.flags, "the user flags of {self:x?}");
    }

    #[track_caller]
    fn check_guards(&self) {
        let end = self.address + self.size;
        for place in (self.address - GUARD..self.address).chain(end..end + GUARD) {
            // SAFETY: header and guard are inside the heap's block.
            let found = unsafe { pattern::read(place) };
            assert_eq!(found, NO_MANS_LAND, "the guard byte at {place:#x} of {self:x?}");
        }
    }
}

/// The user flags of a block as they are: what becomes of them when functions without flags make it
/// larger, isn't documented.
#[track_caller]
pub fn flags_now(heap: usize, address: usize) -> u32 {
    let mut user = 0;
    let told = quietly(|| RtlGetUserInfoHeap(heap, 0, address, None, Some(&mut user)));
    assert_eq!(told, 1, "RtlGetUserInfoHeap of {address:#x}");
    user
}

/// The live block of the process heap in which the address is, with its size.
fn find_base(process: usize, address: usize) -> (usize, usize) {
    /// Farthest from a block's start that a function puts the caller's bytes.
    const FARTHEST: usize = 3 * 4096;
    let last = address & !15;
    for base in (last.saturating_sub(FARTHEST)..=last).rev().step_by(16) {
        if HeapValidate(process, 0, base) != 0 {
            return (base, HeapSize(process, 0, base));
        }
    }
    panic!("no block of the process heap has the bytes at {address:#x}");
}
