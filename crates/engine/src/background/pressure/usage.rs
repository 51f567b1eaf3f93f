//! How near a control group's memory is to its limit. Nothing announces that, so it has to be
//! looked at from time to time.

use super::Verdict;
use super::cgroup::{Group, Version};
use super::text::{number, words};
use crate::os::descriptor::{Access, Descriptor};

/// From here on, a limit counts as none: the largest that version 1 knows is some pages below 2^63.
const NO_LIMIT: u64 = 1 << 60;

/// The use of memory in the nearest group that has a limit.
pub struct Usage {
    current: Descriptor,
    /// The lowest counts.
    limits: [Option<Descriptor>; 2],
    /// Whether the last crossing was upwards.
    high: bool,
}

impl Usage {
    /// Opens the files of the nearest group with a limit, starting with `group`, and goes there.
    /// `None`: no group has a limit.
    pub fn open(group: &mut Group, version: Version) -> Option<Self> {
        loop {
            if let Some(usage) = Self::open_in(group, version) {
                return Some(usage);
            }
            if !group.ascend() {
                return None;
            }
        }
    }

    fn open_in(group: &Group, version: Version) -> Option<Self> {
        let open = |file: &[u8]| group.open(file, Access::Read);
        let (current, limits) = match version {
            Version::One => {
                (open(b"memory.usage_in_bytes")?, [open(b"memory.limit_in_bytes"), None])
            }
            Version::Two => (open(b"memory.current")?, [open(b"memory.high"), open(b"memory.max")]),
        };
        let usage = Self { current, limits, high: false };
        usage.limit().is_some().then_some(usage)
    }

    /// The limit, in bytes; it may be changed at any time.
    fn limit(&self) -> Option<u64> {
        let limits = self.limits.iter().flatten().filter_map(read_number);
        limits.min().filter(|&limit| limit < NO_LIMIT)
    }

    /// Looks at the use. Pressure is when it comes to nine tenths of the limit, and again only
    /// after it had sunk by another twentieth.
    pub fn look(&mut self) -> Verdict {
        let Some(bytes) = read_number(&self.current) else { return Verdict::Gone };
        let Some(limit) = self.limit() else { return Verdict::Nothing };
        let (was_high, high, low) =
            (self.high, limit - limit / 10, limit - limit / 10 - limit / 20);
        self.high = bytes >= high || was_high && bytes >= low;
        if self.high && !was_high { Verdict::Pressure } else { Verdict::Nothing }
    }
}

/// The number in a file. `None`: there is none, or another word, which says that there is no limit.
fn read_number(file: &Descriptor) -> Option<u64> {
    let mut text = [0u8; 32];
    words(file.read_anew(&mut text)?).next().and_then(number)
}
