//! Parts of programs: sizes, alignments, choices.

use arbitrary::{Arbitrary, Result, Unstructured};

/// No system has so much address space.
pub const NO_SUCH_SIZE: usize = 1 << 47;

/// Sizes at which something changes in some heap.
const EDGES: [usize; 16] = [
    16,
    128,
    256,
    1 << 10,
    4 << 10,
    8 << 10,
    16 << 10,
    32 << 10,
    64 << 10,
    128 << 10,
    256 << 10,
    0x7_F000,
    0x8_0000,
    0xF_F000,
    1 << 20,
    2 << 20,
];

/// A size in bytes: small mostly, sometimes more than there can be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Size(pub usize);

impl Size {
    /// Whether no heap can have such a block.
    pub fn is_too_much(self) -> bool {
        self.0 >= NO_SUCH_SIZE
    }
}

impl<'a> Arbitrary<'a> for Size {
    fn arbitrary(input: &mut Unstructured<'a>) -> Result<Self> {
        let kind: u8 = input.arbitrary()?;
        Ok(Self(match kind % 32 {
            0..=11 => usize::from(input.arbitrary::<u8>()?),
            12..=18 => usize::from(input.arbitrary::<u16>()? % 4096),
            19..=22 => usize::from(input.arbitrary::<u16>()?),
            23 => 60_000 + usize::from(input.arbitrary::<u16>()?) * 16,
            24 => (1 << 20) + usize::from(input.arbitrary::<u16>()?) * 33,
            25..=28 => {
                let edge = *input.choose(&EDGES)?;
                edge.saturating_add_signed(isize::from(input.arbitrary::<i8>()?))
            }
            29 => usize::MAX - usize::from(input.arbitrary::<u8>()?),
            30 => (isize::MAX as usize).saturating_add_signed(input.arbitrary::<i8>()?.into()),
            _ => NO_SUCH_SIZE << (input.arbitrary::<u8>()? % 17),
        }))
    }
}

/// Factors of a size.
#[derive(Clone, Copy, Debug)]
pub struct Product {
    pub count: usize,
    pub size: usize,
}

impl Product {
    /// What they make, if it is a size at all.
    pub fn total(self) -> Option<usize> {
        self.count.checked_mul(self.size).filter(|&total| total <= crate::abi::crt::MAXREQ)
    }

    /// The same, with a total that fits in what the model may still allocate.
    pub fn limited(self, limit: usize) -> Self {
        match self.total() {
            Some(total) if total < NO_SUCH_SIZE && total > limit => {
                Self { count: 1, size: total % (limit + 1) }
            }
            _ => self,
        }
    }
}

impl<'a> Arbitrary<'a> for Product {
    fn arbitrary(input: &mut Unstructured<'a>) -> Result<Self> {
        let Size(size) = input.arbitrary()?;
        Ok(match input.arbitrary::<u8>()? % 8 {
            0..=4 => {
                let count = usize::from(input.arbitrary::<u8>()? % 16);
                Self { count, size: if count > 1 { size / count } else { size } }
            }
            5 => Self { count: size, size: 1 },
            6 => Self { count: size, size: usize::from(input.arbitrary::<u8>()?) },
            _ => {
                Self { count: (usize::MAX / 2).wrapping_add(input.arbitrary::<u8>()?.into()), size }
            }
        })
    }
}

/// An alignment, good or bad.
#[derive(Clone, Copy, Debug)]
pub struct Alignment(pub usize);

impl<'a> Arbitrary<'a> for Alignment {
    fn arbitrary(input: &mut Unstructured<'a>) -> Result<Self> {
        let kind: u8 = input.arbitrary()?;
        Ok(Self(match kind % 32 {
            0..=24 => 1 << (kind % 13),
            25..=27 => 1 << (13 + kind % 8),
            28 => 1 << 63,
            29 => 0,
            30 => usize::from(input.arbitrary::<u16>()?),
            _ => input.arbitrary()?,
        }))
    }
}

/// One of several things: which one, by the time that there are some.
#[derive(Arbitrary, Clone, Copy, Debug)]
pub struct Choice(u8);

impl Choice {
    /// The first one.
    pub fn first() -> Self {
        Self(0)
    }

    /// An index below `count`, or none if that is 0.
    pub fn index(self, count: usize) -> Option<usize> {
        (count != 0).then(|| usize::from(self.0) % count)
    }
}
