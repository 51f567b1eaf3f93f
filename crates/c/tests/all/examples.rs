//! The programs in `examples`: each runs and prints what it is meant to.

use crate::harness::{Outcome, Program, Run, c_program, library, project, scratch};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A C example, written for Windows.
fn example(name: &str) -> Program {
    let program = c_program(&[&format!("/examples/c/{name}.c")]).include("include/compat");
    program.option("-std=c99").option("-Wpedantic").option("-Werror")
}

/// Runs a C example and returns what it prints.
fn prints(name: &str) -> String {
    let outcome = example(name).build().run().holds();
    assert_eq!(outcome.stderr, "", "{name}");
    outcome.stdout
}

#[test]
fn process_heaps_prints_what_each_heap_holds() {
    let expected = "3 heaps\n\
                    heap 0 (the process heap): 24 bytes in use\n\
                    heap 1: 307200 bytes in use\n\
                    heap 2: 1234 bytes in use\n\
                    after HeapDestroy: 1\n";
    assert_eq!(prints("process_heaps"), expected);
}

#[test]
fn enumerate_heap_prints_all_parts_of_a_heap() {
    let text = prints("enumerate_heap");
    let lines: Vec<&str> = text.lines().collect();
    let mut sizes: Vec<u32> = lines
        .iter()
        .filter(|line| line.starts_with("in use"))
        .filter_map(|line| line.split_once(": ")?.1.split(' ').next()?.parse().ok())
        .collect();
    sizes.sort_unstable();
    assert_eq!(sizes, [24, 100, 5000, 3 * 1024 * 1024], "{text}");
    assert!(lines.first().is_some_and(|line| line.starts_with("region ")), "{text}");
    assert!(lines.iter().any(|line| line.starts_with("free ")), "{text}");
    assert!(lines.iter().any(|line| line.starts_with("uncommitted ")), "{text}");
    assert_eq!(lines.last(), Some(&"4 blocks in use"));
}

#[test]
fn walk_crt_heap_finds_its_blocks() {
    let expected = "malloc: 59 bytes, in the walk: yes\n\
                    calloc: 4000 bytes, in the walk: yes\n\
                    realloc: 10000 bytes, in the walk: yes\n\
                    after free, in the walk: no\n\
                    the heap is intact\n\
                    _heapmin: done\n\
                    a heap that can be walked\n";
    assert_eq!(prints("walk_crt_heap"), expected);
}

/// A text with each address as `ADDRESS` and each request number as `{N}`: they depend on the run.
fn without_addresses(text: &str) -> String {
    let mut shown = String::new();
    for line in text.lines() {
        let mut line = line.to_owned();
        if let Some((before, rest)) = line.split_once("0x") {
            let rest = rest.trim_start_matches(|c: char| c.is_ascii_hexdigit());
            line = format!("{before}ADDRESS{rest}");
        }
        if let Some(((before, _), after)) =
            line.split_once('{').zip(line.split_once('}').map(|(_, after)| after))
        {
            line = format!("{before}{{N}}{after}");
        }
        shown.push_str(&line);
        shown.push('\n');
    }
    shown
}

#[test]
fn find_leaks_names_the_leaks_and_the_damage() {
    let outcome = example("find_leaks").option("-D_DEBUG").named("find_leaks_debug").build();
    let outcome = outcome.run().holds();
    assert_eq!(outcome.stderr, "");
    let file = project().join("examples/c/find_leaks.c");
    let source = fs::read_to_string(&file).expect("the example can be read");
    let line = |text: &str| {
        let place = source.lines().position(|line| line.contains(text)).expect("it is there");
        format!("{}({})", file.display(), place + 1)
    };
    let shown = without_addresses(&outcome.stdout);
    let expected = [
        "1 more block, 16 more bytes".to_owned(),
        "the block's type is 4, its subtype 7".to_owned(),
        "intact: yes".to_owned(),
        "after one byte too many: damaged".to_owned(),
        "Detected memory leaks!".to_owned(),
        "Dumping objects ->".to_owned(),
        format!(
            "{} : {{N}} client block at ADDRESS, subtype 7, 6 bytes long.",
            line("_malloc_dbg(6")
        ),
        " Data: <hello > 68 65 6C 6C 6F 00 ".to_owned(),
        format!("{} : {{N}} normal block at ADDRESS, 16 bytes long.", line(")malloc(sizeof")),
        "Object dump complete.".to_owned(),
        "there are leaks".to_owned(),
    ];
    let mut rest = shown.lines();
    for wanted in &expected {
        assert!(rest.any(|line| line.trim_end() == wanted.trim_end()), "no {wanted:?} in\n{shown}");
    }
}

#[test]
fn find_leaks_without_the_debug_heap_checks_nothing() {
    let expected = "compiled without _DEBUG: nothing is checked\n\
                    the block's type is 65535, its subtype 65535\n\
                    intact: yes\n";
    assert_eq!(prints("find_leaks"), expected);
}

#[test]
fn out_of_memory_goes_on_after_the_exception() {
    let expected = "STATUS_NO_MEMORY after some blocks: yes\n\
                    the heap is intact: yes\n";
    assert_eq!(prints("out_of_memory"), expected);
}

