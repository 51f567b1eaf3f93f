//! Stacks of other shapes: deep ones, those of threads, plugins, handlers, and without names.

use crate::harness::{Look, Program, assert_near, compiled};
use heapmin_profile::Measure;

#[test]
fn a_deep_recursion_ends_where_the_copy_of_the_stack_does() {
    let program = compiled("shapes.c", "shapes-deep", &["-g"]);
    let profile = Program::start(&program, &["deep"], 64 << 10).record();
    let deep = profile.heaviest("deep");
    let names = profile.functions(deep);
    assert!(names.iter().filter(|&&name| name == "deep").count() > 40, "{names:?}");
    assert!(names.len() <= 513);
    assert_eq!(names.last(), Some(&"[callers not known]"));
    assert_near("deep", 40.0, profile.bytes_of("deep", Measure::Live), 1000 * 16384);
}

#[test]
fn threads_have_stacks_of_their_own() {
    let program = compiled("shapes.c", "shapes-threads", &["-g"]);
    let profile = Program::start(&program, &["threads"], 64 << 10).record();
    let thread = profile.heaviest("in_a_thread");
    let names = profile.functions(thread);
    assert_eq!(names[0], "in_a_thread");
    assert!(!names.contains(&"main"));
    assert!(!names.contains(&"[callers not known]"), "{names:?}");
    assert_near(
        "threads",
        25.0,
        profile.bytes_of("in_a_thread", Measure::Allocated),
        12 * 4 * 300 * 16384,
    );
    assert!(profile.bytes_of("in_a_thread", Measure::Live) < 1 << 20);
    assert_near(
        "temporary blocks",
        25.0,
        thread.amounts.temporary_blocks,
        thread.amounts.allocated_blocks,
    );
}

#[test]
fn a_stack_below_a_page_that_cannot_be_read_is_copied_up_to_it() {
    let program = compiled("shapes.c", "shapes-coroutine", &["-g"]);
    let profile = Program::start(&program, &["coroutine"], 64 << 10).record();
    let names = profile.functions(profile.heaviest("in_a_coroutine"));
    assert_eq!(names[0], "in_a_coroutine", "{names:?}");
    assert!(!names.contains(&"main"), "{names:?}");
    let live = profile.bytes_of("in_a_coroutine", Measure::Live);
    assert_near("coroutine", 40.0, live, 1000 * 16384);
}

#[test]
fn a_plugin_that_comes_later_is_found() {
    let plugin = compiled("plugin.c", "libplugin.so", &["-g", "-shared", "-fPIC"]);
    let program = compiled("shapes.c", "shapes-plugin", &["-g"]);
    let plugin = plugin.to_str().expect("a plain path");
    let profile = Program::start(&program, &["plugin", plugin], 128 << 10).record();
    let names = profile.functions(profile.heaviest("plugin_inner"));
    assert_eq!(names[..4], ["plugin_inner", "plugin_work", "plugin", "main"], "{names:?}");
    assert_eq!(names.last(), Some(&"_start"), "{names:?}");
    assert_near("plugin", 25.0, profile.bytes_of("plugin_inner", Measure::Allocated), 1000 * 65536);
    let module = profile.modules.iter().find(|module| module.path.ends_with("/libplugin.so"));
    assert!(module.is_some_and(|module| module.has_names && module.has_lines));
}

#[test]
fn a_handler_is_followed_through_the_signal() {
    let program = compiled("shapes.c", "shapes-handler", &["-g"]);
    let profile = Program::start(&program, &["handler"], 64 << 10).record();
    let names = profile.functions(profile.heaviest("on_signal"));
    let place = |wanted: &str| names.iter().position(|&name| name == wanted);
    assert_eq!(place("on_signal"), Some(0), "{names:?}");
    assert!(place("raises").is_some_and(|raises| Some(raises) < place("main")), "{names:?}");
}

#[test]
fn a_stripped_program_has_whole_stacks_of_addresses() {
    let program = compiled("chains.c", "chains-stripped", &["-s"]);
    let profile = Program::start(&program, &[], 1 << 20).record();
    let most = &profile.stacks[0];
    let names = profile.functions(most);
    let beginning = "chains-stripped+0x";
    assert!(names[..4].iter().all(|name| name.starts_with(beginning)), "{names:?}");
    assert!(profile.to_collapsed(Measure::Allocated).contains(&format!(";{beginning}")));
    let module = |place: usize| profile.frames[most.frames[place] as usize].module.as_str();
    assert!((0..4).all(|place| module(place).ends_with("/chains-stripped")));
    assert!(names.iter().any(|name| name.starts_with("__libc_start")), "{names:?}");
    assert!(!names.contains(&"[callers not known]"));
}

#[test]
fn a_separate_file_with_debug_information_is_found_by_its_link() {
    let program = compiled("chains.c", "chains-linked", &["-g"]);
    let debug = program.with_extension("debug");
    let run = |arguments: &[&str]| {
        let done = std::process::Command::new("objcopy")
            .args(arguments)
            .current_dir(program.parent().expect("it is in a directory"))
            .status();
        assert!(done.is_ok_and(|status| status.success()), "{arguments:?}");
    };
    let file = |path: &std::path::Path| path.to_str().expect("a plain path").to_owned();
    run(&["--only-keep-debug", &file(&program), &file(&debug)]);
    run(&["--strip-all", "--add-gnu-debuglink", &file(&debug), &file(&program)]);
    let profile = Program::start(&program, &[], 1 << 20).record();
    let names = profile.functions(profile.heaviest("second"));
    assert_eq!(names[..4], ["take", "second", "all", "main"], "{names:?}");
    assert!(profile.frames.iter().any(|frame| frame.line == Some(31)));
}
