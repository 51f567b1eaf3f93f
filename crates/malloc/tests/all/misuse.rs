//! Pointers that are no blocks: each is refused, with a message and `SIGABRT`.

use crate::harness::run::Run;
use crate::harness::{Outcome, c};

const FUNCTIONS: [&str; 5] =
    ["free", "realloc", "realloc_to_zero", "reallocarray", "malloc_usable_size"];

/// Small, of a class, large and huge blocks.
const SIZES: [usize; 9] = [1, 24, 100, 1000, 5000, 40_000, 300_000, 5 << 20, 200 << 20];

/// Runs one misuse.
fn misuse(case: &str, function: &str, size: usize) -> Outcome {
    let size = size.to_string();
    c("misuse.c").build().rule(case).argument(function).argument(size).outcome()
}

/// Expects the report of the address that the program named, and `SIGABRT`.
fn expect_refusal(outcome: &Outcome, function: &str, what: &str) {
    let name = match function {
        "realloc_to_zero" | "reallocarray" => "realloc",
        "free_sized" | "free_aligned_sized" => "free",
        operator if operator.starts_with("_Z") => "operator delete",
        other => other,
    };
    let start = format!("heapmin: {name}({}): ", outcome.stdout.trim());
    assert_eq!(outcome.signal(), Some(libc::SIGABRT), "{what}: {outcome:?}");
    assert!(outcome.stderr.starts_with(&start), "{what}: no {start:?} in {outcome:?}");
    assert_eq!(outcome.stderr.lines().count(), 1, "{what}: {outcome:?}");
}

/// The misuse is refused by every function and with every size.
fn refused_with(case: &str, functions: &[&str], sizes: &[usize]) {
    for function in functions {
        for &size in sizes {
            let what = format!("{case} {function} {size}");
            expect_refusal(&misuse(case, function, size), function, &what);
        }
    }
}

/// Tests of the same name as the case, with these functions and sizes.
macro_rules! refused {
    ($($case:ident: $functions:expr, $sizes:expr;)*) => {$(
        #[test]
        fn $case() {
            refused_with(stringify!($case), &$functions, &$sizes);
        }
    )*};
}

refused! {
    freed_by_its_thread_before: FUNCTIONS, SIZES;
    freed_by_another_thread_before: FUNCTIONS, SIZES;
    freed_by_its_thread_and_given_by_another: FUNCTIONS, SIZES;
    freed_by_one_thread_and_given_by_a_third: ["free", "realloc"], SIZES;
    allocated_by_a_thread_that_ended_and_freed_before: ["free", "realloc"], SIZES;
    freed_long_before: ["free"], SIZES;
    freed_before_and_trimmed: FUNCTIONS, SIZES;
    moved_by_realloc_before: ["free", "realloc"], [24, 1000, 40_000, 300_000, 5 << 20];
    inside_a_block: FUNCTIONS, [100, 1000, 5000, 40_000, 300_000, 5 << 20, 200 << 20];
    sixteen_bytes_into_a_block: FUNCTIONS, [100, 5000, 300_000, 5 << 20];
    a_page_into_a_block: FUNCTIONS, [40_000, 300_000, 5 << 20, 200 << 20];
    one_byte_into_a_block: FUNCTIONS, SIZES;
    just_before_a_block: ["free"], SIZES;
    inside_a_free_block: FUNCTIONS, [100, 1000, 5000, 40_000, 300_000, 5 << 20, 200 << 20];
    inside_an_aligned_block: ["free", "realloc"], [100, 40_000, 5 << 20];
    on_the_stack: FUNCTIONS, [0];
    a_static_variable: FUNCTIONS, [0];
    a_function: FUNCTIONS, [0];
    mapped_by_the_program: FUNCTIONS, [4096, 200 << 20];
    mapped_by_the_program_at_a_multiple_of_a_gibibyte: FUNCTIONS, [0];
    made_by_the_allocator_of_the_c_library: FUNCTIONS, [1, 1000, 5 << 20];
    an_address_in_the_first_page: FUNCTIONS, [0];
    an_address_that_is_no_address: FUNCTIONS, [0];
    the_highest_address: FUNCTIONS, [0];
    an_address_of_the_kernel: FUNCTIONS, [0];
}

