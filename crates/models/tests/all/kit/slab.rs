//! Slabs of a few blocks with the engine's words for remote frees, and their owner.
//!
//! Block `b` is bit `b % 2` of word `b / 2`.

use heapmin_models::base::atomic::{AtomicU32, AtomicU64, Ordering};
use heapmin_models::execution;
use heapmin_models::slab::remote::{Inbox, Posted, Shared};
use heapmin_models::span::map::QUEUED;
use std::cell::{Cell, RefCell};
use std::ptr;
use std::rc::Rc;

const WORDS: usize = 2;

/// The words of a slab that threads share, and its live bits.
pub struct Slab {
    /// What a push passes on.
    pub number: u32,
    /// Its link in the inbox.
    pub link: AtomicU32,
    entry: AtomicU32,
    summary: AtomicU64,
    remote: [AtomicU64; WORDS],
    live: [AtomicU64; WORDS],
}

const fn place(block: u32) -> (usize, u64) {
    (block as usize / 2, 1 << (block % 2))
}

impl Slab {
    /// The shared words.
    pub fn shared(&self) -> Shared<'_> {
        Shared { entry: &self.entry, summary: &self.summary, words: &self.remote }
    }

    /// Whether the block is live: a caller's, or freed by another thread and not yet collected.
    pub fn is_live(&self, block: u32) -> bool {
        let (word, bit) = place(block);
        self.live[word].load(Ordering::Relaxed) & bit != 0
    }

    /// Only for the owner.
    pub fn set_live(&self, block: u32, live: bool) {
        let (word, bit) = place(block);
        let others = self.live[word].load(Ordering::Relaxed) & !bit;
        self.live[word].store(others | if live { bit } else { 0 }, Ordering::Relaxed);
    }

    /// Whether the slab says that it is in an inbox.
    pub fn is_queued(&self) -> bool {
        self.entry.load(Ordering::Relaxed) & QUEUED != 0
    }

    /// Posts a block.
    pub fn post(&self, block: u32) -> Posted {
        let (word, bit) = place(block);
        self.shared().post(word, bit, QUEUED)
    }

    /// Whether a block is posted.
    pub fn is_posted(&self, block: u32) -> bool {
        let (word, bit) = place(block);
        self.shared().is_posted(word, bit)
    }

    /// Frees a block as a thread does that doesn't own the slab. `false`: it is free already.
    pub fn free_remotely(&self, block: u32, inbox: &Inbox) -> bool {
        self.is_live(block)
            && match self.post(block) {
                Posted::Twice => false,
                Posted::Recorded => true,
                Posted::MustPush => {
                    inbox.push(self.number, &self.link);
                    true
                }
            }
    }
}

/// Slabs, their inbox, and what their owner has seen.
pub struct Owned {
    /// Numbered from 1.
    pub slabs: Vec<Slab>,
    /// Where other threads leave them.
    pub inbox: Inbox,
    /// For each slab the blocks collected so far, in order.
    collected: RefCell<Vec<Vec<u32>>>,
    /// Blocks that were free already when they were collected.
    caught: Cell<u32>,
}

impl Owned {
    /// Slabs with these blocks live.
    pub fn new(live: &[&[u32]]) -> Rc<Self> {
        let slab = |number| Slab {
            number,
            link: AtomicU32::new(0),
            entry: AtomicU32::new(0),
            summary: AtomicU64::new(0),
            remote: [const { AtomicU64::new(0) }; WORDS],
            live: [const { AtomicU64::new(0) }; WORDS],
        };
        let slabs = (1..=live.len() as u32).map(slab).collect();
        let collected = RefCell::new(vec![Vec::new(); live.len()]);
        let owned = Rc::new(Self { slabs, inbox: Inbox::new(), collected, caught: Cell::new(0) });
        for (slab, blocks) in owned.slabs.iter().zip(live) {
            blocks.iter().for_each(|&block| slab.set_live(block, true));
        }
        owned
    }

    /// The only slab.
    pub fn slab(&self) -> &Slab {
        &self.slabs[0]
    }

    /// Takes the slabs out of the inbox, in the engine's order of steps.
    pub fn drain(&self) {
        if self.inbox.is_empty() {
            return;
        }
        let mut number = self.inbox.take();
        let mut popped = Vec::new();
        while number != 0 {
            assert!(!popped.contains(&number), "a slab is in the inbox twice");
            popped.push(number);
            let slab = &self.slabs[number as usize - 1];
            number = Inbox::next(&slab.link);
            slab.shared().clear_queued(QUEUED);
            self.collect(slab);
        }
    }

    /// Collects the blocks of a slab, and gives the slab up if none is live.
    pub fn collect(&self, slab: &Slab) {
        let mut blocks = Vec::new();
        slab.shared().collect(|word, bits| {
            blocks
                .extend((0..2).filter(|bit| bits >> bit & 1 != 0).map(|bit| 2 * word as u32 + bit));
        });
        for &block in &blocks {
            if slab.is_live(block) {
                slab.set_live(block, false);
                self.collected.borrow_mut()[slab.number as usize - 1].push(block);
            } else {
                // The engine ends the process here: it has found a double free.
                self.caught.set(self.caught.get() + 1);
            }
        }
        if !blocks.is_empty() && (0..2 * WORDS as u32).all(|block| !slab.is_live(block)) {
            // R3: nobody touches it any more.
            let start = ptr::from_ref(slab).addr();
            let execution = execution::current().expect("a model runs");
            execution.retire(start..start + size_of::<Slab>());
        }
    }

    /// Frees a block of the only slab as its owner does. `false`: it is free already.
    pub fn free_own(&self, block: u32) -> bool {
        let slab = self.slab();
        if slab.is_queued() {
            if slab.is_posted(block) {
                return false;
            }
            self.drain();
        }
        let live = slab.is_live(block);
        slab.set_live(block, false);
        live
    }

    /// Double frees found at collecting.
    pub fn caught(&self) -> u32 {
        self.caught.get()
    }

    /// The blocks collected so far of all slabs, smallest first.
    pub fn collected(&self) -> Vec<Vec<u32>> {
        let mut all = self.collected.borrow().clone();
        all.iter_mut().for_each(|blocks| blocks.sort_unstable());
        all
    }
}
