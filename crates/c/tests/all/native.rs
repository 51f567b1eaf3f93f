//! heapmin's own functions (heapmin.h).

use crate::harness::{c_program, rules};

rules! { c_program(&["native.c"]) =>
    the_version_is_that_of_the_header,
    a_trim_gives_back_what_was_freed,
    a_report_tells_what_a_trim_did,
    a_summary_counts_to_the_byte,
    a_summary_of_all_heaps_counts_them_all,
    intact_heaps_are_found_intact,
    looking_at_all_heaps_holds_up_nobody,
    an_overrun_is_named,
    a_damage_text_is_cut_to_the_buffer,
    every_kind_of_damage_has_a_text,
    what_is_no_heap_is_refused,
}
