//! The sizes of the blocks.

use std::fmt;
use std::str::FromStr;

use crate::workload::random::Random;

/// What blocks a heap is built of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sizes {
    /// What programs ask for: 60 % up to 64 bytes, 30 % up to 256, 8.5 % up to 1 KiB, 1.45 % up to
    /// 8 KiB and one in 2,000 up to 256 KiB, which is about a sixth of the bytes.
    Mixed,
    /// All equal.
    Equal(u32),
    /// Half of the blocks of 512 bytes, a third of 1 KiB, a sixth of 2 KiB, one size after the
    /// other.
    Three,
}

/// The sizes of [`Sizes::Three`] and how many of each six blocks have them.
pub const THREE: [(u32, u32); 3] = [(512, 3), (1024, 2), (2048, 1)];

impl Sizes {
    /// The smallest size.
    pub fn smallest(self) -> u32 {
        match self {
            Self::Mixed => 16,
            Self::Equal(size) => size,
            Self::Three => 512,
        }
    }

    /// How many blocks make up some 16 KiB.
    pub fn neighbours(self) -> usize {
        let typical = match self {
            Self::Mixed => 256,
            Self::Equal(size) => size,
            Self::Three => 1024,
        };
        ((16 << 10) / typical).max(1) as usize
    }

    /// The size of the next block of a heap of `bytes`, of which `built` are there.
    pub fn draw(self, random: &mut Random, built: u64, bytes: u64) -> u32 {
        match self {
            Self::Equal(size) => size,
            Self::Three => three(built, bytes),
            Self::Mixed => mixed(random),
        }
    }
}

fn mixed(random: &mut Random) -> u32 {
    match random.below(10_000) {
        0..6_000 => 16 + random.below(49),
        6_000..9_000 => 65 + random.below(192),
        9_000..9_850 => 257 + random.below(768),
        9_850..9_995 => random.logarithmic(1_025, 8 << 10),
        _ => random.logarithmic(8 << 10, 256 << 10),
    }
}

fn three(built: u64, bytes: u64) -> u32 {
    let weigh = |(size, count): (u32, u32)| u64::from(size) * u64::from(count);
    let all: u64 = THREE.into_iter().map(weigh).sum();
    let mut end = 0;
    for share in THREE {
        end += bytes * weigh(share) / all;
        if built < end {
            return share.0;
        }
    }
    THREE[2].0
}

impl fmt::Display for Sizes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Mixed => f.write_str("mixed"),
            Self::Three => f.write_str("three"),
            Self::Equal(size) => write!(f, "{size}"),
        }
    }
}

impl FromStr for Sizes {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "mixed" => Ok(Self::Mixed),
            "three" => Ok(Self::Three),
            // A block has a header and an end that are written.
            number => match number.parse() {
                Ok(size) if size >= 16 => Ok(Self::Equal(size)),
                _ => Err(format!("\"{number}\" is no size: mixed, three, or 16 and more")),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mixed_sizes_are_mostly_small_with_a_tail_that_weighs() {
        let mut random = Random::new(1);
        let drawn: Vec<u64> = (0..1_000_000).map(|_| u64::from(mixed(&mut random))).collect();
        let share = |from: u64, to: u64| {
            drawn.iter().filter(|&&size| (from..=to).contains(&size)).count() as f64 / 1e6
        };
        assert!((0.595..0.605).contains(&share(16, 64)));
        assert!((0.895..0.905).contains(&share(16, 256)));
        assert!((0.013..0.016).contains(&share(1_025, 8 << 10)));
        assert!((0.0003..0.0007).contains(&share((8 << 10) + 1, 256 << 10)));
        assert!(drawn.iter().all(|&size| (16..=256 << 10).contains(&size)));
        let all: u64 = drawn.iter().sum();
        let large: u64 = drawn.iter().filter(|&&size| size > 8 << 10).sum();
        let weight = large as f64 / all as f64;
        assert!((0.10..0.25).contains(&weight), "large blocks are {weight} of the bytes");
    }

    #[test]
    fn three_sizes_come_in_their_numbers_one_after_the_other() {
        let bytes = 6_000 / 6 * (3 * 512 + 2 * 1024 + 2048);
        let (mut built, mut drawn) = (0, Vec::new());
        while built < bytes {
            let size = three(built, bytes);
            built += u64::from(size);
            drawn.push(size);
        }
        let count = |wanted| drawn.iter().filter(|&&size| size == wanted).count();
        assert_eq!([count(512), count(1024), count(2048)], [3_000, 2_000, 1_000]);
        assert!(drawn.is_sorted());
    }

    #[test]
    fn a_large_block_has_no_neighbours() {
        let neighbours = [Sizes::Equal(48), Sizes::Equal(200_000), Sizes::Mixed];
        assert_eq!(neighbours.map(Sizes::neighbours), [341, 1, 64]);
    }

    #[test]
    fn sizes_are_written_and_read() {
        for sizes in [Sizes::Mixed, Sizes::Three, Sizes::Equal(4096)] {
            assert_eq!(sizes.to_string().parse(), Ok(sizes));
        }
        assert!("8".parse::<Sizes>().is_err() && "some".parse::<Sizes>().is_err());
    }
}
