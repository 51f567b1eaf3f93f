//! Moveable memory beyond the documentation's checklist: every combination, threads, older names.

use crate::harness::{c_program, rules};

mod matrix {
    use super::*;
    rules! { c_program(&["moveable_matrix.c"]) =>
        modify_keeps_every_object,
        modify_with_moveable_keeps_moveable_objects,
        modify_with_moveable_converts_fixed_objects_of_global_only,
        modify_with_discardable_sets_the_flag_of_moveable_objects,
        discardable_without_modify_is_refused,
        fixed_objects_move_only_with_moveable,
        unlocked_objects_move_without_being_asked,
        locked_objects_move_only_with_moveable,
        only_unlocked_objects_are_discarded_and_only_with_moveable,
        growth_is_zeroed_to_the_byte,
        what_is_too_large_is_refused,
        unknown_flags_are_refused,
    }
}

mod bad_handles {
    use super::*;
    rules! { c_program(&["moveable_matrix.c"]) =>
        what_looks_like_a_handle_but_is_none_is_refused,
        addresses_without_memory_are_refused,
        freed_blocks_and_foreign_memory_are_refused,
        null_is_refused_but_by_free,
    }
}

mod threads {
    use super::*;
    rules! { c_program(&["moveable_lives.c"]) =>
        an_entry_is_one_objects_only,
        an_object_that_all_resize_is_whole,
        who_asks_meanwhile_hears_of_one_state_or_the_other,
        a_locked_object_stays_where_it_is,
        whoever_has_locked_the_heap_waits_for_nobody,
        a_forked_child_finds_every_object_whole,
    }
}

mod older_names {
    use super::*;
    rules! { c_program(&["moveable_lives.c"]) =>
        the_older_names_lock_and_unlock,
        compacting_tells_the_largest_free_block,
    }
}

mod damage {
    use super::*;
    rules! { c_program(&["moveable_lives.c"]) =>
        bad_handles_with_termination_on_are_only_refused,
        an_overrun_object_is_kept,
    }

    #[test]
    fn with_termination_on_it_ends_the_process() {
        let program = c_program(&["moveable_lives.c"]).build();
        for (rule, message) in [
            ("a_double_free_with_termination_on", "heapmin: LocalFree(0x"),
            ("a_resize_of_a_freed_block_with_termination_on", "heapmin: GlobalReAlloc(0x"),
            ("an_overrun_object_with_termination_on", "heapmin: GlobalFree(0x"),
        ] {
            let outcome = program.rule(rule).outcome();
            assert_eq!(outcome.signal(), Some(libc::SIGABRT), "{rule}: {outcome:?}");
            assert!(outcome.stderr.starts_with(message), "{rule}: {outcome:?}");
        }
    }
}

/// 20 MB: the table of 65,536 entries takes none of it that isn't used.
#[test]
fn a_small_address_space_is_enough() {
    let program = c_program(&["moveable_matrix.c"]).build();
    program.rule("unlocked_objects_move_without_being_asked").limit("-v 20000").holds();
}
