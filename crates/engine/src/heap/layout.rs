//! Where readers outside the process find what is in a heap's record.

use super::record::{CacheLists, HeapRecord, SpanList, Traits};
use super::registry::PrivateHeap;
use crate::cache::Cache;
use crate::os::lock::Lock;
use core::mem::offset_of;
use heapmin_directory::layout::HeapLayout;

/// The offset of a field of the record.
macro_rules! at {
    ($($field:tt)+) => {
        offset_of!(HeapRecord, $($field)+) as u32
    };
}

/// See the module.
pub const HEAP: HeapLayout = HeapLayout {
    bytes: size_of::<HeapRecord>() as u32,
    number: at!(number),
    incarnation: at!(incarnation),
    sized: at!(traits) + offset_of!(Traits, sized) as u32,
    unserialized: at!(traits) + offset_of!(Traits, unserialized) as u32,
    executable: at!(traits) + offset_of!(Traits, executable) as u32,
    beside: at!(traits) + offset_of!(Traits, beside) as u32,
    committed_beside: at!(traits) + offset_of!(Traits, committed) as u32,
    limit: at!(traits) + offset_of!(Traits, limit) as u32,
    face: at!(traits) + offset_of!(Traits, face) as u32,
    closed: at!(closed),
    caches: at!(caches) + Lock::<CacheLists>::VALUE as u32 + offset_of!(CacheLists, all) as u32,
    shared: at!(shared) + Lock::<*const Cache>::VALUE as u32,
    reserve: at!(reserve),
    first_span: at!(spans) + Lock::<SpanList>::VALUE as u32 + offset_of!(SpanList, first) as u32,
    counting: at!(counting),
    maximum: at!(maximum),
    committed: at!(committed),
    charged: at!(charged),
    decay: at!(decay),
    large_allocations: at!(large_allocations),
    signature: at!(signature),
    private_bytes: size_of::<PrivateHeap>() as u32,
};