#[test]
fn out_of_memory_without_a_handler_ends_with_a_message() {
    let program = example("out_of_memory").option("-DUNHANDLED").named("out_of_memory_unhandled");
    let outcome = program.build().run().outcome();
    assert_eq!(outcome.signal(), Some(libc::SIGABRT), "{outcome:?}");
    assert!(outcome.stderr.starts_with("heapmin: HeapAlloc("), "{outcome:?}");
    assert!(outcome.stderr.contains("STATUS_NO_MEMORY (0xC0000017)"), "{outcome:?}");
}

#[test]
fn moveable_memory_locks_and_discards() {
    let expected = "16 bytes, locked 1 times\n\
                    GlobalHandle finds it by its address: yes\n\
                    unlocked\n\
                    100000 bytes: \"moveable\", same handle: yes\n\
                    discarded: 0 bytes, GlobalLock gives NULL, error 157\n\
                    freed: yes\n\
                    fixed: 32 bytes, the handle is the address: yes\n\
                    freed: yes\n";
    assert_eq!(prints("moveable_memory"), expected);
}

#[test]
fn new_handler_frees_its_reserve() {
    let expected = "the mode was 0\n\
                    malloc gives NULL, errno is ENOMEM\n\
                    the handler was called 2 times; the reserve is gone\n";
    assert_eq!(prints("new_handler"), expected);
}

/// Compiles the C# example, with all warnings as errors.
fn compile_csharp() -> PathBuf {
    let program = scratch().join(format!("Heaps-{}.exe", std::process::id()));
    let compiled = Command::new("mcs")
        .args(["-warn:4", "-warnaserror"])
        .arg(format!("-out:{}", program.display()))
        .arg(project().join("examples/csharp/Heaps.cs"))
        .output()
        .unwrap_or_else(|error| panic!("mcs: {error}; install the package mono-mcs"));
    assert!(compiled.status.success(), "{compiled:?}");
    program
}

fn library_directory() -> PathBuf {
    library::shared().parent().map(Path::to_owned).expect("the library is in a directory")
}

#[test]
fn csharp_calls_the_library_and_is_called_by_it() {
    let program = compile_csharp();
    // mono is the package mono-runtime.
    let outcome =
        Run::of("mono").argument(&program).variable("LD_LIBRARY_PATH", library_directory()).holds();
    fs::remove_file(&program).expect("the program can be removed");
    let expected = "HeapAlloc: 10 bytes, the first is 0\n\
                    HeapAlloc: 1000 bytes, the first is 0\n\
                    HeapAlloc: 100000 bytes, the first is 0\n\
                    HeapWalk: 3 blocks, 101010 bytes, complete: yes\n\
                    too much: 0, out of memory: yes\n\
                    HeapDestroy: 1\n\
                    _heapwalk: found yes, complete: yes\n\
                    _aligned_malloc: 100 bytes on a page: yes\n\
                    _aligned_malloc: 0 bytes on a page: yes\n\
                    a million blocks: done\n\
                    new handler: 3 calls, with the size: yes, result 0, ENOMEM: yes\n\
                    _msize of null: -1, handler called 1 times, EINVAL: yes\n";
    assert_eq!(outcome.stdout, expected, "{}", outcome.stderr);
}

/// Runs the Python example with the library named in one of two ways.
fn python(run: impl Fn(Run) -> Run) -> Outcome {
    let script = project().join("examples/python/heaps.py");
    run(Run::of("python3").argument(script)).holds()
}

#[test]
fn python_walks_checks_and_trims_a_heap() {
    let by_path = python(|run| run.argument(library::shared()));
    let by_name = python(|run| run.variable("LD_LIBRARY_PATH", library_directory()));
    for outcome in [by_path, by_name] {
        let text = &outcome.stdout;
        let lines: Vec<&str> = text.lines().collect();
        let expected = [
            concat!("version ", env!("CARGO_PKG_VERSION")),
            "in use: 500 blocks, 2500500 bytes",
            "all found: True",
            "parts: free in use region uncommitted",
            "the summary agrees: True",
            "grown: 8 b'hello\\x00\\x00\\x00'",
            "intact: True",
            "intact: False",
            "it is the block: True",
        ];
        assert_eq!(lines.get(..expected.len()), Some(expected.as_slice()), "{text}");
        let damage = lines.get(expected.len()).copied().unwrap_or_default();
        assert!(damage.contains("overwritten"), "{text}");
        assert_eq!(
            lines.get(expected.len() + 1..),
            Some(["given back: True", "nothing lives: True", "destroyed: True"].as_slice())
        );
    }
}

#[test]
fn the_list_of_examples_is_complete() {
    let list = fs::read_to_string(project().join("examples/README.md")).expect("there is a list");
    let mut count = 0;
    for directory in ["c", "csharp", "linux", "python"] {
        let entries = fs::read_dir(project().join("examples").join(directory));
        for entry in entries.expect("the directory can be read") {
            let name = entry.expect("the directory can be read").file_name();
            let name = format!("{directory}/{}", name.to_string_lossy());
            assert!(list.contains(&name), "{name} is not in examples/README.md");
            count += 1;
        }
    }
    assert!(count >= 10, "only {count} examples");
}
