//! heapapi.h, errhandlingapi.h and vectored exception handlers.

/// PROCESS_HEAP_ENTRY.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[repr(C)]
pub struct Entry {
    pub data: usize,
    pub size: u32,
    pub overhead: u8,
    pub region: u8,
    pub flags: u16,
    /// `Region` or `Block`.
    pub more: [usize; 3],
}

/// HEAP_SUMMARY.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[repr(C)]
pub struct Summary {
    pub cb: u32,
    pub allocated: usize,
    pub committed: usize,
    pub reserved: usize,
    pub maximum: usize,
}

const _: () = assert!(size_of::<Entry>() == 40 && size_of::<Summary>() == 40);

/// EXCEPTION_RECORD, as far as it is looked at.
#[repr(C)]
pub struct ExceptionRecord {
    pub code: u32,
}

/// EXCEPTION_POINTERS.
#[repr(C)]
pub struct ExceptionPointers<'a> {
    pub record: &'a ExceptionRecord,
    pub context: usize,
}

pub const HEAP_NO_SERIALIZE: u32 = 0x1;
pub const HEAP_GROWABLE: u32 = 0x2;
pub const HEAP_GENERATE_EXCEPTIONS: u32 = 0x4;
pub const HEAP_ZERO_MEMORY: u32 = 0x8;
pub const HEAP_REALLOC_IN_PLACE_ONLY: u32 = 0x10;
pub const HEAP_CREATE_ENABLE_EXECUTE: u32 = 0x0004_0000;
pub const HEAP_SETTABLE_USER_VALUE: u32 = 0x100;
pub const HEAP_SETTABLE_USER_FLAGS: u32 = 0xE00;

pub const PROCESS_HEAP_REGION: u16 = 0x1;
pub const PROCESS_HEAP_UNCOMMITTED_RANGE: u16 = 0x2;
pub const PROCESS_HEAP_ENTRY_BUSY: u16 = 0x4;
pub const PROCESS_HEAP_ENTRY_MOVEABLE: u16 = 0x10;
pub const PROCESS_HEAP_ENTRY_DDESHARE: u16 = 0x20;

pub const NO_ERROR: u32 = 0;
pub const ERROR_INVALID_HANDLE: u32 = 6;
pub const ERROR_NOT_ENOUGH_MEMORY: u32 = 8;
pub const ERROR_GEN_FAILURE: u32 = 31;
pub const ERROR_INVALID_PARAMETER: u32 = 87;
pub const ERROR_INSUFFICIENT_BUFFER: u32 = 122;
pub const ERROR_DISCARDED: u32 = 157;
pub const ERROR_NOT_LOCKED: u32 = 158;
pub const ERROR_NO_MORE_ITEMS: u32 = 259;
pub const ERROR_NOACCESS: u32 = 998;

pub const STATUS_NO_MEMORY: u32 = 0xC000_0017;
pub const STATUS_ACCESS_VIOLATION: u32 = 0xC000_0005;

unsafe extern "C-unwind" {
    pub safe fn GetLastError() -> u32;
    pub safe fn SetLastError(code: u32);
    pub safe fn AddVectoredExceptionHandler(
        first: u32,
        handler: extern "C-unwind" fn(&ExceptionPointers<'_>) -> i32,
    ) -> usize;

    pub safe fn RemoveVectoredExceptionHandler(handle: usize) -> u32;
    // The caller vouches for `count` numbers at `arguments`, unless it is null.
    pub fn RaiseException(code: u32, flags: u32, count: u32, arguments: *const usize);

    pub safe fn HeapCreate(options: u32, initial: usize, maximum: usize) -> usize;
    pub safe fn HeapDestroy(heap: usize) -> i32;
    pub safe fn GetProcessHeap() -> usize;
    pub safe fn HeapAlloc(heap: usize, flags: u32, bytes: usize) -> usize;
    pub safe fn HeapReAlloc(heap: usize, flags: u32, block: usize, bytes: usize) -> usize;
    pub safe fn HeapFree(heap: usize, flags: u32, block: usize) -> i32;
    pub safe fn HeapSize(heap: usize, flags: u32, block: usize) -> usize;
    pub safe fn HeapValidate(heap: usize, flags: u32, block: usize) -> i32;
    pub safe fn HeapCompact(heap: usize, flags: u32) -> usize;
    pub safe fn HeapLock(heap: usize) -> i32;
    pub safe fn HeapUnlock(heap: usize) -> i32;
    pub safe fn HeapWalk(heap: usize, entry: Option<&mut Entry>) -> i32;
    pub safe fn HeapSummary(heap: usize, flags: u32, summary: Option<&mut Summary>) -> i32;

    // The caller vouches for the room at `heaps`.
    pub fn GetProcessHeaps(room: u32, heaps: *mut usize) -> u32;
    // The caller vouches for `length` bytes at `buffer`, unless it is null.
    pub fn HeapQueryInformation(
        heap: usize,
        class: u32,
        buffer: *mut u8,
        length: usize,
        returned: Option<&mut usize>,
    ) -> i32;
    pub fn HeapSetInformation(heap: usize, class: u32, buffer: *const u8, length: usize) -> i32;
}
