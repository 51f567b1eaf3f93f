//! A heap as a whole: its lock, what it looks like, what it gives back.

use super::{BadCursor, Cursor, Damage, Element, ExactHeap, IfLocked, Summary};
use crate::api::{process, thread};
use crate::heap::decay::Decay;
use crate::heap::registry::{PROCESS, PrivateHeap};
use crate::inspect::summary::Search;
use crate::inspect::walk::{self, Walked};
use crate::inspect::{fill, summary, validate};
use crate::trim::{self, Patience, Step, Subject, Trimmed};

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

    /// Gives back to the OS what nobody uses of this heap; other threads go on, and wait for moments.
    /// `None`: another thread has destroyed the heap meanwhile.
    pub fn trim(self) -> Option<Trimmed> {
        if self.is_process() {
            return Some(process::trim());
        }
        trim::trim(&[self.record()]).ok()
    }

    /// [`ExactHeap::trim`] unless another thread has locked the heap.
    pub fn try_trim(self) {
        if self.is_process() {
            trim::try_trim(&[&PROCESS, self.record()]);
        } else {
            trim::try_trim(&[self.record()]);
        }
    }

    /// Bytes of the largest free block; other threads go on, and wait for moments. `past`: it isn't
    /// waited for either, as the caller keeps the others out. `None`: another thread has destroyed
    /// the heap meanwhile.
    pub fn largest_free(self, past: bool) -> Option<usize> {
        let mut search = Search::default();
        if past {
            self.walked(|heap| search.go_on(heap, || false));
            return Some(search.largest_free);
        }
        let subject = Subject::new(self.record(), Patience::Wait);
        let mut go_on = |step: &Step| self.walked(|heap| search.go_on(heap, || step.is_over()));
        while !subject.step(|_, step| go_on(step)).ok()? {}
        Some(search.largest_free)
    }

    /// [`ExactHeap::trim`] of every heap, those apart that another thread has locked, or whose
    /// users keep each other out by themselves.
    pub fn trim_all() -> Trimmed {
        trim::trim_all()
    }

    /// Says when memory that nobody uses goes back by itself; of the process heap: as
    /// [`process::set_decay`].
    pub fn set_decay(self, decay: Decay) {
        if self.is_process() {
            process::set_decay(decay);
        } else {
            self.record().decay.set(Some(decay));
        }
    }

    /// When memory that nobody uses goes back by itself.
    pub fn decay(self) -> Decay {
        self.record().decay.get()
    }

    /// Writes `byte` to all free blocks.
    pub fn fill_free(self, byte: u8) {
        if self.is_process() {
            fill::fill_free(&PROCESS, byte);
        }
        fill::fill_free(self.record(), byte);
    }
}
