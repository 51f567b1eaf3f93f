//! A live block of a heap of exact sizes: owned by value, filled with a pattern, with everything
//! that the heap should know of it.

use heapmin_engine::exact::{ExactHeap, Marks, Request, Resize};
use heapmin_engine::process;

/// Blocks up to this size are filled and checked byte by byte; of larger ones both ends are, and a
/// byte here and there.
const WHOLE_UP_TO: usize = 2 << 10;
const ENDS: usize = 256;
const STEP: usize = 1021;

/// A live block. Dropping it without [`Block::free`] leaks it.
#[derive(Debug)]
pub struct Block {
    pub heap: ExactHeap,
    pub address: usize,
    /// Bytes that it has, as the heap says.
    pub size: usize,
    pub marks: Marks,
    pub word: usize,
    pub align: usize,
    /// Of `malloc`: the process heap knows the usable size only.
    pub of_malloc: bool,
    pub seed: u64,
    /// Bytes that it had when it was filled.
    filled: usize,
}

impl Block {
    /// Allocates a block and checks what was promised of it. `None`: null came back.
    #[track_caller]
    pub fn allocate(heap: ExactHeap, request: &Request, seed: u64) -> Option<Self> {
        let address = heap.allocate(request).expose_provenance();
        if address == 0 {
            return None;
        }
        let Request { size, align, marks, zero, .. } = *request;
        let mut block =
            Self { heap, address, size, marks, word: 0, align, of_malloc: false, seed, filled: 0 };
        block.agrees();
        if zero {
            block.reads_as_zero(0);
        }
        block.fill(seed);
        Some(block)
    }

    /// A plain block.
    #[track_caller]
    pub fn plain(heap: ExactHeap, size: usize, seed: u64) -> Self {
        Self::allocate(heap, &Request::plain(size), seed).expect("memory for a block")
    }

    /// A plain block by [`ExactHeap::allocate_plain`]. `None`: null came back.
    #[track_caller]
    pub fn allocate_plain(heap: ExactHeap, size: usize, seed: u64) -> Option<Self> {
        let address = heap.allocate_plain(size).expose_provenance();
        if address == 0 {
            return None;
        }
        let marks = Marks::default();
        let mut block = Self {
            heap,
            address,
            size,
            marks,
            word: 0,
            align: 16,
            of_malloc: false,
            seed,
            filled: 0,
        };
        block.agrees();
        block.fill(seed);
        Some(block)
    }

    /// A block of `malloc`'s, in the process heap.
    #[track_caller]
    pub fn of_malloc(size: usize, seed: u64) -> Self {
        let heap = ExactHeap::process().expect("a process heap");
        let address = process::allocate(size).expose_provenance();
        assert_ne!(address, 0, "memory for {size} bytes");
        let usable = heap.size(at(address)).expect("the process heap knows malloc's blocks");
        assert_eq!(process::usable_size(at(address)), Ok(usable));
        assert!(usable >= size);
        let marks = Marks::default();
        let mut block = Self {
            heap,
            address,
            size: usable,
            marks,
            word: 0,
            align: 16,
            of_malloc: true,
            seed,
            filled: 0,
        };
        block.agrees();
        block.fill(seed);
        block
    }

    pub fn pointer(&self) -> *mut u8 {
        at(self.address)
    }

    /// Addresses that it takes; one of size 0 still takes its address.
    pub fn range(&self) -> std::ops::Range<usize> {
        self.address..self.address + self.size.max(1)
    }

    /// Whether the heap knows of the block what this value does.
    #[track_caller]
    pub fn agrees(&self) {
        let (heap, p) = (self.heap, self.pointer());
        assert!(self.address.is_multiple_of(self.align.max(16)), "not aligned: {self:?}");
        assert_eq!(heap.size(p), Ok(self.size), "{self:?}");
        assert_eq!(heap.check(p), Ok(()), "{self:?}");
        assert_eq!(heap.marks(p), Ok(self.marks), "{self:?}");
        assert_eq!(heap.word(p), Ok(self.marks.has_word.then_some(self.word)), "{self:?}");
    }

    fn bytes(&self) -> &[u8] {
        // SAFETY: a live block of `size` bytes that this value owns; any byte is a valid `u8`.
        unsafe { std::slice::from_raw_parts(self.pointer(), self.size) }
    }

    fn bytes_mut(&mut self) -> &mut [u8] {
        // SAFETY: as in `bytes`, and `&mut self` makes it exclusive.
        unsafe { std::slice::from_raw_parts_mut(self.pointer(), self.size) }
    }

