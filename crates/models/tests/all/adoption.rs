//! Slabs that change owners (`heap/record.rs`, `cache/refill.rs`) while other threads free blocks
//! of them (`heap/free.rs`).
//!
//! Two things hold: every block is collected in the end; and no slab is left with a former owner,
//! which, having no thread, would not look into its inbox until somebody is short of memory.

use crate::kit::program::{
    LARGEST, allocate, allocating, assert_all_is_collected, free, join, want_cache, works,
    works_with_cache,
};
use heapmin_models::cache::shared_words;
use heapmin_models::heap::registry::PROCESS;
use heapmin_models::model::Model;
use heapmin_models::program::{Played, spawn};
use heapmin_models::slab::remote::Posted;
use heapmin_models::span::WINDOW;
use heapmin_models::span::map::{self, QUEUED};

fn model() -> Model {
    Model::new().reserve(150)
}

/// A process with a thread whose slab has one live block and room for another one.
fn owner_and_block() -> (Played, *mut u8) {
    works();
    let owner = Played::new();
    let block = owner.does(|| {
        want_cache();
        let blocks = [allocate(LARGEST), allocate(LARGEST)];
        free(blocks[0]);
        blocks[1]
    });
    (owner, block)
}

/// The same with the thread ended.
fn left_behind() -> *mut u8 {
    let (owner, block) = owner_and_block();
    owner.ends();
    block
}

fn assert_nothing_lies_with_idle_caches() {
    let lists = PROCESS.caches.lock();
    let mut at = lists.idle;
    // SAFETY: caches in the list are alive.
    while let Some(cache) = unsafe { at.as_ref() } {
        assert!(cache.inbox().is_empty(), "a slab lies where nobody looks");
        at = cache.next_idle.get();
    }
}

#[test]
fn a_block_freed_while_its_slab_is_adopted_is_collected() {
    model().check(|| {
        let block = left_behind();
        let freeing = spawn(move || free(block));
        let adopted = allocate(LARGEST);
        join(freeing);
        assert_nothing_lies_with_idle_caches();
        free(adopted);
        assert_all_is_collected();
    });
}

#[test]
fn a_block_freed_while_its_owner_ends_is_collected() {
    model().preemptions(3).check(|| {
        let (owner, block) = owner_and_block();
        let freeing = spawn(move || free(block));
        owner.ends();
        let adopted = allocate(LARGEST);
        join(freeing);
        assert_nothing_lies_with_idle_caches();
        free(adopted);
        assert_all_is_collected();
    });
}

#[test]
fn a_block_freed_while_a_thread_takes_over_the_cache_of_its_slab_is_collected() {
    model().preemptions(3).check(|| {
        let block = left_behind();
        let freeing = spawn(move || free(block));
        let heir = allocating(LARGEST);
        join(freeing);
        free(heir.block());
        assert_all_is_collected();
    });
}

#[test]
fn a_block_freed_while_threads_adopt_and_take_over_is_collected() {
    model().preemptions(2).check(|| {
        let block = left_behind();
        let freeing = spawn(move || free(block));
        let taking_over = spawn(works_with_cache);
        let adopted = allocate(LARGEST);
        join(freeing);
        join(taking_over);
        free(adopted);
        assert_all_is_collected();
    });
}

/// As the engine frees, without a second look at the owner.
#[test]
fn a_free_that_trusts_its_first_look_at_the_owner_is_found() {
    let report = model().fault(|| {
        let block = left_behind();
        let freeing = spawn(move || {
            let granule = WINDOW.granule(block.addr()).expect("a block");
            let slab = granule.unit();
            let place = granule.within_unit();
            if shared_words(slab).post(place / 64, granule.bit(), QUEUED) == Posted::MustPush {
                let owner = map::entry(slab).owner();
                // SAFETY: a slab's owner is a cache, which stays.
                let cache = unsafe { heapmin_models::cache::Cache::at(owner).as_ref() };
                cache.inbox().push(slab.0, &WINDOW.remote(slab).inbox_next);
            }
        });
        let adopted = allocate(LARGEST);
        join(freeing);
        assert_nothing_lies_with_idle_caches();
        free(adopted);
    });
    assert!(report.contains("where nobody looks"), "{report}");
}
