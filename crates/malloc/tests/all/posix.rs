//! The manual pages of the malloc family.

use crate::harness::{c, rules};

mod malloc {
    use super::*;
    rules! { c("malloc.c") =>
        a_size_of_zero_gives_unique_blocks,
        every_block_is_aligned_to_sixteen,
        every_byte_of_blocks_around_each_power_of_two_can_be_used,
        huge_blocks_can_be_used_at_both_ends,
        live_blocks_do_not_overlap,
        sizes_from_ptrdiff_max_up_fail_with_enomem,
        sizes_larger_than_the_address_space_fail_with_enomem,
        the_heap_works_on_after_failures,
    }
}

mod calloc {
    use super::*;
    rules! { c("calloc.c") =>
        a_product_of_zero_gives_unique_blocks,
        overflowing_products_fail_with_enomem,
        products_over_ptrdiff_max_fail_with_enomem,
        fresh_memory_is_zero,
        recycled_memory_is_zero,
        memory_recycled_from_larger_and_smaller_blocks_is_zero,
        memory_recycled_from_a_thread_that_ended_is_zero,
        memory_given_back_to_the_system_and_used_again_is_zero,
        the_tail_cut_off_by_realloc_is_zero_when_it_comes_back,
    }
}

mod realloc {
    use super::*;
    rules! { c("realloc.c") =>
        of_a_null_pointer_it_is_malloc,
        to_a_size_of_zero_frees_and_gives_null_without_an_error,
        growing_keeps_the_contents,
        shrinking_keeps_the_contents,
        every_pair_of_sizes_keeps_the_contents,
        blocks_that_grow_side_by_side_keep_their_contents,
        failing_leaves_the_block_as_it_was,
        reallocarray_refuses_overflow_and_leaves_the_block,
        aligned_and_zeroed_blocks_can_be_resized,
        a_large_block_grows_without_being_resident_twice,
        a_block_of_another_thread_can_be_resized,
    }
}

mod aligned {
    use super::*;
    rules! { c("aligned.c") =>
        posix_memalign_gives_every_alignment_up_to_a_gibibyte,
        aligned_alloc_gives_every_alignment_up_to_a_gibibyte,
        many_aligned_blocks_live_side_by_side,
        posix_memalign_refuses_alignments_with_einval_and_leaves_the_pointer,
        posix_memalign_out_of_memory_gives_enomem_and_leaves_the_pointer,
        the_others_out_of_memory_give_null_and_enomem,
        memalign_rounds_the_alignment_up_to_a_power_of_two,
        memalign_refuses_alignments_past_the_last_power_of_two_with_einval,
        valloc_gives_whole_pages_start,
        pvalloc_rounds_the_size_up_to_whole_pages,
    }
}

mod free {
    use super::*;
    rules! { c("free.c") =>
        a_null_pointer_is_nothing_to_do,
        errno_is_preserved_on_every_path,
        freed_memory_is_used_again,
        the_usable_size_of_a_null_pointer_is_zero,
        the_usable_size_is_at_least_what_was_asked_for,
        all_of_the_usable_size_can_be_used_and_survives,
        growing_within_the_usable_size_stays_in_place,
    }
}

mod introspection {
    use super::*;
    rules! { c("introspection.c") =>
        malloc_trim_gives_back_what_was_freed_and_says_so,
        malloc_trim_leaves_live_blocks_alone,
        malloc_trim_with_nothing_to_give_back_says_so,
        mallinfo2_counts_live_and_free_bytes,
        mallinfo2_counts_huge_blocks_apart,
        mallinfo_says_the_same_in_ints,
        malloc_stats_writes_to_the_stderr_stream,
        malloc_info_writes_well_formed_xml,
        malloc_info_refuses_options,
        mallopt_accepts_and_refuses_what_glibc_does,
    }
}

mod stricter {
    use super::*;
    rules! { c("stricter.c") =>
        posix_memalign_out_of_memory_leaves_errno,
        aligned_alloc_refuses_alignments_that_are_no_power_of_two_with_einval,
        malloc_info_refuses_options_with_minus_one_and_einval,
        mallinfo_shows_what_is_too_large_for_an_int_as_the_largest,
        mallinfo2_says_what_a_trim_looks_through,
        a_negative_trim_threshold_keeps_memory_until_another_one_comes,
        a_setting_made_after_a_negative_trim_threshold_stays,
        free_sized_and_free_aligned_sized_free,
        cfree_frees,
        the_names_of_the_c_library_are_the_same_heap,
    }
}
