//! Following a process's samples while it runs.

use crate::code::{CUT, Code, Followed};
use crate::finish;
use crate::memory::Memory;
use crate::own;
use crate::profile::Profile;
use crate::ring::{Rings, State, Taken};
use crate::tally::Tally;
use crate::tree::{Location, Tree};
use heapmin_directory::profile::{Freed, ProfileState};
use heapmin_inspect::{Error, Target};
use std::collections::HashSet;
use std::fs::{self, File, OpenOptions};
use std::mem::offset_of;
use std::os::unix::fs::FileExt;
use std::time::{Duration, Instant, SystemTime};

/// How often what is mapped is looked at, at least, while samples come.
const LOOK: Duration = Duration::from_secs(1);
/// Looking takes at most one of so many parts of the time.
const LOOK_SHARE: u32 = 10;
/// How often the process is told that somebody still reads.
const HEARTBEAT: Duration = Duration::from_secs(1);

/// Follows a process's samples. Call [`Recorder::poll`] at least every 100 ms: the rings hold 1,024
/// samples and 65,536 frees.
pub struct Recorder {
    pub(crate) pid: i32,
    pub(crate) command: String,
    /// Where the state of the sampling is in the process.
    state: u64,
    pub(crate) rate: u64,
    /// The process's memory, for counting the heartbeat. The open file belongs to this life of the
    /// process: it leads into no other that gets its number, nor into what it becomes by `exec`.
    memory: Option<File>,
    beat: Option<Instant>,
    pub(crate) rings: Rings,
    pub(crate) code: Code,
    pub(crate) tree: Tree,
    pub(crate) tally: Tally,
    /// The module that is the heap and nothing else.
    heap: Option<u32>,
    looked: Instant,
    look_took: Duration,
    pub(crate) begun: Instant,
    pub(crate) begun_ms: u64,
    /// The same in nanoseconds of the clock that samples have.
    pub(crate) begun_clock: u64,
}

/// What a poll has found, in the order of time.
enum Event {
    Sample(Taken),
    Free(Freed),
}

impl Recorder {
    /// Begins to follow a process whose sampling is on, or is about to be: by `HEAPMIN_SAMPLE` in its
    /// environment or by [`Target::sample`]. What is still in the rings counts.
    pub fn new(target: &Target) -> Result<Self, Error> {
        let process = target.process();
        let pid = process.pid;
        let directory = target.directory();
        let near = directory.profile.get();
        let memory = OpenOptions::new().write(true).open(format!("/proc/{pid}/mem")).ok();
        let maps = read_maps(pid)?;
        let code = Code::new(pid, target, &maps, near);
        // The target checks that the process is still the one that it opened.
        let state = State::read(target, near)?
            .ok_or(Error::Inconsistent(pid, "the state of the sampling"))?;
        let heap = code
            .module_at(near)
            .filter(|&place| own::is_heap_library(&code.modules[place as usize].path));
        let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        let clock = rustix::time::clock_gettime(rustix::time::ClockId::Monotonic);
        let clock = Duration::try_from(clock).unwrap_or_default();
        Ok(Self {
            pid,
            command: process.command.clone(),
            state: near,
            rate: state.rate,
            memory,
            beat: None,
            rings: Rings::default(),
            code,
            tree: Tree::default(),
            tally: Tally::default(),
            heap,
            looked: Instant::now(),
            look_took: Duration::ZERO,
            begun: Instant::now(),
            begun_ms: since.as_millis() as u64,
            begun_clock: clock.as_nanos() as u64,
        })
    }

