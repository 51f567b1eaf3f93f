//! The debug heap.

/// `_CrtMemState`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[repr(C)]
pub struct State {
    pub newest: usize,
    pub counts: [usize; 5],
    pub sizes: [usize; 5],
    pub high_water: usize,
    pub total: usize,
}

const _: () = assert!(size_of::<State>() == 104);

pub const NORMAL_BLOCK: i32 = 1;
pub const CRT_BLOCK: i32 = 2;
pub const IGNORE_BLOCK: i32 = 3;
pub const CLIENT_BLOCK: i32 = 4;
pub const ALLOC_MEM: i32 = 1;
/// Every bit that `_CrtSetDbgFlag` knows in its lower half.
pub const KNOWN_FLAGS: i32 = 0x37;
pub const HEADER: usize = 48;
pub const GUARD: usize = 4;
pub const NO_MANS_LAND: u8 = 0xFD;
pub const FRESH: u8 = 0xCD;

/// `_CRT_ALLOC_HOOK`.
pub type AllocHook = extern "C-unwind" fn(i32, usize, usize, i32, i32, usize, i32) -> i32;

/// What `_CrtDoForAllClientObjects` calls.
pub type Visit = extern "C-unwind" fn(usize, &std::cell::Cell<usize>);

unsafe extern "C-unwind" {
    pub safe fn _malloc_dbg(size: usize, kind: i32, file: usize, line: i32) -> usize;
    pub safe fn _calloc_dbg(count: usize, size: usize, kind: i32, file: usize, line: i32) -> usize;
    pub safe fn _realloc_dbg(block: usize, size: usize, kind: i32, file: usize, line: i32)
    -> usize;
    pub safe fn _recalloc_dbg(
        block: usize,
        count: usize,
        size: usize,
        kind: i32,
        file: usize,
        line: i32,
    ) -> usize;
    pub safe fn _expand_dbg(block: usize, size: usize, kind: i32, file: usize, line: i32) -> usize;
    pub safe fn _free_dbg(block: usize, kind: i32);
    pub safe fn _msize_dbg(block: usize, kind: i32) -> usize;
    pub safe fn _aligned_offset_malloc_dbg(
        size: usize,
        alignment: usize,
        offset: usize,
        file: usize,
        line: i32,
    ) -> usize;
    pub safe fn _aligned_offset_recalloc_dbg(
        block: usize,
        count: usize,
        size: usize,
        alignment: usize,
        offset: usize,
        file: usize,
        line: i32,
    ) -> usize;
    pub safe fn _aligned_offset_realloc_dbg(
        block: usize,
        size: usize,
        alignment: usize,
        offset: usize,
        file: usize,
        line: i32,
    ) -> usize;
    pub safe fn _aligned_free_dbg(block: usize);
    pub safe fn _aligned_msize_dbg(block: usize, alignment: usize, offset: usize) -> usize;

    pub safe fn _CrtCheckMemory() -> i32;
    pub safe fn _CrtIsValidHeapPointer(pointer: usize) -> i32;
    pub safe fn _CrtIsMemoryBlock(
        pointer: usize,
        size: u32,
        request: Option<&mut i32>,
        file: Option<&mut usize>,
        line: Option<&mut i32>,
    ) -> i32;
    pub safe fn _CrtReportBlockType(pointer: usize) -> i32;
    pub safe fn _CrtMemCheckpoint(state: Option<&mut State>);
    pub safe fn _CrtMemDifference(
        difference: Option<&mut State>,
        older: Option<&State>,
        newer: Option<&State>,
    ) -> i32;
    pub safe fn _CrtSetDbgFlag(flags: i32) -> i32;
    pub safe fn _CrtSetAllocHook(hook: Option<AllocHook>) -> Option<AllocHook>;
    pub safe fn _CrtSetReportMode(kind: i32, mode: i32) -> i32;
    pub safe fn _CrtDoForAllClientObjects(visit: Option<Visit>, context: &std::cell::Cell<usize>);
    pub safe fn _CrtDumpMemoryLeaks() -> i32;
    pub safe fn _CrtMemDumpStatistics(state: Option<&State>);
    pub safe fn _CrtMemDumpAllObjectsSince(state: Option<&State>);
}