#[test]
fn every_function_that_frees_refuses() {
    let functions = [
        "cfree",
        "free_sized",
        "free_aligned_sized",
        "_ZdlPv",
        "_ZdlPvm",
        "_ZdlPvRKSt9nothrow_t",
        "_ZdlPvSt11align_val_t",
        "_ZdlPvSt11align_val_tRKSt9nothrow_t",
        "_ZdlPvmSt11align_val_t",
        "_ZdaPv",
        "_ZdaPvm",
        "_ZdaPvRKSt9nothrow_t",
        "_ZdaPvSt11align_val_t",
        "_ZdaPvSt11align_val_tRKSt9nothrow_t",
        "_ZdaPvmSt11align_val_t",
    ];
    refused_with("freed_by_its_thread_before", &functions, &[24]);
    refused_with("on_the_stack", &functions, &[0]);
}

/// Either free may be the one that is refused, or the block when it would be handed out again.
fn race_is_refused(case: &str) {
    for size in [24, 1000, 40_000, 300_000, 200 << 20] {
        for round in 0..15 {
            let outcome = misuse(case, "free", size);
            let what = format!("{case} {size}, round {round}: {outcome:?}");
            assert_eq!(outcome.signal(), Some(libc::SIGABRT), "{what}");
            assert!(outcome.stderr.starts_with("heapmin: "), "{what}");
            assert!(outcome.stderr.contains(outcome.stdout.trim()), "{what}");
        }
    }
}

#[test]
fn freed_by_two_other_threads_at_the_same_time() {
    race_is_refused("freed_by_two_other_threads_at_the_same_time");
}

#[test]
fn freed_by_its_owner_and_another_thread_at_the_same_time() {
    race_is_refused("freed_by_its_owner_and_another_thread_at_the_same_time");
}

#[test]
fn the_report_of_a_double_free_says_so_and_how_large_the_block_was() {
    let outcome = misuse("freed_by_its_thread_before", "free", 1000);
    assert!(outcome.stderr.contains("double free"), "{outcome:?}");
    assert!(outcome.stderr.contains(" bytes"), "{outcome:?}");
}

#[test]
fn the_report_of_an_interior_pointer_says_where_the_block_starts() {
    let outcome = misuse("sixteen_bytes_into_a_block", "free", 5000);
    let address = outcome.stdout.trim().trim_start_matches("0x");
    let address = u64::from_str_radix(address, 16).expect("the program prints the address");
    assert!(outcome.stderr.contains(&format!("{:#x}", address - 16)), "{outcome:?}");
}

#[test]
fn a_misuse_as_the_first_call_of_the_process() {
    for function in ["free", "realloc", "malloc_usable_size"] {
        let outcome = c("misuse_first.c").build().run().argument(function).outcome();
        expect_refusal(&outcome, function, function);
    }
}

/// The handler for `SIGABRT` finds a heap that works.
mod abort_handler {
    use super::*;

    fn works(rule: &str) {
        let run: Run = c("misuse_handler.c").build().rule(rule);
        let outcome = run.outcome();
        assert_eq!(outcome.status.code(), Some(42), "{outcome:?}");
        assert!(outcome.stderr.starts_with("heapmin: free(0x"), "{outcome:?}");
    }

    #[test]
    fn after_a_small_block() {
        works("after_a_small_block");
    }

    #[test]
    fn after_a_large_block() {
        works("after_a_large_block");
    }

    #[test]
    fn after_a_block_of_another_thread() {
        works("after_a_block_of_another_thread");
    }
}
