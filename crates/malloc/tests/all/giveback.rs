//! Memory that goes back by itself.

use crate::harness::run::Run;
use crate::harness::{Source, c};

/// How long unused memory stays, in milliseconds, or `never`.
const VARIABLE: &str = "HEAPMIN_DECAY_MS";
/// Soon enough for a test that waits for it.
const SOON: &str = "200";
/// Longer than any test.
const LATER: &str = "60000";

fn program() -> Source {
    c("giveback.c")
}

fn of_the_thread() -> Source {
    c("giveback_thread.c")
}

fn with(program: &Source, decay: &str, rule: &str) -> Run {
    program.build().rule(rule).variable(VARIABLE, decay)
}

/// Defines a test for each rule of a program, run with a decay time.
macro_rules! rules_with {
    ($program:expr, $decay:expr => $($rule:ident),* $(,)?) => {$(
        #[test]
        fn $rule() {
            with(&$program, $decay, stringify!($rule)).holds();
        }
    )*};
}

rules_with! { program(), SOON =>
    large_blocks_go_back,
    free_pages_between_live_blocks_go_back,
    blocks_freed_by_another_thread_go_back_while_their_owner_sleeps,
    caches_of_blocked_threads_go_back,
    a_child_gives_back_too,
    a_child_made_while_the_thread_runs_gives_back_too,
}

rules_with! { program(), LATER =>
    it_stays_for_the_time_that_was_set,
}

rules_with! { program(), "never" =>
    nothing_goes_back,
}

rules_with! { program(), "0" =>
    it_goes_back_within_a_fraction_of_a_second,
    children_in_a_loop_do_no_harm,
}

rules_with! { of_the_thread(), SOON =>
    no_thread_is_left_when_all_is_given_back,
    a_small_program_never_has_one,
    errno_is_preserved_by_a_free_that_starts_it,
    a_thread_with_the_least_stack_starts_it,
    closing_every_descriptor_does_it_no_harm,
}

rules_with! { of_the_thread(), LATER =>
    the_program_stays_single_threaded_for_the_c_library,
    it_takes_no_signal,
    becomes_another_user_while_it_runs,
}

rules_with! { c("giveback_denied.c"), SOON =>
    without_permission_for_threads_it_goes_back_on_later_frees,
    without_a_call_for_threads_it_goes_back_on_later_frees,
    at_the_limit_of_threads_it_goes_back_on_later_frees,
    a_limit_that_comes_while_the_thread_runs_does_no_harm,
    without_the_newer_call_it_goes_back_too,
    with_the_newer_call_forbidden_it_goes_back_too,
    where_nothing_can_go_back_nothing_breaks,
}

#[test]
fn a_program_with_much_thread_local_storage_gives_back() {
    let program = c("giveback_denied.c").named("giveback_tls").option("-DTHREAD_LOCAL=200000");
    let rule = "with_much_thread_local_storage_it_goes_back_on_later_frees";
    with(&program, SOON, rule).holds();
}

#[test]
fn without_a_setting_it_goes_back_as_well() {
    program().build().rule("large_blocks_go_back").holds();
}

/// How a program ends that has the thread.
mod endings {
    use super::*;

    fn ends(rule: &str) -> crate::harness::Outcome {
        let built = of_the_thread().build();
        let run = built.rule(rule).argument(&built.path).variable(VARIABLE, LATER);
        run.outcome()
    }

    fn ends_with_status(rule: &str, status: i32, said: &str) {
        let outcome = ends(rule);
        assert_eq!(outcome.status.code(), Some(status), "{outcome:?}");
        assert_eq!(outcome.stdout, said, "{outcome:?}");
    }

    fn ends_by_signal(rule: &str, signal: i32) {
        let outcome = ends(rule);
        assert_eq!(outcome.signal(), Some(signal), "{outcome:?}");
    }

    #[test]
    fn main_returns() {
        ends_with_status("main_returns_while_it_runs", 0, "at exit\n");
    }

    #[test]
    fn the_main_thread_exits_first() {
        ends_with_status("main_exits_by_pthread_exit_while_it_runs", 0, "at exit\n");
        ends_with_status("main_exits_by_pthread_exit_before_another_thread", 0, "at exit\n");
    }

