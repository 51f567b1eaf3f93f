//! A process that is looked into.

use crate::control::{self, Trim, Unread};
use crate::directory::{self, Seen};
use crate::error::Error;
use crate::find::{self, Found};
use crate::map;
use crate::memory::{Fault, Memory, read_file_at};
use crate::model::entry::Entry;
use crate::model::map::Map;
use crate::model::outcome::{Checked, Trimmed};
use crate::model::snapshot::{Listed, Process, Snapshot};
use crate::process::{self, Stat};
use crate::samples;
use crate::snapshot;
use crate::tables::Tables;
use crate::user;
use heapmin_directory::{Directory, MAJOR, MINOR};
use std::collections::{HashMap, HashSet};
use std::fs::File;
use std::io;
use std::thread;
use std::time::{Duration, Instant};

/// See the module. Reading needs nothing of the process, and doesn't stop it.
///
/// A process may have several copies of the heap: a preloaded library, and one in the program or in
/// another library. This is the one that has used the most memory so far.
#[derive(Debug)]
pub struct Target {
    process: Process,
    memory: Memory,
    /// Where the directory is.
    address: u64,
    directory: Box<Directory>,
    /// Open since before anything was read. It is of the program that runs now: when the process
    /// becomes another program, or ends, nothing more is read from it.
    pagemap: File,
}

/// How long a process that is just starting may take until its heap is loaded.
const TO_START: Duration = Duration::from_millis(100);
/// Between two looks whether it is.
const START_LOOK: Duration = Duration::from_millis(10);

/// Looks again for a moment, as long as what is seen may be a process that is just starting.
pub(crate) fn while_starting<T>(
    mut look: impl FnMut() -> Result<T, Error>,
    may_be: impl Fn(&Error) -> bool,
) -> Result<T, Error> {
    let began = Instant::now();
    loop {
        match look() {
            Err(error) if may_be(&error) && began.elapsed() < TO_START => thread::sleep(START_LOOK),
            result => return result,
        }
    }
}

/// Told how far long work is: done, of how many. `false`: stop.
pub type Progress<'a> = &'a mut dyn FnMut(u64, u64) -> bool;

impl Target {
    /// The processes that run on heapmin and may be looked into, by number. With them those that run
    /// on its library, but may not be looked into.
    pub fn list() -> Result<Vec<Listed>, Error> {
        crate::list::list()
    }

    /// Opens a process, waiting for a moment if it is just starting.
    pub fn open(pid: i32) -> Result<Self, Error> {
        while_starting(|| Self::open_now(pid), |error| matches!(error, Error::Starting(_)))
    }

    /// Opens a process without waiting.
    pub(crate) fn open_now(pid: i32) -> Result<Self, Error> {
        Self::try_open(pid).map_err(|refused| match refused {
            Refused::Fault(Fault::Gone) => match Stat::read(pid) {
                Ok(stat) if stat.is_kernel => Error::NotOnHeapmin(pid),
                Ok(_) => Error::Ended(pid),
                Err(_) => Error::NoSuchProcess(pid),
            },
            Refused::Fault(fault) => error_of(pid, fault),
            Refused::Error(error) => error,
        })
    }

    fn try_open(pid: i32) -> Result<Self, Refused> {
        if pid <= 0 {
            return Err(Refused::Fault(Fault::Gone));
        }
        let stat = Stat::read(pid)?;
        let tid = process::living_thread(pid)?;
        let pagemap = File::open(format!("/proc/{tid}/pagemap")).map_err(process::fault_of)?;
        let memory = Memory::of(pid);
        let files = find::mapped_files(tid)?;
        let found = find::directories(&memory, &files)?;
        let (found, directory) = most_used(pid, &memory, found)?;
        let process = describe(pid, &stat, &directory, found.file);
        let target = Self { process, memory, address: found.directory, directory, pagemap };
        target.verify().map_err(Refused::Error)?;
        Ok(target)
    }

    /// What is known of the process itself.
    pub fn process(&self) -> &Process {
        &self.process
    }

    /// Where its heaps are.
    pub fn directory(&self) -> &Directory {
        &self.directory
    }

    /// Where its directory is.
    pub fn directory_address(&self) -> u64 {
        self.address
    }

    /// Reads its memory. What the process changes meanwhile may be read by halves. An address that
    /// leads nowhere is [`Error::Inconsistent`].
    pub fn read(&self, address: u64, bytes: &mut [u8]) -> Result<(), Error> {
        let result = self.memory.read(address, bytes);
        match (result, self.has_memory()) {
            // One system call says that it is the same memory still.
            (Ok(()), Ok(true)) => Ok(()),
            (result, _) => self.settle(result),
        }
    }

    /// The names of its threads, by the numbers that they have for themselves.
    pub fn thread_names(&self) -> Result<HashMap<u32, String>, Error> {
        self.settle(process::thread_names(self.process.pid))
    }

    /// Its figures now.
    pub fn snapshot(&self) -> Result<Snapshot, Error> {
        self.look(|tables| snapshot::snapshot(self, tables))
    }

    /// What every page is.
    pub fn map(&self, progress: Progress<'_>) -> Result<Map, Error> {
        self.look(|tables| map::map(self, tables, progress))
    }

    /// The numbers of the sampled blocks that are live.
    pub fn live_samples(&self) -> Result<HashSet<u32>, Error> {
        self.look(samples::live)
    }

    /// Calls `visit` for each element of a heap, by number or handle, or of all heaps, in the order in
    /// which `HeapWalk` gives them. It may end the walk with `false`.
    pub fn walk(
        &self,
        heap: Option<u64>,
        visit: &mut dyn FnMut(&Entry) -> bool,
    ) -> Result<(), Error> {
        self.look(|tables| crate::walk::walk(tables, heap, visit))
    }

