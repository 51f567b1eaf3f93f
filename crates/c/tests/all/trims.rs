//! Trims by every function that trims, also of heaps that others lock and destroy meanwhile.

use crate::harness::{c_program, rules};

rules! { c_program(&["trims.c"]) =>
    every_trim_of_a_heap_gives_back,
    every_trim_of_the_process_heap_gives_back,
    trims_of_heaps_without_a_lock_give_back,
    compacting_returns_the_largest_committed_free_block,
    freed_memory_goes_back_while_the_program_sleeps,
}

mod destroyed {
    use super::*;
    rules! { c_program(&["trims_destroyed.c"]) =>
        a_heap_destroyed_while_others_compact_it_is_refused,
        a_heap_destroyed_while_others_optimize_it_is_refused,
        a_heap_destroyed_while_others_trim_it_is_refused,
        a_heap_destroyed_while_others_do_all_that_is_refused,
        heaps_come_and_go_while_all_are_trimmed,
        a_locked_heap_is_destroyed_by_its_holder_while_others_wait_to_trim_it,
        holders_of_a_lock_trim_while_others_do,
    }
}

/// A static program has a thread of the library's own as well.
#[test]
fn in_a_static_program_it_goes_back_too() {
    let program = c_program(&["trims.c"]).all_static();
    program.build().rule("freed_memory_goes_back_while_the_program_sleeps").holds();
    program.build().rule("every_trim_of_a_heap_gives_back").holds();
}
