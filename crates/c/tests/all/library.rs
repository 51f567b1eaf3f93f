//! The libraries as files: what they replace, need and take. That they export what the headers
//! declare is a test of the headers.

use crate::harness::{c_program, library};
use std::collections::BTreeSet;
use std::process::Command;

/// Bytes of static thread-local storage that the library may take: "a few hundred".
const LARGEST_TLS: u64 = 256;

fn tool(name: &str, options: &[&str]) -> String {
    let printed = Command::new(name).args(options).arg(library::shared()).output();
    let printed = printed.unwrap_or_else(|error| panic!("{name}: {error}"));
    String::from_utf8(printed.stdout).expect("the tool prints text")
}

fn exported() -> BTreeSet<String> {
    let text = tool("nm", &["-D", "--defined-only", "--format=posix"]);
    let names = text.lines().filter_map(|line| line.split_whitespace().next());
    names.map(str::to_owned).collect()
}

/// Preloaded or linked, the library leaves the program's own functions alone.
#[test]
fn nothing_of_the_c_library_is_replaced() {
    let libc = Command::new("cc").arg("-print-file-name=libc.so.6").output().expect("cc runs");
    let libc = String::from_utf8(libc.stdout).expect("a path in UTF-8");
    let names = Command::new("nm")
        .args(["-D", "--defined-only", "--format=posix", "--without-symbol-versions"])
        .arg(libc.trim())
        .output()
        .expect("nm runs");
    let text = String::from_utf8(names.stdout).expect("nm prints text");
    let libc: BTreeSet<&str> =
        text.lines().filter_map(|line| line.split_whitespace().next()).collect();
    assert!(libc.contains("malloc"), "nm does not show the C library's names");
    let replaced: Vec<String> =
        exported().into_iter().filter(|name| libc.contains(name.as_str())).collect();
    assert_eq!(replaced, Vec::<String>::new());
}

#[test]
fn nothing_but_the_c_library_is_needed() {
    let needed: Vec<String> = tool("readelf", &["--dynamic", "--wide"])
        .lines()
        .filter(|line| line.contains("(NEEDED)"))
        .filter_map(|line| line.split(['[', ']']).nth(1).map(str::to_owned))
        // The dynamic linker is in every process.
        .filter(|name| !name.starts_with("ld-linux"))
        .collect();
    assert_eq!(needed, ["libc.so.6"]);
}

#[test]
fn programs_that_are_linked_with_the_library_ask_for_libheapmin_so() {
    let dynamic = tool("readelf", &["--dynamic", "--wide"]);
    assert!(dynamic.contains("soname: [libheapmin.so]"), "{dynamic}");
}

/// Names that the library takes from others.
fn imports() -> Vec<String> {
    let text = tool("nm", &["-D", "--undefined-only", "--format=posix"]);
    let names = text.lines().filter_map(|line| line.split(['@', ' ']).next());
    names.map(str::to_owned).collect()
}

#[test]
fn the_c_librarys_heap_is_not_used() {
    let used: Vec<String> = imports()
        .into_iter()
        .filter(|name| ["malloc", "calloc", "realloc", "free"].contains(&name.as_str()))
        .collect();
    assert_eq!(used, Vec::<String>::new());
}

#[test]
fn thread_local_storage_is_reached_without_a_call() {
    assert!(!imports().contains(&"__tls_get_addr".to_owned()), "{:?}", imports());
}

#[test]
fn nothing_of_the_cxx_runtime_and_of_the_unwinder_is_imported() {
    let foreign: Vec<String> = imports()
        .into_iter()
        .filter(|name| name.starts_with("_Z") || name.starts_with("_Unwind"))
        .collect();
    assert_eq!(foreign, Vec::<String>::new());
}

#[test]
fn nothing_in_the_library_can_panic() {
    let text = tool("nm", &["--demangle"]);
    assert!(text.contains("heapmin"), "the library has no symbols to look at");
    let panics: Vec<&str> = text.lines().filter(|line| line.contains("panicking")).collect();
    assert!(panics.is_empty(), "{panics:#?}");
}

#[test]
fn static_thread_local_storage_is_a_few_hundred_bytes() {
    let text = tool("readelf", &["--program-headers", "--wide"]);
    let line = text.lines().find(|line| line.trim_start().starts_with("TLS"));
    // TLS, offset, two addresses, size in the file, size in memory.
    let size = line.map_or("0x0", |line| line.split_whitespace().nth(5).expect("a size"));
    let size = u64::from_str_radix(size.trim_start_matches("0x"), 16).expect("a number");
    assert!(size <= LARGEST_TLS, "{size} bytes");
}

#[test]
fn the_library_is_never_unloaded() {
    let text = tool("readelf", &["--dynamic", "--wide"]);
    let flags = text.lines().find(|line| line.contains("(FLAGS_1)")).expect("there are flags");
    assert!(flags.contains("NODELETE"), "{flags}");
}

#[test]
fn the_stack_is_not_made_executable_and_no_code_is_relocated() {
    let headers = tool("readelf", &["--program-headers", "--wide"]);
    let stack = headers.lines().find(|line| line.contains("GNU_STACK")).expect("a stack header");
    assert!(stack.contains("RW ") && !stack.contains("RWE"), "{stack}");
    assert!(!tool("readelf", &["--dynamic", "--wide"]).contains("TEXTREL"));
}

/// With `libheapmin.a`, and the C library in the program as well.
#[test]
fn a_static_program_runs() {
    for (file, rule) in [
        ("native.c", "a_summary_counts_to_the_byte"),
        ("moveable_lives.c", "an_entry_is_one_objects_only"),
        ("moveable_lives.c", "a_forked_child_finds_every_object_whole"),
    ] {
        c_program(&[file]).all_static().build().rule(rule).holds();
    }
}
