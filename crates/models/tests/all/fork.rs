//! The child of a fork (`heap/fork.rs`): it has the caches of threads that it doesn't have.

use crate::kit::program::{
    LARGEST, allocate, allocating, assert_all_is_collected, free, want_cache, works,
};
use heapmin_models::model::Model;
use heapmin_models::program::{Barrier, Played, forked};

/// The vanished thread's cache had blocks on its stack, and its slabs go to two threads.
#[test]
fn a_child_hands_no_block_out_twice() {
    Model::new().barrier(Barrier::Sound).preemptions(1).reserve(150).check(|| {
        works();
        Played::new().does(|| {
            want_cache();
            let blocks = [allocate(LARGEST), allocate(LARGEST), allocate(LARGEST)];
            blocks.into_iter().for_each(free);
        });
        forked();
        let other = allocating(LARGEST);
        let mut blocks = vec![allocate(LARGEST), allocate(LARGEST), other.block()];
        blocks.sort_unstable();
        blocks.dedup();
        assert_eq!(blocks.len(), 3, "a block was handed out twice");
        blocks.into_iter().for_each(free);
        assert_all_is_collected();
    });
}
