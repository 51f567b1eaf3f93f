//! The heap that is worked on, in steps: each has it for itself, and in between other threads pass.

use crate::base::atomic::Ordering;
use crate::cache::Cache;
use crate::heap::gate::{LOCKED, QUIET, Quiet};
use crate::heap::record::HeapRecord;
use crate::heap::registry::Known;
use crate::os;

/// How long a step goes on beginning new things, in nanoseconds. Other threads wait that long and
/// for the last of them: of the longest, giving back the pages of a region whose huge page breaks
/// up, it is about 300 µs.
const STEP: u64 = 50_000;
/// How long others may go on between two steps if some of them had to wait.
const PAUSE: u32 = 60_000;

/// How long a step waits before it looks again whether the heap is still locked.
const LOCKED_PAUSE: u32 = 1_000_000;

/// What becomes of a step if another thread has locked the heap.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Patience {
    /// It waits.
    Wait,
    /// There is none.
    Skip,
}

/// Why there was no step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stopped {
    /// The heap was destroyed.
    Gone,
    /// Another thread has locked it.
    Locked,
}

/// A heap that may be destroyed at any time but during a step.
#[derive(Clone, Copy)]
pub struct Subject<'a> {
    known: Known<'a>,
    patience: Patience,
}

/// A step that goes on.
pub struct Step {
    began: u64,
}

impl Step {
    fn begin() -> Self {
        Self { began: os::nanoseconds() }
    }

    /// Whether it has taken long enough.
    pub fn is_over(&self) -> bool {
        os::nanoseconds().wrapping_sub(self.began) >= STEP
    }
}

impl<'a> Subject<'a> {
    /// The record may be that of a heap which is destroyed meanwhile: it is read only while the
    /// heap exists.
    pub fn new(heap: &'a HeapRecord, patience: Patience) -> Self {
        Self { known: Known::new(heap), patience }
    }

    /// The heap's number.
    pub fn number(&self) -> u32 {
        self.known.number
    }

    /// Works on the heap while no other thread is in it.
    pub fn step<R>(&self, work: impl FnOnce(&'a HeapRecord, &Step) -> R) -> Result<R, Stopped> {
        let quiet = self.quiesce()?;
        let heap = self.known.heap;
        let stopped = heap.stopped.load(Ordering::Relaxed);
        let result = work(heap, &Step::begin());
        let waited_for = heap.stopped.load(Ordering::Relaxed) != stopped;
        drop(quiet);
        if waited_for {
            os::sleep(PAUSE);
        }
        Ok(result)
    }

    fn quiesce(&self) -> Result<Quiet<'a>, Stopped> {
        loop {
            // With the list of heaps locked nobody destroys it.
            let found = self.known.while_alive(|heap| {
                heap.try_quiesce().ok_or_else(|| heap.closed.load(Ordering::SeqCst))
            });
            let closed = match found {
                None => return Err(Stopped::Gone),
                Some(Ok(quiet)) => return Ok(quiet),
                Some(Err(closed)) => closed,
            };
            if closed == LOCKED && self.patience == Patience::Skip {
                return Err(Stopped::Locked);
            }
            if closed == LOCKED {
                os::sleep(LOCKED_PAUSE);
            } else {
                os::wait_briefly(&self.known.heap.closed, QUIET);
            }
        }
    }

    /// Calls `visit` for every cache of the heap, the shared one last, in as many steps as it
    /// takes. Each cache as a whole: that takes a tenth of a millisecond at most.
    pub fn each_cache(&self, mut visit: impl FnMut(&HeapRecord, &Cache)) -> Result<(), Stopped> {
        let mut last: Option<&Cache> = None;
        loop {
            let more = self.step(|heap, step| {
                while let Some(cache) = heap.cache_after(last) {
                    visit(heap, cache);
                    last = Some(cache);
                    if step.is_over() {
                        return true;
                    }
                }
                let shared = heap.shared.lock();
                // SAFETY: null or the shared cache, which lives as long as the heap.
                if let Some(cache) = unsafe { shared.as_ref() } {
                    visit(heap, cache);
                }
                false
            })?;
            if !more {
                return Ok(());
            }
        }
    }
}
