//! The processes that the library has to live in.

use crate::harness::{Source, c, library, rules, scratch};
use std::fs;
use std::path::Path;
use std::process::Command;

mod startup {
    use super::*;
    rules! { c("startup.c") =>
        constructors_and_destructors_allocate_and_free,
        exit_handlers_allocate,
        threads_that_still_run_at_exit_do_no_harm,
        dlsym_works_in_between,
        dlsym_works_in_many_threads,
    }

    #[test]
    fn symbols_bound_early_and_late_work_alike() {
        let program = c("startup.c").build();
        for rule in ["constructors_and_destructors_allocate_and_free", "dlsym_works_in_between"] {
            program.rule(rule).variable("LD_BIND_NOW", "1").holds();
        }
    }
}

mod surroundings {
    use super::*;
    rules! { c("surroundings.c") =>
        no_descriptor_is_opened,
        closing_every_descriptor_does_no_harm,
        a_process_under_strict_seccomp_allocates_from_memory_at_hand,
        the_environment_is_left_alone,
        programs_that_move_the_break_do_no_harm,
    }

    #[test]
    fn without_newer_or_forbidden_system_calls() {
        let program = c("surroundings.c").build();
        for rule in ["without_newer_system_calls", "without_forbidden_system_calls"] {
            program.rule(rule).argument(&program.path).holds();
        }
        program.rule("churns_with_threads").holds();
    }

    #[test]
    fn a_small_stack_limit_is_enough() {
        let rule = "a_small_stack_limit_is_enough";
        c("surroundings.c").build().rule(rule).limit("-s 64").holds();
    }

    /// The program, the library and what they need, in a directory of their own.
    #[test]
    fn no_proc_and_no_sys() {
        let program = c("surroundings.c").build();
        let root = scratch().join("root");
        let mut files = vec![program.path.clone()];
        files.extend(library::path());
        let _ = fs::remove_dir_all(&root);
        for needed in files.iter().flat_map(|file| libraries_of(file)) {
            let place = root.join(needed.trim_start_matches('/'));
            fs::create_dir_all(place.parent().expect("a file is in a directory"))
                .expect("the scratch directory is writable");
            fs::copy(&needed, place).expect("the libraries can be read");
        }
        fs::copy(&program.path, root.join("program")).expect("the program can be copied");
        let mut preload = "NOTHING=1";
        if let Some(library) = library::path() {
            fs::copy(library, root.join("library.so")).expect("the library can be copied");
            preload = "LD_PRELOAD=/library.so";
        }
        let enter = program.rule("enter_a_root_without_proc_and_sys");
        let outcome = enter.argument(&root).argument(preload).outcome();
        if outcome.status.code() == Some(77) {
            eprintln!("not tested: needs root or user namespaces");
            return;
        }
        assert!(outcome.status.success(), "{outcome:?}");
        assert_eq!(outcome.stderr, "", "the library was not preloaded");
    }

    /// Absolute paths in what `ldd` prints: the libraries and the dynamic linker.
    fn libraries_of(file: &Path) -> Vec<String> {
        let printed = Command::new("ldd").arg(file).output().expect("ldd runs");
        let text = String::from_utf8_lossy(&printed.stdout).into_owned();
        text.split_whitespace().filter(|word| word.starts_with('/')).map(str::to_owned).collect()
    }
}

mod dynamic_linking {
    use super::*;

    /// Libraries to load: two plain ones, twenty with 4 KiB of thread-local storage each, and
    /// one with 1 KiB in the static block that all libraries loaded at run time share.
    fn modules() -> u32 {
        let module = |number: u32, bytes: &str, model: &str| {
            c("module.c")
                .option(&format!("-DTLS_BYTES={bytes}"))
                .option(&format!("-DMODEL=\"{model}\""))
                .shared(&format!("module_{number}.so"))
                .build();
        };
        module(0, "64", "global-dynamic");
        module(1, "64", "global-dynamic");
        module(2, "1024", "initial-exec");
        for number in 3..23 {
            module(number, "4096", "global-dynamic");
        }
        23
    }

