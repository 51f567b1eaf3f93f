//! The Rtl layer.

/// The element of RtlWalkHeap.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[repr(C)]
pub struct WalkEntry {
    pub data: usize,
    pub size: usize,
    pub overhead: u8,
    pub segment: u8,
    pub flags: u16,
    pub gap: u32,
    /// `Segment` or `Block`; of a block, the user value comes first.
    pub more: [usize; 3],
}

const _: () = assert!(size_of::<WalkEntry>() == 48);

/// Commits memory of the caller's: base, address, size.
pub type CommitRoutine = extern "C-unwind" fn(usize, &mut usize, &mut usize) -> i32;

/// RTL_HEAP_PARAMETERS.
#[derive(Default)]
#[repr(C)]
pub struct Parameters {
    pub length: u32,
    pub ignored: [usize; 6],
    pub initial_commit: usize,
    pub initial_reserve: usize,
    pub commit_routine: Option<CommitRoutine>,
    pub reserved: [usize; 2],
}

const _: () = assert!(size_of::<Parameters>() == 96);

pub const STATUS_SUCCESS: i32 = 0;
pub const STATUS_NO_MORE_ENTRIES: i32 = 0x8000_001A_u32 as i32;
pub const STATUS_NO_MEMORY: i32 = 0xC000_0017_u32 as i32;

pub const RTL_HEAP_BUSY: u16 = 0x1;
pub const RTL_HEAP_SETTABLE_VALUE: u16 = 0x10;
/// From the user flags of an allocation to those of an entry.
pub const RTL_HEAP_FLAGS_SHIFT: u32 = 4;
pub const RTL_HEAP_USER_FLAGS: u16 = 0xE0;

unsafe extern "C-unwind" {
    pub safe fn RtlCreateHeap(
        flags: u32,
        base: usize,
        reserve: usize,
        commit: usize,
        lock: usize,
        // A `Parameters`, or whatever: it is looked at carefully.
        parameters: usize,
    ) -> usize;
    pub safe fn RtlDestroyHeap(heap: usize) -> usize;
    pub safe fn RtlAllocateHeap(heap: usize, flags: u32, size: usize) -> usize;
    pub safe fn RtlReAllocateHeap(heap: usize, flags: u32, block: usize, size: usize) -> usize;
    pub safe fn RtlFreeHeap(heap: usize, flags: u32, block: usize) -> u32;
    pub safe fn RtlSizeHeap(heap: usize, flags: u32, block: usize) -> usize;
    pub safe fn RtlValidateHeap(heap: usize, flags: u32, block: usize) -> u8;

    pub safe fn RtlCompactHeap(heap: usize, flags: u32) -> usize;
    pub safe fn RtlLockHeap(heap: usize) -> u8;
    pub safe fn RtlUnlockHeap(heap: usize) -> u8;
    pub safe fn RtlWalkHeap(heap: usize, entry: Option<&mut WalkEntry>) -> i32;
    pub safe fn RtlGetUserInfoHeap(
        heap: usize,
        flags: u32,
        block: usize,
        value: Option<&mut usize>,
        user: Option<&mut u32>,
    ) -> u8;
    pub safe fn RtlSetUserValueHeap(heap: usize, flags: u32, block: usize, value: usize) -> u8;
    pub safe fn RtlSetUserFlagsHeap(
        heap: usize,
        flags: u32,
        block: usize,
        reset: u32,
        set: u32,
    ) -> u8;

    // The caller vouches for `count` pointers at `array`, unless it is null.
    pub fn RtlMultipleAllocateHeap(
        heap: usize,
        flags: u32,
        size: usize,
        count: u32,
        array: *mut usize,
    ) -> u32;
    pub fn RtlMultipleFreeHeap(heap: usize, flags: u32, count: u32, array: *const usize) -> u32;
}
