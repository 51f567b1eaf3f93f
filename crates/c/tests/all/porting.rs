//! Programs that are written for Windows, compiled with the headers of `include/compat`.

use crate::harness::{Program, c_program, cxx_program, project, rules, scratch};
use std::fs;
use std::process::Command;

fn c(file: &str) -> Program {
    strict(c_program(&[&format!("porting/{file}")]))
}

fn cxx(options: &[&str]) -> Program {
    let name = format!("std_names{}", options.join(""));
    let program = cxx_program(&["porting/std_names.cc"]).named(&name);
    options.iter().fold(strict(program), |program, option| program.option(option))
}

fn strict(program: Program) -> Program {
    program.include("include/compat").option("-Werror")
}

rules! { c("plain_names.c") =>
    plain_names_allocate_on_the_process_heap,
    plain_names_are_functions_that_pointers_point_to,
    the_systems_errno_and_names_suit_heapmins_failures,
    alloca_and_malloca_give_room_on_the_stack,
}

rules! { c("debug_names.c").option("-D_DEBUG") =>
    with_debug_plain_names_allocate_on_the_debug_heap,
    with_debug_pointers_to_plain_names_are_the_debug_heaps,
    with_debug_aligned_and_stack_blocks_are_the_debug_heaps,
    request_numbers_fit_into_a_long,
}

rules! { c("windows_errno.c") =>
    windows_errno_has_microsofts_numbers,
    windows_errno_is_what_heapmin_sets,
}

#[test]
fn windows_errno_has_microsofts_messages() {
    let outcome =
        c("windows_errno.c").build().rule("windows_errno_has_microsofts_messages").holds();
    assert_eq!(outcome.stderr, "it went wrong: Illegal byte sequence\n");
}

rules! { c("words.c") =>
    sums_and_products_of_sizes_are_checked,
    memory_is_filled_copied_and_compared,
    the_process_has_a_number_and_can_wait,
    statuses_and_results_tell_success,
    the_process_can_be_ended,
}

/// The C++ program without the debug heap, with it, and with lines.
mod in_cxx {
    use super::cxx;

    const WAYS: [&[&str]; 3] = [&[], &["-D_DEBUG"], &["-D_DEBUG", "-D_CRTDBG_MAP_ALLOC"]];

    fn holds(rule: &str, ways: &[&[&str]]) {
        for way in ways {
            cxx(way).build().rule(rule).holds();
        }
    }

    #[test]
    fn std_names_are_the_plain_names() {
        holds("std_names_are_the_plain_names", &WAYS);
    }

    #[test]
    fn the_cxx_library_is_left_alone() {
        holds("the_cxx_library_is_left_alone", &WAYS);
    }

    #[test]
    fn the_new_handler_of_new_h_is_heapmins() {
        holds("the_new_handler_of_new_h_is_heapmins", &WAYS);
    }

    #[test]
    fn request_numbers_of_any_width_are_taken_in_cxx() {
        let [_, debug @ ..] = WAYS;
        holds("request_numbers_of_any_width_are_taken_in_cxx", &debug);
    }
}

/// Compiles a text with `include/compat` as the only directory of headers.
fn compile(compiler: &[&str], name: &str, text: &str) -> String {
    let source = scratch().join(format!("{name}-{}.c", std::process::id()));
    fs::write(&source, text).expect("the source can be written");
    let (&program, options) = compiler.split_first().expect("a compiler");
    let result = Command::new(program)
        .args(["-fsyntax-only", "-Wall", "-Wextra", "-Wpedantic", "-Werror", "-I"])
        .arg(project().join("include/compat"))
        .args(options)
        .arg(&source)
        .output()
        .unwrap_or_else(|error| panic!("{program}: {error}; install the package of that name"));
    fs::remove_file(&source).expect("the source can be removed");
    assert_eq!(result.status.success(), result.stderr.is_empty(), "{result:?}");
    String::from_utf8_lossy(&result.stderr).into_owned()
}

#[test]
fn examples_compile_in_each_language_with_the_compat_headers_alone() {
    let compilers = [
        ["gcc", "-std=c99", "-xc"],
        ["gcc", "-std=gnu17", "-xc"],
        ["g++", "-std=c++11", "-xc++"],
        ["clang", "-std=c11", "-xc"],
        ["clang", "-std=c++17", "-xc++"],
    ];
    let entries = fs::read_dir(project().join("examples/c")).expect("the examples can be read");
    let mut count = 0;
    for entry in entries {
        let path = entry.expect("the examples can be read").path();
        let text = fs::read_to_string(&path).expect("the example can be read");
        for [program, dialect, language] in compilers {
            for debug in ["-U_DEBUG", "-D_DEBUG"] {
                let said = compile(&[program, dialect, language, debug], "example", &text);
                assert_eq!(said, "", "{} by {program} {dialect}", path.display());
                count += 1;
            }
        }
    }
    assert!(count >= 70, "only {count} compilations");
}

#[test]
fn programs_with_wide_texts_are_told_so() {
    for header in ["windows.h", "tchar.h"] {
        let text = format!("#include <{header}>\n");
        let said = compile(&["gcc", "-D_UNICODE", "-DUNICODE"], "wide", &text);
        assert!(said.contains("compile without UNICODE"), "{header}: {said}");
    }
}
