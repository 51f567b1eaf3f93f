//! Frees by threads that don't own the slab (`slab/remote.rs`).

use crate::kit::program::join;
use crate::kit::slab::Owned;
use heapmin_models::base::atomic::Ordering;
use heapmin_models::model::Model;
use heapmin_models::program::spawn;
use heapmin_models::slab::remote::{Inbox, Posted};
use heapmin_models::span::map::QUEUED;
use loom::thread::JoinHandle;
use std::rc::Rc;

/// Starts a thread that frees blocks, each given as slab and block.
fn freeing(owned: &Rc<Owned>, blocks: &'static [(usize, u32)]) -> JoinHandle<()> {
    let owned = Rc::clone(owned);
    spawn(move || {
        for &(slab, block) in blocks {
            assert!(owned.slabs[slab].free_remotely(block, &owned.inbox), "nobody else frees it");
        }
    })
}

/// Two threads free the blocks of their lists while the owner drains its inbox as often as said,
/// and once more at the end.
fn all_are_collected_once(
    live: &'static [&'static [u32]],
    lists: [&'static [(usize, u32)]; 2],
    rounds: usize,
) {
    Model::new().check(move || {
        let owned = Owned::new(live);
        let threads = lists.map(|blocks| freeing(&owned, blocks));
        (0..rounds).for_each(|_| owned.drain());
        threads.into_iter().for_each(join);
        owned.drain();
        let mut expected = vec![Vec::new(); live.len()];
        lists.concat().iter().for_each(|&(slab, block)| expected[slab].push(block));
        expected.iter_mut().for_each(|blocks| blocks.sort_unstable());
        assert_eq!(owned.collected(), expected);
        assert_eq!(owned.caught(), 0);
        assert!(owned.inbox.is_empty(), "the slab was pushed for nothing");
    });
}

/// The last block collected ends the slab: no thread touches it afterwards (R3).
#[test]
fn blocks_of_one_word_are_collected_once() {
    all_are_collected_once(&[&[0, 1]], [&[(0, 0)], &[(0, 1)]], 2);
}

#[test]
fn blocks_of_two_words_are_collected_once() {
    all_are_collected_once(&[&[0, 2]], [&[(0, 0)], &[(0, 2)]], 2);
}

#[test]
fn blocks_of_words_in_common_are_collected_once() {
    all_are_collected_once(&[&[0, 1, 2]], [&[(0, 0), (0, 2)], &[(0, 1)]], 2);
}

#[test]
fn slabs_of_one_inbox_are_all_found() {
    all_are_collected_once(&[&[0], &[0]], [&[(0, 0)], &[(1, 0)]], 2);
}

#[test]
fn a_slab_that_stays_is_collected_again_and_again() {
    all_are_collected_once(&[&[0, 1, 2, 3]], [&[(0, 0), (0, 1)], &[(0, 2)]], 2);
}

/// A block that was collected is handed out and freed again, by a third thread, while the second
/// may still be on its way to the inbox.
#[test]
fn a_block_freed_handed_out_and_freed_again_is_collected_twice() {
    Model::new().preemptions(3).check(|| {
        let owned = Owned::new(&[&[0, 1, 3]]);
        let first = freeing(&owned, &[(0, 0)]);
        let second = freeing(&owned, &[(0, 1)]);
        owned.drain();
        let again = owned.collected()[0].contains(&0);
        let third = again.then(|| {
            owned.slab().set_live(0, true);
            freeing(&owned, &[(0, 0)])
        });
        owned.drain();
        join(first);
        join(second);
        if let Some(third) = third {
            join(third);
        }
        owned.drain();
        assert_eq!(owned.collected(), [if again { vec![0, 0, 1] } else { vec![0, 1] }]);
        assert!(owned.inbox.is_empty(), "the slab was pushed for nothing");
    });
}

/// Whoever frees a block of a slab that a thread has freed a block of, and that isn't drained, is
/// warned by QUEUED.
#[test]
fn a_slab_in_the_inbox_is_queued() {
    Model::new().check(|| {
        let owned = Owned::new(&[&[0, 1, 2]]);
        let threads = [freeing(&owned, &[(0, 0)]), freeing(&owned, &[(0, 1)])];
        owned.drain();
        threads.into_iter().for_each(join);
        assert_eq!(owned.slab().is_queued(), !owned.inbox.is_empty());
    });
}

#[test]
fn clearing_queued_after_collecting_is_found() {
    Model::new().fault(|| {
        let owned = Owned::new(&[&[0, 1, 2]]);
        let threads = [freeing(&owned, &[(0, 0)]), freeing(&owned, &[(0, 1)])];
        if owned.inbox.take() != 0 {
            let slab = owned.slab();
            assert_eq!(Inbox::next(&slab.link), 0);
            owned.collect(slab);
            slab.shared().clear_queued(QUEUED);
        }
        threads.into_iter().for_each(join);
        assert_eq!(owned.slab().is_queued(), !owned.inbox.is_empty());
    });
}

#[test]
fn collecting_a_slab_that_was_not_popped_is_found() {
    Model::new().fault(|| {
        let owned = Owned::new(&[&[0]]);
        let thread = freeing(&owned, &[(0, 0)]);
        owned.collect(owned.slab());
        join(thread);
    });
}

#[test]
fn reading_the_link_after_collecting_is_found() {
    Model::new().fault(|| {
        let owned = Owned::new(&[&[0, 1, 2], &[0, 1]]);
        let threads = [freeing(&owned, &[(1, 0), (0, 0)]), freeing(&owned, &[(0, 1)])];
        let mut number = owned.inbox.take();
        while number != 0 {
            let slab = &owned.slabs[number as usize - 1];
            slab.shared().clear_queued(QUEUED);
            owned.collect(slab);
            number = Inbox::next(&slab.link);
        }
        threads.into_iter().for_each(join);
        owned.drain();
        assert_eq!(owned.collected(), [vec![0, 1], vec![0]]);
    });
}

#[test]
fn announcing_a_word_before_its_bit_is_set_is_found() {
    Model::new().fault(|| {
        let owned = Owned::new(&[&[0, 1]]);
        let other = Rc::clone(&owned);
        let thread = spawn(move || {
            let slab = other.slab();
            let shared = slab.shared();
            if shared.summary.fetch_or(1, Ordering::AcqRel) == 0 {
                shared.entry.fetch_or(QUEUED, Ordering::AcqRel);
                other.inbox.push(slab.number, &slab.link);
            }
            shared.words[0].fetch_or(1, Ordering::AcqRel);
        });
        owned.drain();
        join(thread);
        owned.drain();
        assert_eq!(owned.collected(), [[0]]);
    });
}

/// Two threads must not both take the first free of a word for theirs, or both push.
#[test]
fn pushing_without_being_told_to_is_found() {
    let report = Model::new().fault(|| {
        let owned = Owned::new(&[&[0, 1, 2]]);
        let threads = [0, 1].map(|block| {
            let owned = Rc::clone(&owned);
            spawn(move || {
                let slab = owned.slab();
                assert_ne!(slab.post(block), Posted::Twice);
                owned.inbox.push(slab.number, &slab.link);
            })
        });
        threads.into_iter().for_each(join);
        owned.drain();
    });
    assert!(report.contains("twice"), "{report}");
}
