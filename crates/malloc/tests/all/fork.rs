//! Processes that are copies of others.

use crate::harness::{c, rules};

rules! { c("fork.c") =>
    children_work_while_other_threads_allocate_in_tight_loops,
    children_work_while_other_threads_start_and_end,
    children_work_while_blocks_change_hands,
    several_threads_fork_at_the_same_time,
    a_child_of_a_child_works,
    a_child_has_threads_of_its_own,
    a_child_does_not_copy_its_parents_memory,
    posix_spawn_and_system_work_while_other_threads_allocate,
    vfork_leaves_the_parents_heap_alone,
}

mod handlers {
    use super::*;
    rules! { c("fork_handlers.c") =>
        registered_before_the_first_allocation,
        registered_in_main,
        registered_a_hundred_times,
    }
}
