//! What a process is to do, as its arguments.

use std::time::Duration;

use super::sizes::Sizes;

/// What is done with the blocks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Work {
    /// Build, free.
    Free,
    /// Build; other threads free, and then wait until the process ends.
    FreeElsewhere {
        /// How many.
        threads: u32,
    },
    /// Several heaps of different sizes come and go.
    Phases {
        /// From the start of a phase to that of the next.
        period: Duration,
    },
    /// Threads that build and free once and then wait.
    Idle {
        /// How many.
        threads: u32,
    },
    /// Build, free; another thread allocates all the time.
    Pause {
        /// How long before the call it begins to.
        lead: Duration,
    },
    /// Build, free; then blocks are replaced, before the call and after it.
    Throughput {
        /// How long each.
        time: Duration,
    },
}

/// A task for the process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Task {
    /// What it does.
    pub work: Work,
    /// With which blocks.
    pub sizes: Sizes,
    /// With how many bytes of them.
    pub bytes: u64,
    /// How many of 100 blocks are freed.
    pub freed: u32,
}

impl Task {
    /// The arguments that [`Task::parse`] reads.
    pub fn arguments(&self) -> [String; 5] {
        let milliseconds = |time: Duration| time.as_millis() as u64;
        let (name, number) = match self.work {
            Work::Free => ("free", 0),
            Work::FreeElsewhere { threads } => ("free-elsewhere", threads.into()),
            Work::Phases { period } => ("phases", milliseconds(period)),
            Work::Idle { threads } => ("idle", threads.into()),
            Work::Pause { lead } => ("pause", milliseconds(lead)),
            Work::Throughput { time } => ("throughput", milliseconds(time)),
        };
        let Self { sizes, bytes, freed, .. } = self;
        [name.to_owned(), number.to_string(), sizes.to_string(), bytes.to_string(), {
            freed.to_string()
        }]
    }

    /// Reads `WORK NUMBER SIZES BYTES PERCENT`.
    pub fn parse(arguments: &[&str]) -> Result<Self, String> {
        let [name, number, sizes, bytes, freed] = arguments else {
            let given = arguments.join(" ");
            return Err(format!("a task is WORK NUMBER SIZES BYTES PERCENT, not \"{given}\""));
        };
        let number: u32 = number_in(number)?;
        let time = Duration::from_millis(number.into());
        let work = match *name {
            "free" => Work::Free,
            "free-elsewhere" => Work::FreeElsewhere { threads: number.max(1) },
            "phases" => Work::Phases { period: time },
            "idle" => Work::Idle { threads: number.max(1) },
            "pause" => Work::Pause { lead: time },
            "throughput" => Work::Throughput { time },
            other => return Err(format!("there is no task called \"{other}\"")),
        };
        let freed = number_in(freed)?;
        if freed > 100 {
            return Err(format!("{freed} of 100 blocks can't be freed"));
        }
        Ok(Self { work, sizes: sizes.parse()?, bytes: number_in(bytes)?, freed })
    }
}

fn number_in<T: std::str::FromStr>(text: &str) -> Result<T, String> {
    text.parse().map_err(|_| format!("\"{text}\" is not a number that fits"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_as_arguments_is_read_back() {
        let time = Duration::from_millis(2500);
        for work in [
            Work::Free,
            Work::FreeElsewhere { threads: 8 },
            Work::Phases { period: time },
            Work::Idle { threads: 200 },
            Work::Pause { lead: time },
            Work::Throughput { time },
        ] {
            let task = Task { work, sizes: Sizes::Mixed, bytes: 10 << 30, freed: 95 };
            let arguments = task.arguments();
            let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
            assert_eq!(Task::parse(&words), Ok(task));
        }
    }

    #[test]
    fn what_is_no_task_is_refused() {
        for words in [
            &["free"][..],
            &["free", "0", "mixed", "many", "50"],
            &["free", "0", "mixed", "1000", "101"],
            &["hop", "0", "mixed", "1000", "50"],
        ] {
            assert!(Task::parse(words).is_err(), "{words:?}");
        }
    }
}
