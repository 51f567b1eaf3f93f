//! The largest request, and products of a count and a size.

/// `_HEAP_MAXREQ`: a larger request fails at once. A smaller one may still fail for want of memory.
pub const HEAP_MAXREQ: usize = usize::MAX - 31;

/// The bytes of `count` elements of `size` bytes; `None` if that overflows or is more than
/// [`HEAP_MAXREQ`].
#[inline]
pub fn product(count: usize, size: usize) -> Option<usize> {
    count.checked_mul(size).filter(|&bytes| bytes <= HEAP_MAXREQ)
}
