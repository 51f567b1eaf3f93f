//! A process that is looked into.

use crate::error::Error;
use crate::model::entry::Entry;
use crate::model::map::Map;
use crate::model::outcome::{Checked, Trimmed};
use crate::model::snapshot::{Listed, Process, Snapshot};
use heapmin_directory::Directory;

/// See the module. Reading needs nothing of the process, and doesn't stop it.
#[derive(Debug)]
pub struct Target {
    process: Process,
}

/// Told how far long work is: done, of how many. `false`: stop.
pub type Progress<'a> = &'a mut dyn FnMut(u64, u64) -> bool;

impl Target {
    /// The processes that run on heapmin and may be looked into, by number.
    pub fn list() -> Result<Vec<Listed>, Error> {
        Ok(Vec::new())
    }

    /// Opens a process.
    pub fn open(pid: i32) -> Result<Self, Error> {
        Err(Error::NotOnHeapmin(pid))
    }

    /// What is known of the process itself.
    pub fn process(&self) -> &Process {
        &self.process
    }

    /// Where its heaps are.
    pub fn directory(&self) -> &Directory {
        unimplemented!()
    }

    /// Reads its memory. What the process changes meanwhile may be read by halves.
    pub fn read(&self, _address: u64, _bytes: &mut [u8]) -> Result<(), Error> {
        Err(Error::Ended(self.process.pid))
    }

    /// Its figures now.
    pub fn snapshot(&self) -> Result<Snapshot, Error> {
        Err(Error::Ended(self.process.pid))
    }

    /// What every page is.
    pub fn map(&self, _progress: Progress<'_>) -> Result<Map, Error> {
        Err(Error::Ended(self.process.pid))
    }

    /// Calls `visit` for each element of a heap, by number or handle, or of all heaps, in the order in
    /// which `HeapWalk` gives them. It may end the walk with `false`.
    pub fn walk(
        &self,
        _heap: Option<u64>,
        _visit: &mut dyn FnMut(&Entry) -> bool,
    ) -> Result<(), Error> {
        Err(Error::Ended(self.process.pid))
    }

    /// Checks all heaps by reading them. What changes meanwhile is looked at again before it is called
    /// damaged.
    pub fn check(&self, _progress: Progress<'_>) -> Result<Checked, Error> {
        Err(Error::Ended(self.process.pid))
    }

    /// Has the process trim all its heaps.
    pub fn trim(&self) -> Result<Trimmed, Error> {
        Err(Error::Ended(self.process.pid))
    }

    /// Has the process check all its heaps itself, each with its threads kept out.
    pub fn validate(&self) -> Result<Checked, Error> {
        Err(Error::Ended(self.process.pid))
    }

    /// Has the process sample its allocations, so many bytes apart on average, or no more.
    pub fn sample(&self, _bytes: Option<u64>) -> Result<(), Error> {
        Err(Error::Ended(self.process.pid))
    }
}
