//! What the measurements ran on.

use std::fmt;
use std::fs;
use std::thread;

use serde::{Deserialize, Serialize};

/// The machine and its system.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Machine {
    /// The processor's name.
    pub processor: String,
    /// Processors that this process may use.
    pub processors: usize,
    /// Memory in MiB.
    pub memory: u64,
    /// The kernel's version.
    pub kernel: String,
    /// When transparent huge pages are used.
    pub huge_pages: String,
}

impl Machine {
    /// This one; what the system doesn't tell stays empty.
    pub fn this() -> Self {
        let field = |path: &str, name: &str| {
            let text = fs::read_to_string(path).unwrap_or_default();
            let line = text.lines().find(|line| line.starts_with(name)).unwrap_or_default();
            line.split_once(':').map(|(_, value)| value.trim().to_owned()).unwrap_or_default()
        };
        let memory = field("/proc/meminfo", "MemTotal");
        let kibibytes: u64 = memory.trim_end_matches(" kB").parse().unwrap_or_default();
        let kernel = fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
        let huge = fs::read_to_string("/sys/kernel/mm/transparent_hugepage/enabled");
        let huge = huge.unwrap_or_default();
        let chosen = huge.split_once('[').and_then(|(_, rest)| rest.split_once(']'));
        Self {
            processor: field("/proc/cpuinfo", "model name"),
            processors: thread::available_parallelism().map_or(0, usize::from),
            memory: kibibytes / 1024,
            kernel: kernel.trim().to_owned(),
            huge_pages: chosen.map(|(word, _)| word.to_owned()).unwrap_or_default(),
        }
    }
}

impl fmt::Display for Machine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { processor, processors, memory, kernel, huge_pages } = self;
        let gibibytes = *memory as f64 / 1024.0;
        write!(f, "{processor}, {processors} processors, {gibibytes:.0} GiB, Linux {kernel}")?;
        if !huge_pages.is_empty() {
            write!(f, ", transparent huge pages: {huge_pages}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_machine_tells_what_it_is() {
        let machine = Machine::this();
        assert!(machine.processors > 0 && machine.memory > 0, "{machine:?}");
        assert!(machine.to_string().contains("Linux"), "{machine}");
    }
}
