//! Which frames are the heap's own: stacks begin with the caller of the allocating function, as a
//! reader expects it.

/// So many of the innermost frames may be the heap's.
pub const MAXIMUM_OWN: usize = 32;

/// Functions by which programs ask for memory, whoever defines them.
const DOORS: [&str; 24] = [
    "malloc",
    "calloc",
    "realloc",
    "reallocarray",
    "memalign",
    "aligned_alloc",
    "posix_memalign",
    "valloc",
    "pvalloc",
    "__libc_malloc",
    "__libc_calloc",
    "__libc_realloc",
    "__libc_memalign",
    "__rust_alloc",
    "__rust_alloc_zeroed",
    "__rust_realloc",
    "__rustc::__rust_alloc",
    "__rustc::__rust_alloc_zeroed",
    "__rustc::__rust_realloc",
    "HeapAlloc",
    "HeapReAlloc",
    "RtlAllocateHeap",
    "GlobalAlloc",
    "LocalAlloc",
];

/// Beginnings of the names of functions of the heap, and of those that Rust puts before it.
const PREFIXES: [&str; 14] = [
    "heapmin_engine::",
    "<heapmin_engine::",
    "heapmin::global::",
    "heapmin::heap::",
    "<heapmin::Heapmin as ",
    "<heapmin::global::",
    "<heapmin::heap::",
    "heapmin_win32::",
    "heapmin_crt::",
    "heapmin_native::",
    "heapmin_malloc::",
    "alloc::alloc::",
    "<alloc::alloc::Global as ",
    "operator new",
];

/// More of Rust's: what the compiler generates for the global allocator.
const GENERATED: [&str; 4] = ["__rg_", "__rustc::__rg_", "__rdl_", "__rustc::__rdl_"];

/// Whether a function is the heap's, or only leads into it.
pub fn is_own(function: &str) -> bool {
    DOORS.contains(&function)
        || PREFIXES.iter().chain(&GENERATED).any(|prefix| function.starts_with(prefix))
}

/// Whether a library is the heap itself, and nothing else.
pub fn is_heap_library(path: &str) -> bool {
    file_name(path).starts_with("libheapmin")
}

/// The last part of a module's path.
pub fn file_name(path: &str) -> &str {
    let path = path.strip_suffix(" (deleted)").unwrap_or(path);
    path.rsplit_once('/').map_or(path, |(_, name)| name)
}

/// How many of the innermost functions are the heap's: up to the outermost that is.
pub fn count<'a>(functions: impl Iterator<Item = &'a str>) -> usize {
    functions
        .take(MAXIMUM_OWN)
        .enumerate()
        .filter(|(_, function)| is_own(function))
        .last()
        .map_or(0, |(place, _)| place + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stacks_begin_with_the_caller_of_the_allocation() {
        let rust = [
            "heapmin_engine::sample::take",
            "core::ops::function::FnOnce::call_once",
            "<heapmin::Heapmin as core::alloc::global::GlobalAlloc>::alloc",
            "__rustc::__rust_alloc",
            "alloc::alloc::alloc",
            "alloc::raw_vec::RawVecInner<A>::finish_grow",
            "program::main",
        ];
        assert_eq!(count(rust.into_iter()), 5);
        let cpp = ["malloc", "operator new(unsigned long)", "std::vector<int>::push_back", "main"];
        assert_eq!(count(cpp.into_iter()), 2);
        assert_eq!(count(["work", "main"].into_iter()), 0);
        assert_eq!(count(["heapmin::main", "main"].into_iter()), 0);
    }

    #[test]
    fn the_library_is_known_by_its_name() {
        assert!(is_heap_library("/usr/lib/libheapmin_malloc.so"));
        assert!(is_heap_library("/root/.cache/heapmin/libheapmin_malloc-0123.so (deleted)"));
        assert!(!is_heap_library("/usr/lib/libplugin.so"));
        assert!(!is_heap_library("/opt/libheapmin/program"));
        assert_eq!(file_name("/usr/lib/libz.so.1 (deleted)"), "libz.so.1");
        assert_eq!(file_name("[vdso]"), "[vdso]");
    }
}
