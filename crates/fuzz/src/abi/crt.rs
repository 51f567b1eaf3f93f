//! The C run-time's functions.

/// `_HEAPINFO`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[repr(C)]
pub struct HeapInfo {
    pub pentry: usize,
    pub size: usize,
    pub useflag: i32,
}

const _: () = assert!(size_of::<HeapInfo>() == 24);

pub const HEAPOK: i32 = -2;
pub const HEAPBADNODE: i32 = -4;
pub const HEAPEND: i32 = -5;
pub const HEAPBADPTR: i32 = -6;
pub const USEDENTRY: i32 = 1;
pub const FREEENTRY: i32 = 0;
/// `_HEAP_MAXREQ`.
pub const MAXREQ: usize = usize::MAX - 31;

pub const ENOMEM: i32 = 12;
pub const EINVAL: i32 = 22;
pub const ENOSYS: i32 = 40;
/// The host's number for it.
pub const HOST_ENOSYS: i32 = 38;

/// `_invalid_parameter_handler`.
pub type ParameterHandler = extern "C-unwind" fn(usize, usize, usize, u32, usize);
/// `_PNH`.
pub type NewHandler = extern "C-unwind" fn(usize) -> i32;

unsafe extern "C-unwind" {
    pub safe fn _errno() -> &'static std::cell::Cell<i32>;
    pub safe fn _set_invalid_parameter_handler(
        handler: Option<ParameterHandler>,
    ) -> Option<ParameterHandler>;
    pub safe fn _set_new_mode(mode: i32) -> i32;
    pub safe fn _query_new_mode() -> i32;
    pub safe fn _set_new_handler(handler: Option<NewHandler>) -> Option<NewHandler>;
    pub safe fn _query_new_handler() -> Option<NewHandler>;
    pub safe fn _callnewh(size: usize) -> i32;

    pub safe fn _malloc_base(size: usize) -> usize;
    pub safe fn _calloc_base(count: usize, size: usize) -> usize;
    pub safe fn _realloc_base(block: usize, size: usize) -> usize;
    pub safe fn _free_base(block: usize);
    pub safe fn _recalloc(block: usize, count: usize, size: usize) -> usize;
    pub safe fn _expand(block: usize, size: usize) -> usize;
    pub safe fn _msize(block: usize) -> usize;
    pub safe fn _malloca(size: usize) -> usize;
    pub safe fn _freea(block: usize);

    pub safe fn _aligned_malloc(size: usize, alignment: usize) -> usize;
    pub safe fn _aligned_realloc(block: usize, size: usize, alignment: usize) -> usize;
    pub safe fn _aligned_recalloc(
        block: usize,
        count: usize,
        size: usize,
        alignment: usize,
    ) -> usize;
    pub safe fn _aligned_offset_malloc(size: usize, alignment: usize, offset: usize) -> usize;
    pub safe fn _aligned_offset_realloc(
        block: usize,
        size: usize,
        alignment: usize,
        offset: usize,
    ) -> usize;
    pub safe fn _aligned_offset_recalloc(
        block: usize,
        count: usize,
        size: usize,
        alignment: usize,
        offset: usize,
    ) -> usize;
    pub safe fn _aligned_free(block: usize);
    pub safe fn _aligned_msize(block: usize, alignment: usize, offset: usize) -> usize;

    pub safe fn _heapchk() -> i32;
    pub safe fn _heapmin() -> i32;
    pub safe fn _heapset(fill: u32) -> i32;
    pub safe fn _heapadd(memory: usize, size: usize) -> i32;
    pub safe fn _heapwalk(info: Option<&mut HeapInfo>) -> i32;
    pub safe fn _get_heap_handle() -> isize;

    // The system's side: the same heap, other cells for errno.
    pub safe fn _o_malloc(size: usize) -> usize;
    pub safe fn _o_realloc(block: usize, size: usize) -> usize;
    pub safe fn _o__recalloc(block: usize, count: usize, size: usize) -> usize;
    pub safe fn _o__expand(block: usize, size: usize) -> usize;
    pub safe fn _o__msize(block: usize) -> usize;
    pub safe fn _o_free(block: usize);
    pub safe fn _o__aligned_malloc(size: usize, alignment: usize) -> usize;
    pub safe fn _o__aligned_free(block: usize);
    pub safe fn _o__errno() -> &'static std::cell::Cell<i32>;

    pub safe fn _get_errno(value: Option<&mut i32>) -> i32;
    pub safe fn _set_errno(value: i32) -> i32;
    pub safe fn _get_doserrno(value: Option<&mut u32>) -> i32;
    pub safe fn _set_doserrno(value: u32) -> i32;

    // The caller vouches for `room` characters, unless the place is null, and for the text's end.
    pub fn strerror_s(place: *mut u8, room: usize, number: i32) -> i32;
    pub fn _strerror_s(place: *mut u8, room: usize, words: *const u8) -> i32;
    pub fn _wcserror_s(place: *mut u32, room: usize, number: i32) -> i32;
}
