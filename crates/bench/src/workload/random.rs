//! Fixed-seed random numbers and the sizes that workloads ask for.

use super::table::Table;

/// A small fast generator (a Weyl sequence, mixed); the same numbers in every process.
pub struct Random(u64);

impl Random {
    /// A generator whose numbers depend on `seed` alone.
    pub const fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ 0x2545_f491_4f6c_dd1d)
    }

    /// The next 32 random bits.
    #[inline(always)]
    pub fn bits(&mut self) -> u32 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let wide = u128::from(self.0) * u128::from(self.0 ^ 0xd6e8_feb8_6659_fd93);
        ((wide >> 64) ^ wide) as u32
    }

    /// A number below `limit`, all equally likely (for limits far below 2^32).
    #[inline(always)]
    pub fn below(&mut self, limit: u32) -> u32 {
        ((u64::from(self.bits()) * u64::from(limit)) >> 32) as u32
    }

    /// A number in `low..=high` whose logarithm is uniform: half of all numbers between 1 and
    /// 100 are below 10.
    pub fn logarithmic(&mut self, low: u32, high: u32) -> u32 {
        let unit = f64::from(self.bits()) / f64::from(u32::MAX);
        let ratio = f64::from(high) / f64::from(low);
        ((f64::from(low) * ratio.powf(unit)) as u32).clamp(low, high)
    }
}

/// Sizes drawn beforehand, so that drawing costs the timed loop one load.
pub struct Sizes(Table<u32>);

impl Sizes {
    const COUNT: usize = 4096;

    /// What programs ask for: 60 % up to 64 bytes, 30 % up to 256, 9 % up to 1 KiB, 1 % up to
    /// 8 KiB; about 140 bytes on average.
    pub fn typical(seed: u64) -> Self {
        let mut random = Random::new(seed);
        Self(Table::filled(Self::COUNT, |_| match random.below(100) {
            0..60 => 16 + random.below(49),
            60..90 => 65 + random.below(192),
            90..99 => 257 + random.below(768),
            _ => 1025 + random.below(7168),
        }))
    }

    /// Every size in `low..=high` equally often.
    pub fn uniform(seed: u64, low: u32, high: u32) -> Self {
        let mut random = Random::new(seed);
        Self(Table::filled(Self::COUNT, |_| low + random.below(high - low + 1)))
    }

    /// Sizes in `low..=high` whose logarithms are uniform.
    pub fn logarithmic(seed: u64, low: u32, high: u32) -> Self {
        let mut random = Random::new(seed);
        Self(Table::filled(Self::COUNT, |_| random.logarithmic(low, high)))
    }

    /// One of the sizes.
    #[inline(always)]
    pub fn draw(&self, random: &mut Random) -> u32 {
        self.0[(random.bits() as usize) % Self::COUNT]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_fixes_the_numbers() {
        let draw = |seed| {
            let mut random = Random::new(seed);
            [random.bits(), random.bits(), random.bits()]
        };
        assert_eq!(draw(7), draw(7));
        assert_ne!(draw(7), draw(8));
    }

    #[test]
    fn numbers_stay_below_their_limit_and_reach_both_ends() {
        let mut random = Random::new(1);
        let drawn: Vec<u32> = (0..10_000).map(|_| random.below(10)).collect();
        assert!(drawn.iter().all(|&number| number < 10));
        assert!((0..10).all(|wanted| drawn.contains(&wanted)));
    }

    #[test]
    fn typical_sizes_are_mostly_small_with_a_long_tail() {
        let sizes = Sizes::typical(3);
        let small = sizes.0.iter().filter(|&&size| size <= 64).count();
        assert!((2200..2700).contains(&small), "{small} of 4096 are small");
        assert!(sizes.0.iter().any(|&size| size > 4096));
        assert!(sizes.0.iter().all(|&size| (16..=8192).contains(&size)));
    }

    #[test]
    fn logarithmic_numbers_spread_evenly_over_the_decades() {
        let mut random = Random::new(5);
        let below = (0..10_000).filter(|_| random.logarithmic(1, 100) < 10).count();
        assert!((4700..5300).contains(&below), "{below} of 10000 are below 10");
    }
}