    /// Checks all heaps by reading them. What changes meanwhile is looked at again before it is called
    /// damaged.
    pub fn check(&self, progress: Progress<'_>) -> Result<Checked, Error> {
        self.look(|tables| crate::check::check(self.process.pid, tables, progress))
    }

    /// Has the process trim all its heaps.
    pub fn trim(&self) -> Result<Trimmed, Error> {
        self.trim_despite(Unread::Refuse).map(|trim| trim.trimmed)
    }

    /// [`Target::trim`], saying what to do about a system call filter, and with what it took.
    pub fn trim_despite(&self, unread: Unread) -> Result<Trim, Error> {
        control::trim(self, unread)
    }

    /// Has the process check all its heaps itself, each with its threads kept out.
    pub fn validate(&self) -> Result<Checked, Error> {
        control::validate(self)
    }

    /// Has the process sample its allocations, so many bytes apart on average, or no more.
    pub fn sample(&self, bytes: Option<u64>) -> Result<(), Error> {
        control::sample(self, bytes)
    }

    /// Works on the tables of the process, which are read afresh. Everything that looks at heaps goes
    /// this way: whether the process is still the same is found out afterwards, and a fault is told
    /// as what it was then.
    pub(crate) fn look<R>(
        &self,
        work: impl FnOnce(&Tables<'_>) -> Result<R, Fault>,
    ) -> Result<R, Error> {
        let result = Tables::open(&self.memory, &self.directory).and_then(|tables| work(&tables));
        self.settle(result)
    }

    /// The pages of the process that are in memory, as the system tells it.
    pub(crate) fn pagemap(&self) -> &File {
        &self.pagemap
    }

    fn settle<R>(&self, result: Result<R, Fault>) -> Result<R, Error> {
        self.verify()?;
        result.map_err(|fault| error_of(self.process.pid, fault))
    }

    /// Whether it is still the same process, and the same program.
    fn verify(&self) -> Result<(), Error> {
        let pid = self.process.pid;
        let is_there = Stat::read(pid).is_ok_and(|stat| stat.started == self.process.started)
            && process::living_thread(pid).is_ok();
        if !is_there {
            return Err(Error::Ended(pid));
        }
        let has_memory =
            self.has_memory().map_err(|error| error_of(pid, process::fault_of(error)))?;
        let is_same = has_memory
            && directory::is_same(&self.memory, self.address, &self.directory).unwrap_or(false);
        match is_same {
            true => Ok(()),
            false => Err(self.end()),
        }
    }

    /// Whether the memory that it had when it was opened is still there.
    fn has_memory(&self) -> io::Result<bool> {
        let place = self.address / rustix::param::page_size() as u64 * 8;
        read_file_at(&self.pagemap, place, &mut [0; 8])
    }

    /// What became of the process: its memory, as it was, is gone.
    fn end(&self) -> Error {
        let pid = self.process.pid;
        let has_memory = process::living_thread(pid)
            .and_then(process::resident_bytes)
            .is_ok_and(|(_, has_memory)| has_memory);
        if has_memory { Error::Replaced(pid) } else { Error::Ended(pid) }
    }
}

/// Why a process couldn't be opened.
enum Refused {
    Fault(Fault),
    Error(Error),
}

impl From<Fault> for Refused {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

fn error_of(pid: i32, fault: Fault) -> Error {
    match fault {
        Fault::Gone => Error::Ended(pid),
        Fault::Forbidden => Error::Forbidden(pid),
        Fault::Nowhere => Error::Inconsistent(pid, "an address leads nowhere"),
        Fault::Inconsistent(what) => Error::Inconsistent(pid, what),
        Fault::NoSuchHeap(heap) => Error::NoSuchHeap(pid, heap),
        Fault::System(what, error) => Error::System(pid, what, error),
    }
}

/// The directory whose window has been used most, the first one of several; each may be there without
/// anything allocated by it.
fn most_used(
    pid: i32,
    memory: &Memory,
    found: Vec<Found>,
) -> Result<(Found, Box<Directory>), Refused> {
    let mut most: Option<(u32, Found, Box<Directory>)> = None;
    let mut refused = None;
    for found in found {
        let directory = match directory::read(memory, found.directory) {
            Ok(Seen::Directory(directory)) => directory,
            Ok(Seen::Nothing) => {
                refused.get_or_insert(Refused::Error(Error::Starting(pid)));
                continue;
            }
            Ok(Seen::Version(major, minor)) => {
                let error = Error::OtherVersion(pid, (major, minor), (MAJOR, MINOR));
                refused = Some(Refused::Error(error));
                continue;
            }
            Err(fault) => {
                refused = Some(fault.into());
                continue;
            }
        };
        let used = memory.number(directory.frontier.get()).unwrap_or(0);
        if most.as_ref().is_none_or(|(most, ..)| *most < used) {
            most = Some((used, found, directory));
        }
    }
    most.map(|(_, found, directory)| (found, directory))
        .ok_or_else(|| refused.unwrap_or(Refused::Error(Error::NotOnHeapmin(pid))))
}

fn describe(pid: i32, stat: &Stat, directory: &Directory, file: String) -> Process {
    let uid = process::user(pid).unwrap_or(u32::MAX);
    let engine = directory.engine.split(|&byte| byte == 0).next().unwrap_or_default();
    Process {
        pid,
        command: process::command(pid, stat),
        uid,
        user: user::name(uid),
        threads: stat.threads,
        engine: process::text(engine),
        file,
        started: stat.started,
    }
}