    fn holds(rule: &str) {
        let count = modules().to_string();
        c("dynamic.c").build().rule(rule).argument(scratch()).argument(count).holds();
    }

    #[test]
    fn blocks_of_an_unloaded_library_stay_valid() {
        holds("blocks_of_an_unloaded_library_stay_valid");
    }

    #[test]
    fn a_library_is_unloaded_while_a_thread_that_used_it_lives_on() {
        holds("a_library_is_unloaded_while_a_thread_that_used_it_lives_on");
    }

    #[test]
    fn every_library_with_thread_local_storage_loads() {
        holds("every_library_with_thread_local_storage_loads");
    }

    #[test]
    fn walking_the_libraries_allocates_while_others_are_loaded() {
        holds("walking_the_libraries_allocates_while_others_are_loaded");
    }

    #[test]
    fn under_an_audit_library_programs_work() {
        let audit = c("audit.c").shared("audit.so").build();
        let rule = "every_library_with_thread_local_storage_loads";
        let count = modules().to_string();
        let run = c("dynamic.c").build().rule(rule).argument(scratch()).argument(count);
        run.variable("LD_AUDIT", &audit.path).holds();
        let threads =
            c("threads.c").build().rule("seventy_two_threads_start_to_allocate_at_the_same_moment");
        threads.variable("LD_AUDIT", &audit.path).holds();
    }

    #[test]
    fn behind_a_tracer_that_calls_dlsym_programs_work() {
        let tracer = c("tracer.c").shared("tracer.so").build();
        let startup = c("startup.c").build();
        for rule in
            ["constructors_and_destructors_allocate_and_free", "dlsym_works_in_many_threads"]
        {
            startup.rule(rule).behind(&tracer.path).holds();
        }
        let program = c("fork.c").build();
        program.rule("a_child_of_a_child_works").behind(&tracer.path).holds();
    }
}

/// The library loaded with `dlopen` by a program that runs on the C library's allocator.
mod second_heap {
    use super::*;

    fn holds(rule: &str) {
        let program = c("second_heap.c").build();
        program.rule(rule).without_preload().argument(library::required()).holds();
    }

    #[test]
    fn both_heaps_work_side_by_side() {
        holds("both_heaps_work_side_by_side");
    }

    #[test]
    fn loaded_globally_the_program_keeps_its_own() {
        holds("loaded_globally_the_program_keeps_its_own");
    }

    #[test]
    fn closed_and_loaded_again_the_blocks_are_still_there() {
        holds("closed_and_loaded_again_the_blocks_are_still_there");
    }

    #[test]
    fn threads_that_used_it_end_after_it_was_closed() {
        holds("threads_that_used_it_end_after_it_was_closed");
    }
}

#[test]
fn a_program_with_its_own_allocator_keeps_it() {
    c("own_malloc.c").build().run().holds();
}

/// The library as an input of the link, and nothing preloaded.
#[test]
fn a_program_linked_with_the_library_runs_on_it() {
    let library = library::required();
    let directory = library.parent().expect("a file is in a directory").display().to_string();
    let linked = c("misuse.c")
        .named("misuse_linked")
        .option("-Wl,--no-as-needed")
        .option(&library.display().to_string())
        .option(&format!("-Wl,-rpath,{directory}"));
    let run = linked.build().rule("freed_by_its_thread_before").argument("free").argument("100");
    let outcome = run.without_preload().outcome();
    assert_eq!(outcome.signal(), Some(libc::SIGABRT), "{outcome:?}");
    assert!(outcome.stderr.starts_with("heapmin: free(0x"), "{outcome:?}");
}

#[test]
fn a_static_program_just_works() {
    let program: Source = c("static.c").option("-static");
    let outcome = program.build().run().holds();
    assert_eq!(outcome.stdout, "works\n");
}
