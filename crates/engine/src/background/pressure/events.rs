//! `memory.events` of a control group: how often it came to its limits. The kernel announces each
//! change.

use super::Verdict;
use super::cgroup::Group;
use super::text::named;
use crate::os::descriptor::{Access, Descriptor, Found};

/// The counters of a control group.
pub struct Events {
    file: Descriptor,
    seen: u64,
}

impl Events {
    /// Opens the file of `group`. `None`: it has none.
    pub fn open(group: &Group) -> Option<Self> {
        let file = group.open(b"memory.events", Access::Read)?;
        let seen = count(&file)?;
        Some(Self { file, seen })
    }

    /// What to wait at.
    pub fn descriptor(&self) -> &Descriptor {
        &self.file
    }

    /// Judges what was found there. It is an error state too, so that tells nothing.
    pub fn judge(&mut self, found: Found) -> Verdict {
        let Some(count) = count(&self.file).filter(|_| !found.over) else { return Verdict::Gone };
        let grew = count > self.seen;
        self.seen = count;
        if grew { Verdict::Pressure } else { Verdict::Nothing }
    }
}

/// How often the group had to take memory back from its processes, or had none for them.
/// Not counted: `low`, which tells of too little memory outside.
fn count(file: &Descriptor) -> Option<u64> {
    let mut text = [0u8; 256];
    let text = file.read_anew(&mut text)?;
    let counters = [b"high".as_slice(), b"max", b"oom"];
    Some(counters.iter().filter_map(|name| named(text, name)).fold(0, u64::saturating_add))
}