    /// Takes what is new: samples, whose stacks are followed at once while their code is still mapped,
    /// and frees. After an error the recording so far is intact; if the process has ended, go on to
    /// [`Recorder::finish`].
    pub fn poll(&mut self, target: &Target) -> Result<(), Error> {
        self.count_heartbeat(target);
        let Some(state) = State::read(target, self.state)? else {
            return Err(Error::Inconsistent(self.pid, "the state of the sampling"));
        };
        if state.rate != 0 {
            self.rate = state.rate;
        }
        let mut events: Vec<(u64, Event)> = Vec::new();
        // Also after an error: what was taken from the rings isn't there a second time.
        let frees = self.rings.take_frees(target, &state);
        let samples = self.rings.take_samples(target, &state, &mut |taken| {
            events.push((taken.sample.time, Event::Sample(taken)));
        });
        let frees = frees.map(|frees| {
            events.extend(frees.into_iter().map(|freed| (freed.time, Event::Free(freed))));
        });
        events.sort_by_key(|(time, _)| *time);
        let some = events.iter().any(|(_, event)| matches!(event, Event::Sample(_)));
        if some && self.looked.elapsed() >= LOOK {
            self.look(target);
        }
        for (_, event) in events {
            match event {
                Event::Sample(taken) => {
                    let node = self.follow(target, &taken);
                    self.tally.allocated(&taken.sample, node);
                }
                Event::Free(freed) => self.tally.freed(&freed),
            }
        }
        samples.and(frees)
    }

    /// Puts the live blocks right, where frees were lost: `ids` are the numbers of all samples that a
    /// look through the heap, begun at `begun`, found in the headers of live blocks
    /// ([`HeaderLayout::sample`](heapmin_directory::layout::HeaderLayout::sample)). Samples taken since
    /// then stay as they are.
    pub fn set_live(&mut self, ids: &HashSet<u32>, begun: Instant) {
        let after = begun.saturating_duration_since(self.begun).as_nanos() as u64;
        self.tally.set_live(ids, self.begun_clock.saturating_add(after));
    }

    /// Whether frees were overwritten before they were read, so that [`Recorder::set_live`] is worth
    /// its time.
    pub fn lost_frees(&self) -> bool {
        self.rings.lost().1 > 0
    }

    /// Finds the names, and gives the result. Slow for large programs: seconds. The process may be
    /// gone; the files that it consisted of are open.
    pub fn finish(self) -> Profile {
        finish::finish(self)
    }

    /// The node of a sample's stack.
    fn follow(&mut self, memory: &dyn Memory, taken: &Taken) -> u32 {
        let registers = &taken.sample.registers;
        let mut followed = self.code.follow(memory, registers, &taken.stack, false);
        if matches!(followed, Followed::Strange)
            && self.looked.elapsed() >= self.look_took * LOOK_SHARE
        {
            // A library has been loaded, or code made.
            self.look(memory);
            followed = self.code.follow(memory, registers, &taken.stack, false);
        }
        if matches!(followed, Followed::Strange) {
            followed = self.code.follow(memory, registers, &taken.stack, true);
        }
        let stack = match followed {
            Followed::Stack(stack) => stack,
            Followed::Strange => vec![CUT],
        };
        let own = |location: &&Location| self.heap.is_some() && location.module == self.heap;
        let own = stack.iter().take(own::MAXIMUM_OWN).take_while(own).count();
        self.tree.insert(stack[own..].iter().rev().copied())
    }

    fn look(&mut self, memory: &dyn Memory) {
        let begun = Instant::now();
        if let Ok(maps) = read_maps(self.pid) {
            self.code.refresh(memory, &maps);
        }
        self.look_took = begun.elapsed();
        self.looked = Instant::now();
    }

    fn count_heartbeat(&mut self, target: &dyn Memory) {
        if self.beat.is_some_and(|beat| beat.elapsed() < HEARTBEAT) {
            return;
        }
        self.beat = Some(Instant::now());
        let at = self.state + offset_of!(ProfileState, heartbeat) as u64;
        if let (Some(memory), Some(beats)) = (&self.memory, target.word(at)) {
            // It fails where the process has ended, which the next read says.
            let _ = memory.write_all_at(&beats.wrapping_add(1).to_le_bytes(), at);
        }
    }
}

fn read_maps(pid: i32) -> Result<String, Error> {
    let bytes = fs::read(format!("/proc/{pid}/maps")).map_err(|error| match error.kind() {
        std::io::ErrorKind::PermissionDenied => Error::Forbidden(pid),
        _ => Error::Ended(pid),
    })?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}
