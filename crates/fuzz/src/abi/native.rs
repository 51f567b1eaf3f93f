//! heapmin.h.

/// `struct heapmin_summary`.
#[derive(Clone, Copy, Debug, Default)]
#[repr(C)]
pub struct Summary {
    pub heaps: usize,
    pub blocks: usize,
    pub allocated: usize,
    pub committed: usize,
    pub reserved: usize,
    pub largest_free: usize,
}

/// `struct heapmin_damage`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[repr(C)]
pub struct Damage {
    pub heap: usize,
    pub address: usize,
    pub size: usize,
    pub kind: i32,
}

/// `struct heapmin_left`.
#[derive(Clone, Copy, Debug, Default)]
#[repr(C)]
pub struct Left {
    pub live: usize,
    pub fragmented: usize,
    pub cached: usize,
    pub huge: usize,
    pub metadata: usize,
}

/// `struct heapmin_trimmed`.
#[derive(Clone, Copy, Debug, Default)]
#[repr(C)]
pub struct Trimmed {
    pub before: usize,
    pub after: usize,
    pub released: usize,
    pub left: Left,
}

pub const NO_HEAP: i32 = -1;
pub const INTACT: i32 = 0;
pub const OVERRUN: i32 = 1;

unsafe extern "C-unwind" {
    pub safe fn heapmin_trim() -> usize;
    pub safe fn heapmin_heap_trim(heap: usize, report: Option<&mut Trimmed>) -> i32;
    pub safe fn heapmin_heap_summary(heap: usize, summary: Option<&mut Summary>) -> i32;
    pub safe fn heapmin_validate(heap: usize, damage: Option<&mut Damage>) -> i32;

    // The caller vouches for `size` bytes at `text`.
    pub fn heapmin_damage_text(damage: Option<&Damage>, text: *mut u8, size: usize) -> usize;
}
