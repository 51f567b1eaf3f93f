//! What a process has resident, read from outside.

use std::fs;

use anyhow::{Context, Result};
use heapmin_bench::workload::table::OWN_MEMORY;
use serde::{Deserialize, Serialize};

/// Resident memory of a process, in bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Memory {
    /// Its share of what is resident (PSS): pages that others have too are divided among all.
    pub pss: u64,
    /// All that is resident (RSS).
    pub rss: u64,
    /// Of it, what belongs to no file: heap, stacks, written data.
    pub anonymous: u64,
    /// The tables of the measuring program itself, which the other figures leave out.
    pub own: u64,
}

impl Memory {
    /// That of a process, now.
    pub fn of(pid: u32) -> Result<Self> {
        let path = format!("/proc/{pid}/smaps");
        let text = fs::read_to_string(&path).with_context(|| format!("cannot read {path}"))?;
        Ok(Self::read(&text))
    }

    /// Adds up the mappings of `smaps`.
    fn read(text: &str) -> Self {
        let mut sum = Self::default();
        let mut is_own = false;
        for line in text.lines() {
            let (name, rest) = line.split_once(' ').unwrap_or((line, ""));
            let Some(name) = name.strip_suffix(':') else {
                is_own = rest.contains(OWN_MEMORY);
                continue;
            };
            let place = match (name, is_own) {
                ("Pss", false) => &mut sum.pss,
                ("Rss", false) => &mut sum.rss,
                ("Anonymous", false) => &mut sum.anonymous,
                ("Rss", true) => &mut sum.own,
                _ => continue,
            };
            let kibibytes = rest.trim().trim_end_matches(" kB").parse().unwrap_or(0u64);
            *place += kibibytes * 1024;
        }
        sum
    }
}

/// What the system could give to new processes, in bytes.
pub fn available() -> Option<u64> {
    let text = fs::read_to_string("/proc/meminfo").ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix("MemAvailable:"))?;
    Some(line.trim().trim_end_matches(" kB").parse::<u64>().ok()? * 1024)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SMAPS: &str = "\
55d0c7a00000-55d0c7a21000 rw-p 00000000 00:00 0                          [heap]
Size:                132 kB
Rss:                  20 kB
Pss:                  20 kB
Pss_Dirty:            20 kB
Anonymous:            20 kB
VmFlags: rd wr mr mw me ac
7f1e5a000000-7f1e5a021000 rw-s 00000000 00:01 1042     /memfd:heapmin-bench-own (deleted)
Rss:                 400 kB
Pss:                 400 kB
Anonymous:             0 kB
VmFlags: rd wr sh mr mw me ms
7f1e5c000000-7f1e5c1b0000 r-xp 00028000 fe:00 1573   /usr/lib/x86_64-linux-gnu/libc.so.6
Rss:                 900 kB
Pss:                  30 kB
Anonymous:             4 kB
VmFlags: rd ex mr mw me
";

    #[test]
    fn mappings_are_added_up_without_the_programs_own_tables() {
        let memory = Memory::read(SMAPS);
        let expected = [50, 920, 24, 400].map(|kibibytes| kibibytes * 1024);
        assert_eq!([memory.pss, memory.rss, memory.anonymous, memory.own], expected);
    }

    #[test]
    fn this_process_has_memory() {
        let memory = Memory::of(std::process::id()).expect("readable");
        assert!(memory.pss > 0 && memory.rss >= memory.pss && memory.own == 0, "{memory:?}");
        assert!(available().is_some_and(|bytes| bytes > 1 << 20));
    }
}
