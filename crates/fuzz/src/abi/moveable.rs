//! Local* and Global*.

pub const MOVEABLE: u32 = 0x0002;
pub const ZEROINIT: u32 = 0x0040;
pub const MODIFY: u32 = 0x0080;
pub const LMEM_DISCARDABLE: u32 = 0x0F00;
pub const GMEM_DISCARDABLE: u32 = 0x0100;
pub const GMEM_DDESHARE: u32 = 0x2000;
pub const LMEM_VALID_FLAGS: u32 = 0x0F72;
pub const GMEM_VALID_FLAGS: u32 = 0x7F72;
pub const DISCARDED: u32 = 0x4000;
pub const INVALID_HANDLE: u32 = 0x8000;
pub const LOCK_COUNT: u32 = 0xFF;

macro_rules! family {
    ($alloc:ident $realloc:ident $free:ident $lock:ident $unlock:ident $size:ident $flags:ident $handle:ident) => {
        unsafe extern "C-unwind" {
            pub safe fn $alloc(flags: u32, bytes: usize) -> usize;
            pub safe fn $realloc(object: usize, bytes: usize, flags: u32) -> usize;
            pub safe fn $free(object: usize) -> usize;
            pub safe fn $lock(object: usize) -> usize;
            pub safe fn $unlock(object: usize) -> i32;
            pub safe fn $size(object: usize) -> usize;
            pub safe fn $flags(object: usize) -> u32;
            pub safe fn $handle(data: usize) -> usize;
        }
    };
}

family!(LocalAlloc LocalReAlloc LocalFree LocalLock LocalUnlock LocalSize LocalFlags LocalHandle);
family!(GlobalAlloc GlobalReAlloc GlobalFree GlobalLock GlobalUnlock GlobalSize GlobalFlags GlobalHandle);

unsafe extern "C-unwind" {
    pub safe fn GlobalFix(object: usize);
    pub safe fn GlobalUnfix(object: usize);
    pub safe fn GlobalWire(object: usize) -> usize;
    pub safe fn GlobalUnWire(object: usize) -> i32;
    pub safe fn LocalCompact(least: u32) -> usize;
    pub safe fn LocalShrink(object: usize, size: u32) -> usize;
    pub safe fn GlobalCompact(least: u32) -> usize;
}
