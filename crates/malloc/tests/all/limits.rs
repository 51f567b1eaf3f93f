//! Little address space, little memory, few mappings.

use crate::harness::run::Run;
use crate::harness::{c, rules};

const MIB: u64 = 1 << 20;

/// A rule of `limits.c` in an address space of 200 MiB.
fn in_little_space(rule: &str) -> Run {
    c("limits.c").build().rule(rule).limit("-v 204800")
}

#[test]
fn until_null_and_enomem_and_again_after_freeing() {
    in_little_space("until_null_and_enomem_and_again_after_freeing").holds();
}

#[test]
fn every_function_fails_with_enomem_and_recovers() {
    in_little_space("every_function_fails_with_enomem_and_recovers").holds();
}

#[test]
fn several_threads_run_out_of_memory_together() {
    // Stacks of 8 MiB would take much of the space.
    in_little_space("several_threads_run_out_of_memory_together").limit("-s 256").holds();
}

#[test]
fn the_program_can_still_map_memory_of_its_own() {
    in_little_space("the_program_can_still_map_memory_of_its_own").holds();
}

#[test]
fn a_limit_on_data_is_out_of_memory_too() {
    let rule = "until_null_and_enomem_and_again_after_freeing";
    c("limits.c").build().rule(rule).limit("-d 204800").holds();
}

rules! { c("limits.c") =>
    a_limit_set_while_the_program_runs_is_kept,
    a_million_mixed_blocks_take_few_mappings,
    a_hundred_thousand_large_blocks_take_few_mappings,
    trimming_a_heap_full_of_holes_takes_few_mappings,
    memory_is_close_to_what_is_asked_for,
}

/// Bytes that a program prints, on the library and on the C library's allocator.
fn with_and_without(rule: &str) -> (u64, u64) {
    let program = c("limits.c").build();
    let number = |run: Run| run.holds().stdout.trim().parse().expect("a number of bytes");
    (number(program.rule(rule)), number(program.rule(rule).without_preload()))
}

#[test]
fn a_tiny_program_needs_at_most_a_mebibyte_more_than_with_glibc() {
    let (ours, theirs) = with_and_without("print_the_resident_memory_of_a_tiny_program");
    assert!(ours <= theirs + MIB, "{ours} bytes, {theirs} with glibc");
}

#[test]
fn two_hundred_idle_threads_need_no_more_than_with_glibc() {
    let (ours, theirs) = with_and_without("print_the_resident_memory_of_two_hundred_idle_threads");
    // Resident memory is counted in batches of pages, hence the tolerance.
    assert!(ours <= theirs + MIB / 4, "{ours} bytes, {theirs} with glibc");
}
