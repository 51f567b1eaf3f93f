//! Threads and what they leave behind.

use crate::harness::{c, cxx, rules};

rules! { c("threads.c") =>
    no_thread_is_started_with_the_process,
    blocks_handed_between_threads_keep_their_contents,
    a_consumer_that_only_frees_does_not_make_the_producer_grow,
    a_hundred_thousand_threads_leave_nothing_behind,
    blocks_of_ended_threads_stay_valid_and_are_used_again_after_a_free,
    many_threads_at_once_that_end_leave_their_memory_for_others,
    detached_threads_and_pthread_exit_are_ends_too,
    cancelled_threads_leave_a_usable_heap,
    trimming_and_looking_at_the_heap_while_others_allocate,
    a_thousand_threads_live_at_the_same_time,
    seventy_two_threads_start_to_allocate_at_the_same_moment,
}

mod destructors {
    use super::*;
    rules! { c("thread_destructors.c") =>
        destructors_of_keys_allocate_and_free_in_every_round,
        a_thread_whose_only_allocations_are_in_destructors_and_values,
        threads_with_destructors_leave_nothing_behind,
        keys_made_before_the_first_allocation,
        no_key_is_left,
    }
}

mod thread_local_objects {
    use super::*;
    rules! { cxx("thread_local.cc") =>
        destructors_of_thread_local_objects_allocate_and_free,
        threads_with_objects_leave_nothing_behind,
        objects_of_the_main_thread_are_destroyed_at_exit,
    }
}
