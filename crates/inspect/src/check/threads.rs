//! What the threads of the process have done meanwhile: an apparent contradiction may be nothing but
//! an operation in which a thread was interrupted. It is over once the thread went on, or was seen
//! waiting for something that has nothing to do with the heap.

use crate::memory::Fault;
use crate::process;
use std::collections::HashMap;

/// System calls in which a thread may be in the middle of an operation of the heap.
const OF_THE_HEAP: [libc::c_long; 7] = [
    libc::SYS_mmap,
    libc::SYS_mprotect,
    libc::SYS_munmap,
    libc::SYS_madvise,
    libc::SYS_mremap,
    libc::SYS_membarrier,
    libc::SYS_sched_yield,
];

/// A thread, as it was seen.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Seen {
    /// Times that it was switched from, and clock ticks that it has run.
    progress: (u64, u64),
    /// It waits, or is stopped, outside the heap.
    outside: bool,
    /// It is stopped, or has ended.
    stopped: bool,
}

/// All threads, from round to round.
#[derive(Debug)]
pub struct Threads {
    pid: i32,
    seen: HashMap<i32, Seen>,
    /// When each was outside last.
    outside: HashMap<i32, u32>,
    /// At the last look all were stopped.
    stopped: bool,
}

impl Threads {
    /// Those of a process, before the first round.
    pub fn new(pid: i32) -> Self {
        Self { pid, seen: HashMap::new(), outside: HashMap::new(), stopped: false }
    }

    /// Looks at all of them again, in round `round`. `true`: each has gone on since the last time that
    /// this was true, or is outside the heap.
    pub fn have_gone_on(&mut self, round: u32) -> Result<bool, Fault> {
        let mut now = HashMap::new();
        for tid in process::threads(self.pid)? {
            // One that ends meanwhile is outside.
            if let Some(seen) = self.look(tid) {
                if seen.outside {
                    self.outside.insert(tid, round);
                }
                now.insert(tid, seen);
            }
        }
        let stuck = |(tid, seen): (&i32, &Seen)| {
            !seen.outside
                && self.seen.get(tid).is_some_and(|before| before.progress == seen.progress)
        };
        self.stopped = now.values().all(|seen| seen.stopped);
        let gone_on = !now.iter().any(stuck);
        self.outside.retain(|tid, _| now.contains_key(tid));
        if gone_on || self.seen.is_empty() {
            self.seen = now;
        }
        Ok(gone_on)
    }

    /// Whether each was outside at some time since a round.
    pub fn were_outside_since(&self, round: u32) -> bool {
        self.seen.keys().all(|tid| self.outside.get(tid).is_some_and(|last| *last >= round))
    }

    /// Whether none went on after the last look, until somebody continues the process.
    pub fn are_stopped(&self) -> bool {
        self.stopped
    }

    fn look(&self, tid: i32) -> Option<Seen> {
        let file = |name: &str| {
            let bytes = process::read(&format!("/proc/{}/task/{tid}/{name}", self.pid)).ok()?;
            String::from_utf8(bytes).ok()
        };
        let (state, ticks) = state_and_ticks(&file("stat")?)?;
        let switches = switches(&file("status")?);
        let outside = is_outside(state, file("syscall").as_deref());
        let stopped = matches!(state, 'T' | 't' | 'Z' | 'X' | 'x');
        Some(Seen { progress: (switches, ticks), outside, stopped })
    }
}

/// From the line of `stat`: the state, and the ticks that it has run in user and system mode.
fn state_and_ticks(line: &str) -> Option<(char, u64)> {
    let rest = line.get(line.rfind(')')? + 1..)?;
    let mut fields = rest.split_ascii_whitespace();
    let state = fields.next()?.chars().next()?;
    let ticks = |field: Option<&str>| field.and_then(|field| field.parse::<u64>().ok());
    let mut times = fields.skip(10);
    Some((state, ticks(times.next())?.wrapping_add(ticks(times.next())?)))
}

/// Times that it was switched from, voluntarily or not.
fn switches(status: &str) -> u64 {
    let counts = status.lines().filter(|line| line.contains("voluntary_ctxt_switches:"));
    let counts = counts.filter_map(|line| line.split(':').nth(1)?.trim().parse::<u64>().ok());
    counts.fold(0, u64::wrapping_add)
}

/// Whether a thread in this state, and in this system call as `/proc` says it, is outside the heap.
fn is_outside(state: char, syscall: Option<&str>) -> bool {
    let number = syscall.and_then(|line| line.split(' ').next()?.trim().parse::<i64>().ok());
    let harmless = |number: i64| number >= 0 && !OF_THE_HEAP.contains(&number);
    match state {
        'Z' | 'X' | 'x' => true,
        // Nothing of the heap waits, but for its locks: whoever holds one goes on.
        'S' | 'I' => number.is_none_or(harmless),
        'T' | 't' => number.is_some_and(harmless),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc;
    use std::thread;
    use std::time::Duration;

    #[test]
    fn lines_of_proc_are_understood() {
        let line = "77 (a) b (c) R 1 77 77 0 -1 4194560 1 0 0 0 31 11 0 0 20 0 3 0 98765";
        assert_eq!(state_and_ticks(line), Some(('R', 42)));
        assert_eq!(state_and_ticks("77 (a) S 1 2"), None);
        let status = "Name:\tx\nvoluntary_ctxt_switches:\t40\nnonvoluntary_ctxt_switches:\t2\n";
        assert_eq!(switches(status), 42);
    }

    #[test]
    fn who_waits_for_something_else_is_outside() {
        let madvise = format!("{} 0x7f 0x1 0x4 0x0 0x0 0x0 0x7ffd 0x7f1c", libc::SYS_madvise);
        assert!(is_outside('S', Some("0 0x3 0x7f 0x1 0x0 0x0 0x0 0x7ffd 0x7f1c")));
        assert!(is_outside('T', Some("0 0x3 0x7f 0x1 0x0 0x0 0x0 0x7ffd 0x7f1c")));
        assert!(is_outside('S', None));
        assert!(!is_outside('S', Some(&madvise)));
        assert!(!is_outside('D', Some("0 0x3")));
        assert!(!is_outside('R', Some("running")));
        assert!(!is_outside('T', Some("-1 0x7ffd 0x7f1c")));
        assert!(!is_outside('T', None));
    }

    #[test]
    fn a_thread_that_waits_holds_nothing_up() {
        let (end, wait) = mpsc::channel::<()>();
        let waiting = thread::spawn(move || wait.recv());
        let mut threads = Threads::new(std::process::id() as i32);
        let deadline = std::time::Instant::now() + Duration::from_secs(20);
        let mut rounds = 0;
        // This thread itself runs, and is switched from as it sleeps.
        while rounds < 5 && std::time::Instant::now() < deadline {
            thread::sleep(Duration::from_millis(2));
            rounds += u32::from(threads.have_gone_on(rounds).expect("there are own threads"));
        }
        assert_eq!(rounds, 5);
        assert!(!threads.were_outside_since(0), "the thread that looks runs");
        drop(end);
        assert!(waiting.join().expect("it doesn't panic").is_err());
    }
}
