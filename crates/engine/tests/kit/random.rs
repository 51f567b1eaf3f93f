//! Random numbers from a seed: the same in each run.

/// A generator (xorshift64*).
pub struct Random(u64);

impl Random {
    /// A generator for a seed; any number will do.
    pub fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
    }

    /// The next number.
    pub fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_F491_4F6C_DD1D)
    }

    /// A number below `end`.
    pub fn below(&mut self, end: usize) -> usize {
        (self.next() >> 16) as usize % end
    }

    /// A block size as programs ask for them: mostly small, now and then large, rarely megabytes.
    pub fn size(&mut self) -> usize {
        match self.below(1000) {
            0..800 => self.below(512),
            800..960 => self.below(8 << 10),
            960..995 => self.below(128 << 10),
            _ => self.below(2 << 20),
        }
    }
}
