//! The shared library as a file: what it exports, needs and takes.

use crate::harness::library;
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::Command;

/// Bytes of static thread-local storage that the library may take: "a few hundred".
const LARGEST_TLS: u64 = 256;

fn tool(name: &str, options: &[&str]) -> String {
    let printed = Command::new(name).args(options).arg(library::required()).output();
    let printed = printed.unwrap_or_else(|error| panic!("{name}: {error}"));
    String::from_utf8(printed.stdout).expect("the tool prints text")
}

/// Every function that the library is for.
const EXPORTS: &str = "
    malloc calloc realloc reallocarray free cfree free_sized free_aligned_sized
    posix_memalign aligned_alloc memalign valloc pvalloc
    malloc_usable_size malloc_trim mallinfo mallinfo2 malloc_stats malloc_info mallopt
    __libc_malloc __libc_calloc __libc_realloc __libc_reallocarray __libc_free __libc_cfree
    __libc_memalign __posix_memalign __libc_valloc __libc_pvalloc __libc_mallinfo __libc_mallopt
    _Znwm _Znam _ZnwmRKSt9nothrow_t _ZnamRKSt9nothrow_t
    _ZnwmSt11align_val_t _ZnamSt11align_val_t
    _ZnwmSt11align_val_tRKSt9nothrow_t _ZnamSt11align_val_tRKSt9nothrow_t
    _ZdlPv _ZdaPv _ZdlPvm _ZdaPvm _ZdlPvRKSt9nothrow_t _ZdaPvRKSt9nothrow_t
    _ZdlPvSt11align_val_t _ZdaPvSt11align_val_t _ZdlPvmSt11align_val_t _ZdaPvmSt11align_val_t
    _ZdlPvSt11align_val_tRKSt9nothrow_t _ZdaPvSt11align_val_tRKSt9nothrow_t
";

#[test]
fn exactly_the_documented_functions_are_exported() {
    let text = tool("nm", &["-D", "--defined-only", "--format=posix"]);
    let exported: BTreeSet<&str> =
        text.lines().filter_map(|line| line.split_whitespace().next()).collect();
    let expected: BTreeSet<&str> = EXPORTS.split_whitespace().collect();
    let missing: Vec<_> = expected.difference(&exported).collect();
    assert!(missing.is_empty(), "not exported: {missing:?}");
    // The others are the documented heap's, declared in the headers.
    let declared = words_of_headers();
    let unknown: Vec<_> =
        exported.difference(&expected).filter(|name| !declared.contains(**name)).collect();
    assert!(unknown.is_empty(), "exported, but in no header: {unknown:?}");
    assert!(exported.contains("HeapAlloc") && exported.contains("_heapmin"));
}

/// The words of all headers that programs include.
fn words_of_headers() -> BTreeSet<String> {
    let include = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../include");
    let mut words = BTreeSet::new();
    for directory in [include.clone(), include.join("heapmin")] {
        for entry in fs::read_dir(&directory).expect("the headers") {
            let path = entry.expect("an entry of the directory").path();
            if path.is_file() {
                let text = fs::read_to_string(&path).expect("a header");
                let is_part = |c: char| c.is_ascii_alphanumeric() || c == '_';
                words.extend(text.split(|c| !is_part(c)).map(str::to_owned));
            }
        }
    }
    words
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

/// Names that the library takes from others.
fn imports() -> Vec<String> {
    let text = tool("nm", &["-D", "--undefined-only", "--format=posix"]);
    let names = text.lines().filter_map(|line| line.split(['@', ' ']).next());
    names.map(str::to_owned).collect()
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