    #[track_caller]
    fn reads_as_zero(&self, from: usize) {
        const ZERO: [u8; 4096] = [0; 4096];
        let beyond = self.bytes().get(from..).unwrap_or(&[]);
        let mut parts = beyond.chunks(ZERO.len());
        assert!(
            parts.all(|part| Some(part) == ZERO.get(..part.len())),
            "not zero from byte {from} on: {self:?}"
        );
    }

    pub fn fill(&mut self, seed: u64) {
        self.seed = seed;
        self.filled = self.size;
        let bytes = self.bytes_mut();
        for place in places(bytes.len()) {
            bytes[place] = pattern(seed, place);
        }
    }

    /// Checks that nobody else has written into the block.
    #[track_caller]
    pub fn check(&self) {
        assert_eq!(self.filled, self.size);
        self.check_kept(self.size);
    }

    #[track_caller]
    fn check_kept(&self, kept: usize) {
        let bytes = self.bytes();
        for place in places(self.filled).take_while(|&place| place < kept) {
            assert_eq!(bytes[place], pattern(self.seed, place), "byte {place}: {self:?}");
        }
    }

    /// Resizes the block and checks all that was promised of it. `false`: null came back, and the
    /// block is as it was.
    #[track_caller]
    pub fn resize(&mut self, resize: &Resize, seed: u64) -> bool {
        // SAFETY: this value owns the block, and takes the new address if there is one.
        let moved = unsafe { self.heap.reallocate(self.pointer(), resize) };
        let moved = moved.unwrap_or_else(|refusal| panic!("{refusal}: {self:?}"));
        if moved.is_null() {
            self.agrees();
            self.check();
            return false;
        }
        let before = self.size;
        let address = moved.expose_provenance();
        assert!(!resize.in_place || address == self.address, "moved: {self:?}");
        if self.of_malloc && resize.in_place {
            self.size = self.heap.size(moved).expect("still live");
            assert!(self.size >= resize.size, "{self:?}");
        } else {
            self.of_malloc = false;
            self.size = resize.size;
        }
        if address != self.address {
            self.align = resize.align;
        }
        self.address = address;
        if let Some(flags) = resize.flags_on_growth.filter(|_| resize.size > before) {
            self.marks.flags = flags;
        }
        if resize.zero {
            self.reads_as_zero(before);
        }
        self.becomes(before.min(resize.size), seed);
        true
    }

    /// Resizes the block as `realloc` does.
    #[track_caller]
    pub fn resize_by_malloc(&mut self, size: usize, seed: u64) {
        // SAFETY: this value owns the block, and takes the new address.
        let moved = unsafe { process::reallocate(self.pointer(), size) };
        let moved = moved.unwrap_or_else(|refusal| panic!("{refusal}: {self:?}"));
        assert!(!moved.is_null(), "memory for {size} bytes");
        let before = self.size;
        if moved.expose_provenance() != self.address {
            self.align = 16;
        }
        self.address = moved.expose_provenance();
        self.size = if self.of_malloc { self.heap.size(moved).expect("live") } else { size };
        assert!(self.size >= size, "{self:?}");
        self.becomes(before.min(size), seed);
    }

    #[track_caller]
    fn becomes(&mut self, kept: usize, seed: u64) {
        self.agrees();
        self.check_kept(kept);
        self.fill(seed);
    }

    /// Checks the block and frees it, with or without waiting for the heap's lock.
    #[track_caller]
    pub fn free_past(self, unserialized: bool) {
        self.check();
        // SAFETY: this value owns the block and ends here.
        let freed = unsafe { self.heap.free(self.pointer(), unserialized) };
        freed.unwrap_or_else(|refusal| panic!("{refusal}: {self:?}"));
    }

    #[track_caller]
    pub fn free(self) {
        self.free_past(false);
    }

    /// Leaves the block to its heap's end.
    pub fn leak(self) {}

    /// Checks the block and frees it as `free` does.
    #[track_caller]
    pub fn free_by_malloc(self) {
        self.check();
        // SAFETY: as above.
        let freed = unsafe { process::free(self.pointer()) };
        freed.unwrap_or_else(|refusal| panic!("{refusal}: {self:?}"));
    }
}

/// The pointer for an address that was exposed.
pub fn at(address: usize) -> *mut u8 {
    std::ptr::with_exposed_provenance_mut(address)
}

fn pattern(seed: u64, place: usize) -> u8 {
    ((seed ^ place as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 40) as u8
}

/// The places of a block that are filled.
fn places(size: usize) -> impl Iterator<Item = usize> {
    let (head, tail) = if size <= WHOLE_UP_TO { (size, size) } else { (ENDS, size - ENDS) };
    (0..head).chain((head..tail).step_by(STEP)).chain(tail..size)
}
