//! A heap as a whole: its lock, what it looks like, what it gives back.

use super::{BadCursor, Cursor, Damage, Element, ExactHeap, IfLocked, Summary};
use crate::api::{process, thread};
use crate::heap::registry::{self, PROCESS, PrivateHeap};
use crate::inspect::walk::{self, Walked};
use crate::inspect::{fill, summary, validate};
use crate::trim::{self, Trimmed};

impl ExactHeap {
    /// Keeps every other thread out until [`ExactHeap::unlock`], as often as it was called. Nothing
    /// for a heap that isn't serialised.
    pub fn lock(self) {
        if self.record().traits.unserialized {
            return;
        }
        // A thread that ends gives back what it has locked.
        thread::watch_end();
        if self.is_process() {
            PROCESS.lock();
        }
        self.record().lock();
    }

    /// Undoes one [`ExactHeap::lock`]. `false`: the calling thread doesn't hold it.
    pub fn unlock(self) -> bool {
        if self.record().traits.unserialized {
            return true;
        }
        let done = self.record().unlock();
        if done && self.is_process() {
            PROCESS.unlock();
        }
        done
    }

    /// Whether the calling thread has locked the heap.
    pub fn is_locked_by_caller(self) -> bool {
        self.record().is_locked_by_caller()
    }

    /// What is wrong with the heap; `None`: nothing. Other threads wait meanwhile.
    pub fn validate_if(self, if_locked: IfLocked) -> Option<Damage> {
        let other_half =
            if self.is_process() { validate::validate(&PROCESS, if_locked) } else { None };
        other_half.or_else(|| validate::validate(self.record(), if_locked))
    }

    /// [`ExactHeap::validate_if`], waiting for another thread that has locked the heap.
    pub fn validate(self) -> Option<Damage> {
        self.validate_if(IfLocked::Wait)
    }

    fn walked<R>(self, walk: impl FnOnce(Walked<'_>) -> R) -> R {
        let record = self.record();
        let both = [record, &PROCESS];
        let one = [record];
        let process = self.is_process();
        walk(Walked {
            halves: if process { &both } else { &one },
            handle: self.handle(),
            record_bytes: if process { 0 } else { size_of::<PrivateHeap>() },
            beside: record.traits.beside,
            committed: record.traits.committed,
        })
    }

    /// The element after the one at `after`, or the first; `Ok(None)`: there are no more. Waits for
    /// another thread that has locked the heap.
    ///
    /// # Errors
    /// `after` isn't at an element of the heap, perhaps because of what happened since.
    pub fn walk(self, after: Option<Cursor>) -> Result<Option<Element>, BadCursor> {
        self.walked(|heap| self.record().inside(|_| walk::step(heap, after)))
    }

    /// The heap in a few numbers. Other threads wait meanwhile. `unserialized`: don't wait for another
    /// thread that has locked the heap.
    pub fn summary_past(self, unserialized: bool) -> Summary {
        let _quiet = if unserialized { None } else { Some(self.record().quiesce()) };
        self.walked(summary::gather)
    }

    /// [`ExactHeap::summary_past`], waiting.
    pub fn summary(self) -> Summary {
        self.summary_past(false)
    }

    /// Gives back to the OS what nobody uses of this heap.
    pub fn trim(self) -> Trimmed {
        if self.is_process() { process::trim() } else { trim::trim(self.record()) }
    }

    /// [`ExactHeap::trim`] unless another thread has locked the heap.
    pub fn try_trim(self) {
        let halves = [Some(self.record()), self.is_process().then_some(&PROCESS)];
        for half in halves.into_iter().flatten() {
            if let Some(quiet) = half.quiesce_unless_locked() {
                trim::release(half, &quiet);
            }
        }
    }

    /// [`ExactHeap::try_trim`] for every heap but those that aren't serialised, which other threads may
    /// be using at this moment.
    pub fn trim_all() {
        registry::each_heap(|record| {
            if !record.traits.unserialized
                && let Some(quiet) = record.quiesce_unless_locked()
            {
                trim::release(record, &quiet);
            }
        });
    }

    /// Writes `byte` to all free blocks.
    pub fn fill_free(self, byte: u8) {
        if self.is_process() {
            fill::fill_free(&PROCESS, byte);
        }
        fill::fill_free(self.record(), byte);
    }
}