    #[test]
    fn exits() {
        ends_with_status("exits_with_status_three_while_it_runs", 3, "");
        ends_with_status("exits_at_once_while_it_runs", 4, "");
    }

    #[test]
    fn aborts() {
        ends_by_signal("aborts_while_it_runs", libc::SIGABRT);
    }

    #[test]
    fn signals() {
        ends_by_signal("faults_while_it_runs", libc::SIGSEGV);
        ends_by_signal("is_killed_while_it_runs", libc::SIGKILL);
        ends_by_signal("is_quit_by_a_signal_to_the_process_while_it_runs", libc::SIGQUIT);
    }

    #[test]
    fn becomes_another_program() {
        ends_with_status("executes_another_program_while_it_runs", 0, "executed\n");
        ends_with_status("executes_another_program_in_a_thread_while_it_runs", 0, "executed\n");
    }

    #[test]
    fn starts_other_programs() {
        let said = "executed\n".repeat(20);
        ends_with_status("starts_children_in_every_way_while_it_runs", 0, &said);
    }

    #[test]
    fn executed_alone() {
        ends_with_status("is_alone_after_exec", 0, "executed\n");
    }
}

#[test]
fn a_setting_that_says_nothing_is_named_and_left_aside() {
    for value in ["soon", "-1", "12x", "1.5"] {
        let outcome = with(&program(), value, "frees_a_little").holds();
        assert_eq!(outcome.stdout, "works\n");
        assert_eq!(outcome.stderr.lines().count(), 1, "{outcome:?}");
        assert!(outcome.stderr.starts_with("heapmin: "), "{outcome:?}");
        assert!(outcome.stderr.contains(VARIABLE), "{outcome:?}");
    }
    // The default is used instead.
    with(&program(), "soon", "large_blocks_go_back").holds();
    for value in ["0", "1", "2000", "never", "4000000000"] {
        assert_eq!(with(&program(), value, "frees_a_little").holds().stderr, "", "{value}");
    }
}

/// Programs of other tests, with all memory going back at once, and as soon as it can.
mod at_once {
    use super::*;

    fn hold(file: &'static str, rules: &[&str]) {
        for decay in ["0", "1"] {
            for rule in rules {
                c(file).build().rule(rule).variable(VARIABLE, decay).holds();
            }
        }
    }

    #[test]
    fn threads_that_hand_blocks_around() {
        hold(
            "threads.c",
            &[
                "blocks_handed_between_threads_keep_their_contents",
                "a_consumer_that_only_frees_does_not_make_the_producer_grow",
                "blocks_of_ended_threads_stay_valid_and_are_used_again_after_a_free",
                "trimming_and_looking_at_the_heap_while_others_allocate",
                "seventy_two_threads_start_to_allocate_at_the_same_moment",
            ],
        );
    }

    #[test]
    fn children() {
        hold(
            "fork.c",
            &[
                "children_work_while_other_threads_allocate_in_tight_loops",
                "several_threads_fork_at_the_same_time",
                "a_child_of_a_child_works",
                "a_child_has_threads_of_its_own",
                "posix_spawn_and_system_work_while_other_threads_allocate",
                "vfork_leaves_the_parents_heap_alone",
            ],
        );
    }

    #[test]
    fn storms_of_signals() {
        hold(
            "signals.c",
            &["a_storm_of_signals_does_no_harm", "a_handler_on_another_thread_allocates"],
        );
    }

    #[test]
    fn zeroed_and_resized_blocks() {
        hold(
            "calloc.c",
            &[
                "recycled_memory_is_zero",
                "memory_recycled_from_larger_and_smaller_blocks_is_zero",
                "memory_given_back_to_the_system_and_used_again_is_zero",
                "the_tail_cut_off_by_realloc_is_zero_when_it_comes_back",
            ],
        );
        hold(
            "realloc.c",
            &[
                "every_pair_of_sizes_keeps_the_contents",
                "blocks_that_grow_side_by_side_keep_their_contents",
            ],
        );
    }

    #[test]
    fn programs_that_start_and_end() {
        hold(
            "startup.c",
            &[
                "constructors_and_destructors_allocate_and_free",
                "threads_that_still_run_at_exit_do_no_harm",
            ],
        );
    }
}
