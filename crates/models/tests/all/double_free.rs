//! Double frees in which a thread takes part that doesn't own the slab: whoever comes second is
//! refused, or the owner finds at collecting that the block was free already.
//!
//! A refusal may come late: a thread that looked at the live bit before the block was collected
//! posts it after that. The owner then collects a block that isn't live, and the engine ends the
//! process. A block that was handed out in between is freed under its new owner's hands: that
//! can't be seen, and is excluded here.

use crate::kit::program::join;
use crate::kit::slab::Owned;
use heapmin_models::base::atomic::Ordering;
use heapmin_models::model::Model;
use heapmin_models::program::spawn;
use loom::thread::JoinHandle;
use std::cell::Cell;
use std::rc::Rc;

/// Starts a thread that frees block 0, and counts if it is refused.
fn freeing(owned: &Rc<Owned>, refused: &Rc<Cell<u32>>) -> JoinHandle<()> {
    let (owned, refused) = (Rc::clone(owned), Rc::clone(refused));
    spawn(move || {
        if !owned.slab().free_remotely(0, &owned.inbox) {
            refused.set(refused.get() + 1);
        }
    })
}

/// So many threads free block 0, the owner too if `own`, which then drains its inbox. All but one
/// are found out.
fn one_free_counts(threads: usize, own: bool) {
    Model::new().check(move || {
        let owned = Owned::new(&[&[0, 1]]);
        let refused = Rc::new(Cell::new(0));
        let running: Vec<_> = (0..threads).map(|_| freeing(&owned, &refused)).collect();
        if own && !owned.free_own(0) {
            refused.set(refused.get() + 1);
        }
        owned.drain();
        running.into_iter().for_each(join);
        owned.drain();
        let frees = threads as u32 + u32::from(own);
        assert_eq!(refused.get() + owned.caught(), frees - 1);
        assert!(!owned.slab().is_live(0));
    });
}

#[test]
fn of_two_threads_that_free_a_block_one_is_found_out() {
    one_free_counts(2, false);
}

#[test]
fn of_three_threads_that_free_a_block_two_are_found_out() {
    one_free_counts(3, false);
}

#[test]
fn of_the_owner_and_another_thread_one_is_found_out() {
    one_free_counts(1, true);
}

#[test]
fn of_the_owner_and_two_other_threads_two_are_found_out() {
    one_free_counts(2, true);
}

/// A free that comes after another thread's is refused at once, drained or not.
#[test]
fn a_later_free_is_refused_at_once() {
    Model::new().check(|| {
        let owned = Owned::new(&[&[0, 1]]);
        let refused = Rc::new(Cell::new(0));
        let first = freeing(&owned, &refused);
        owned.drain();
        join(first);
        assert!(!owned.free_own(0));
        assert_eq!(refused.get(), 0);
    });
}

#[test]
fn looking_at_the_bit_and_setting_it_in_two_steps_is_found() {
    Model::new().fault(|| {
        let owned = Owned::new(&[&[0, 1]]);
        let freed = Rc::new(Cell::new(0));
        let threads = [0; 2].map(|_| {
            let (owned, freed) = (Rc::clone(&owned), Rc::clone(&freed));
            spawn(move || {
                let shared = owned.slab().shared();
                let word = shared.words[0].load(Ordering::Acquire);
                if word & 1 == 0 {
                    shared.words[0].store(word | 1, Ordering::Release);
                    freed.set(freed.get() + 1);
                }
            })
        });
        threads.into_iter().for_each(join);
        assert_eq!(freed.get(), 1);
    });
}

/// The owner has to ask whether a block of a queued slab is posted.
#[test]
fn an_owner_that_ignores_queued_is_found() {
    Model::new().fault(|| {
        let owned = Owned::new(&[&[0, 1]]);
        let refused = Rc::new(Cell::new(0));
        join(freeing(&owned, &refused));
        let live = owned.slab().is_live(0);
        assert!(!live, "freed again");
    });
}
