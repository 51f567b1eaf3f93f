//! The C++ operators.

use crate::harness::{Outcome, c, cxx, rules};

mod operators {
    use super::*;
    rules! { cxx("cxx.cc") =>
        every_plain_form_pairs_with_every_plain_delete,
        every_aligned_form_pairs_with_every_aligned_delete,
        a_size_of_zero_gives_unique_blocks,
        deleting_a_null_pointer_is_nothing_to_do,
        throwing_forms_throw_bad_alloc_when_out_of_memory,
        nothrow_forms_give_null_when_out_of_memory,
        an_alignment_that_is_no_power_of_two_fails,
        the_exception_runs_destructors_on_its_way,
        threads_throw_at_the_same_time,
        containers_of_overaligned_objects_work,
    }
}

mod new_handler {
    use super::*;
    rules! { cxx("new_handler.cc") =>
        the_handler_is_called_until_there_is_none,
        nothrow_forms_call_the_handler_too,
        a_handler_may_throw_bad_alloc,
        nothrow_forms_turn_what_a_handler_throws_into_null,
        throwing_forms_pass_on_whatever_a_handler_throws,
        malloc_calls_no_handler,
    }

    #[test]
    fn after_a_handler_freed_memory_new_succeeds() {
        let rule = "after_a_handler_freed_memory_new_succeeds";
        cxx("new_handler.cc").build().rule(rule).limit("-v 1000000").holds();
    }
}

mod replaced_operators {
    use super::*;
    rules! { cxx("replaced_operators.cc") =>
        arrays_nothrow_and_sized_forms_use_the_programs_operators,
        aligned_forms_stay_with_the_heap,
        nothrow_forms_turn_the_exception_of_the_programs_operator_into_null,
        stable_sort_frees_what_it_allocated,
    }
}

#[test]
fn a_plug_in_of_a_c_program_finds_its_own_runtime() {
    let plugin = cxx("plugin.cc").shared("plugin.so").build();
    c("plugin_host.c").build().run().argument(&plugin.path).holds();
}

#[test]
fn without_a_runtime_operator_new_out_of_memory_says_so_and_aborts() {
    let outcome: Outcome = c("no_runtime.c").build().run().outcome();
    assert_eq!(outcome.signal(), Some(libc::SIGABRT), "{outcome:?}");
    assert!(outcome.stderr.starts_with("heapmin: operator new: out of memory"), "{outcome:?}");
}
