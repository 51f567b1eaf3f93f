//! Where the fields are in the structures that the directory leads to. Offsets in bytes.

/// The window: where all blocks are, and the tables about them.
///
/// ```text
///  unit map: u32 a unit     bits 8.. owner (unit of the cache), bit 7 queued, bits 0..6 code
///  code, owner 0:  0 unused, 0x70 free dirty, 0x71 free clean, 0x72 large head, 0x73 large body,
///                  0x74 engine, 0x75 heap record with a handle
///  code, owner not 0: the size class of a slab
///  headers: one a unit, meaningful in a slab, in a large block's first unit, in a free span's ends
///  live: a bit a granule, 64 words of 64 bits a unit, set at the start of each live block
///  remote: one a unit, meaningful only while the unit map says queued
/// ```
#[derive(Clone, Copy, Debug, Default)]
#[repr(C)]
pub struct WindowWords {
    /// Address of unit 0, which is never used; 0: nothing was allocated yet.
    pub base: u64,
    /// Committed granules: units below have entries in all tables.
    pub limit: u64,
    /// Address of the unit map.
    pub map: u64,
    /// Address of the headers.
    pub headers: u64,
    /// Address of the live bits.
    pub live: u64,
    /// Address of the remote bits.
    pub remote: u64,
    /// Units that fit.
    pub capacity: u64,
    /// 1: the whole range is reserved.
    pub reserved: u64,
}

/// A heap's record.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub struct HeapLayout {
    /// Length of the record.
    pub bytes: u32,
    /// `u32`: its number.
    pub number: u32,
    /// `u64`: which of the heaps made so far it is: numbers and addresses are used again.
    pub incarnation: u32,
    /// `u8`, 1: blocks record the size asked for, with guard bytes behind.
    pub sized: u32,
    /// `u8`, 1: not serialised.
    pub unserialized: u32,
    /// `u8`, 1: blocks may be executed.
    pub executable: u32,
    /// `u32`: units that stand beside the record as its first region.
    pub beside: u32,
    /// `u8`, 1: they count as committed from the start.
    pub committed_beside: u32,
    /// `u64`: most bytes of blocks; 0: no limit.
    pub limit: u32,
    /// `u32`: what the interface that made the heap keeps.
    pub face: u32,
    /// `u32`: 0 open, 1 somebody looks at the whole heap, 2 locked by the program.
    pub closed: u32,
    /// Address: the heap's first cache.
    pub caches: u32,
    /// Address: the cache that threads without one share; 0: none.
    pub shared: u32,
    /// `u64`: bits of the units beside the record without a slab.
    pub reserve: u32,
    /// `u32` (unit): the first of the heap's spans, in order of creation, linked by their headers.
    pub first_span: u32,
    /// `u8`, 1: operations are counted.
    pub counting: u32,
    /// `u64`: most bytes that spans may take; 0: no limit.
    pub maximum: u32,
    /// `u64`: bytes that spans take.
    pub committed: u32,
    /// `u64`: bytes charged against `limit`.
    pub charged: u32,
    /// `u32`: 0 as the process, 1 at once, n after n - 1 milliseconds, `u32::MAX` never.
    pub decay: u32,
    /// `u64`: blocks of large size handed out so far.
    pub large_allocations: u32,
    /// `u64`: tells a record from memory that was overwritten; see [`Signed`].
    pub signature: u32,
    /// Length of a private heap's record with what stands behind it.
    pub private_bytes: u32,
}

/// What a heap's signature is made of.
#[derive(Clone, Copy, Debug)]
pub struct Signed {
    /// See [`HeapLayout`], here as below.
    pub number: u32,
    /// The heap's incarnation.
    pub incarnation: u64,
    /// Whether blocks record their size.
    pub sized: bool,
    /// Whether it isn't serialised.
    pub unserialized: bool,
    /// Whether blocks may be executed.
    pub executable: bool,
    /// Whether units beside it count as committed.
    pub committed_beside: bool,
    /// Units beside it.
    pub beside: u32,
    /// Most bytes of blocks.
    pub limit: u64,
    /// What the interface keeps.
    pub face: u32,
}

impl Signed {
    /// The signature.
    pub const fn signature(&self) -> u64 {
        const MIX: u64 = 0x9E37_79B9_7F4A_7C15;
        let kinds = self.sized as u64
            | (self.unserialized as u64) << 1
            | (self.executable as u64) << 2
            | (self.committed_beside as u64) << 3
            | (self.beside as u64) << 4;
        let face = (self.face as u64) << 32;
        let one = (self.incarnation << 16 ^ self.number as u64).wrapping_add(1);
        let sum = one.wrapping_mul(MIX) ^ self.limit ^ face;
        (sum ^ sum >> 31).wrapping_mul(MIX) ^ kinds
    }
}

/// A thread's cache: free blocks on two stacks for each class.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub struct CacheLayout {
    /// Length, without the stacks.
    pub bytes: u32,
    /// Four addresses a class: `pop`, `push`, `limit`, `floor`. What allocations take lies below
    /// `pop` down to the bottom of that stack, a word 0; what frees put, from `push` down to
    /// `floor`. Entries are addresses of blocks, plus 1 if the block reads as zero. A word 0 above the
    /// bottom is a mark for sampling; its entry is at the bottom then. A stack with its bottom takes
    /// `limit - floor` bytes, and the two of a class are next to each other.
    pub stacks: u32,
    /// `u32`: the unit that the cache is in.
    pub unit: u32,
    /// Address, 0: no thread uses it now.
    pub slot: u32,
    /// Address of the heap's next cache.
    pub next: u32,
    /// `u32`: the thread, as it calls itself (in its own PID namespace); 0: unknown.
    pub thread: u32,
    /// `u32`: slabs with free blocks in its lists.
    pub listed: u32,
    /// `u64` a class: blocks that were put where allocations take them, so far. Less those that are
    /// still there: allocations.
    pub served: u32,
}

/// A span's header.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub struct HeaderLayout {
    /// Length.
    pub bytes: u32,
    /// `u32`: units of the span.
    pub units: u32,
    /// `u32`: in the last unit of a free span, its first.
    pub first: u32,
    /// `u32`: number of its heap.
    pub heap: u32,
    /// `u32` (unit): the heap's next span.
    pub heap_next: u32,
    /// `u32`: granules of free blocks on no stack.
    pub free_granules: u32,
    /// `u32`: granules handed out at least once.
    pub carved: u32,
    /// `u8`: size class.
    pub class: u32,
    /// `u16`: a bit for each 4 KiB page of a slab that was given back.
    pub returned: u32,
    /// `u64`: bytes of a large block that its user may use.
    pub size: u32,
    /// `u32`: number of the sample that a large block is; 0: none.
    pub sample: u32,
}

/// What threads that don't own a slab have freed of it.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub struct RemoteLayout {
    /// Length.
    pub bytes: u32,
    /// 64 `u64` words: a bit a granule.
    pub bits: u32,
}
