//! The headers: each compiles alone, and together they declare exactly what is exported.

use crate::harness::{library, project, scratch};
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Ways to compile a header that change what is in it.
const VARIANTS: [&[&str]; 4] =
    [&[], &["-D_DEBUG"], &["-D_DEBUG", "-D_CRTDBG_MAP_ALLOC"], &["-DHEAPMIN_WINDOWS_ERRNO"]];

/// The headers in a directory of the project, not those below it.
fn headers(directory: &str) -> Vec<PathBuf> {
    let entries = fs::read_dir(project().join(directory)).expect("the directory can be read");
    let paths = entries.map(|entry| entry.expect("the directory can be read").path());
    paths.filter(|path| path.extension().is_some_and(|ending| ending == "h")).collect()
}

/// Runs a compiler on a text, without making anything, and returns what it complains about.
fn complaints(compiler: &[&str], options: &[&str], include: &Path, text: &str) -> String {
    static COUNT: std::sync::atomic::AtomicU32 = std::sync::atomic::AtomicU32::new(0);
    let number = COUNT.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
    let source = scratch().join(format!("header-{}-{number}.c", std::process::id()));
    fs::write(&source, text).expect("the source can be written");
    let (&program, language) = compiler.split_first().expect("a compiler");
    let result = Command::new(program)
        .args(["-fsyntax-only", "-Wall", "-Wextra", "-Wpedantic", "-Werror"])
        .args(options)
        .arg("-I")
        .arg(include)
        .args(language)
        .arg(&source)
        .output()
        .unwrap_or_else(|error| panic!("{program}: {error}; install the package of that name"));
    fs::remove_file(&source).expect("the source can be removed");
    let mut text = String::from_utf8_lossy(&result.stderr).into_owned();
    if !result.status.success() && text.is_empty() {
        text = format!("{program}: {}", result.status);
    }
    text
}

/// That each header compiles alone, in every variant and without a warning.
fn each_compiles(compiler: &[&str]) {
    let mut count = 0;
    for directory in ["include", "include/heapmin", "include/compat"] {
        for header in headers(directory) {
            let name = header.file_name().expect("a header has a name").to_string_lossy();
            // One declaration, because there have to be some, and a header may define macros only.
            let text = format!("#include <{name}>\nextern int anything;\n");
            for variant in VARIANTS {
                let said = complaints(compiler, variant, &project().join(directory), &text);
                assert_eq!(said, "", "{directory}/{name} {variant:?}");
                count += 1;
            }
        }
    }
    assert!(count >= 4 * 20, "only {count} headers were found");
}

#[test]
fn each_header_compiles_alone_in_c99() {
    each_compiles(&["gcc", "-std=c99", "-xc"]);
}

#[test]
fn each_header_compiles_alone_in_cxx11() {
    each_compiles(&["g++", "-std=c++11", "-xc++"]);
}

#[test]
fn each_header_compiles_alone_in_c99_with_clang() {
    each_compiles(&["clang", "-std=c99", "-xc"]);
}

#[test]
fn each_header_compiles_alone_in_cxx11_with_clang() {
    each_compiles(&["clang", "-std=c++11", "-xc++"]);
}

/// All of them in one file, in the newer dialects as well.
#[test]
fn all_headers_get_along_with_each_other() {
    let mut text = String::new();
    for directory in ["include/compat", "include"] {
        for header in headers(directory) {
            text.push_str(&format!("#include \"{}\"\n", header.display()));
        }
    }
    let compilers = [
        ["gcc", "-std=gnu17", "-xc"],
        ["gcc", "-std=c11", "-xc"],
        ["g++", "-std=c++20", "-xc++"],
        ["clang", "-std=c17", "-xc"],
        ["clang", "-std=c++20", "-xc++"],
    ];
    for compiler in compilers {
        for variant in VARIANTS {
            let said = complaints(&compiler, variant, &project().join("include/compat"), &text);
            assert_eq!(said, "", "{compiler:?} {variant:?}");
        }
    }
}

#[test]
fn a_wrong_layout_does_not_compile() {
    for language in
        [["gcc", "-std=c99", "-xc"], ["gcc", "-std=c11", "-xc"], ["g++", "-std=c++11", "-xc++"]]
    {
        let include = project().join("include");
        let [good, bad] = ["4", "5"].map(|size| {
            let line = format!("HEAPMIN_LAYOUT(a_dword, sizeof(DWORD) == {size});\n");
            complaints(&language, &[], &include, &format!("#include <heapapi.h>\n{line}"))
        });
        assert_eq!(good, "");
        assert!(bad.contains("a_dword"), "{bad}");
    }
}

/// The functions that the headers declare: gcc lists them.
fn declared() -> BTreeSet<String> {
    let list = scratch().join(format!("declared-{}", std::process::id()));
    let text = "#include <heapapi.h>\n#include <crtheap.h>\n#include <heapmin.h>\n";
    let path = list.to_string_lossy();
    let options = ["-aux-info", &path, "-D_DEBUG"];
    let include = project().join("include");
    assert_eq!(complaints(&["gcc", "-std=c99", "-xc"], &options, &include, text), "");
    let text = fs::read_to_string(&list).expect("gcc has written the list");
    fs::remove_file(&list).expect("the list can be removed");
    // /* PATH:LINE:NC */ extern HANDLE HeapCreate (DWORD, SIZE_T, SIZE_T);
    let prefix = format!("/* {}/", include.display());
    let lines =
        text.lines().filter_map(|line| line.strip_prefix(&prefix)?.split_once("*/ extern "));
    let names = lines.filter_map(|(_, line)| line.split_once(" ("));
    names.map(|(words, _)| words.rsplit([' ', '*']).next().expect("a word").to_owned()).collect()
}

/// The symbols that the library exports, of one type of `nm`.
fn exported(kinds: &[&str]) -> BTreeSet<String> {
    let printed = Command::new("nm")
        .args(["-D", "--defined-only", "--format=posix"])
        .arg(library::shared())
        .output()
        .expect("nm runs");
    let text = String::from_utf8(printed.stdout).expect("nm prints text");
    let symbols = text.lines().filter_map(|line| {
        let mut words = line.split_whitespace();
        Some((words.next()?, words.next()?))
    });
    symbols.filter(|(_, kind)| kinds.contains(kind)).map(|(name, _)| name.to_owned()).collect()
}

#[test]
fn every_function_is_declared_and_every_declared_function_is_there() {
    let (declared, exported) = (declared(), exported(&["T", "W", "i"]));
    assert!(
        declared.contains("HeapCreate") && declared.contains("_CrtSetAllocHook"),
        "{declared:?}"
    );
    let missing: Vec<_> = declared.difference(&exported).collect();
    let undeclared: Vec<_> = exported.difference(&declared).collect();
    assert!(
        missing.is_empty() && undeclared.is_empty(),
        "declared, but not exported: {missing:?}; exported, but not declared: {undeclared:?}"
    );
}

/// Two variables, which programs reach by macros of their names.
#[test]
fn every_variable_is_a_macro() {
    let variables = exported(&["B", "D", "R", "V"]);
    assert_eq!(variables.iter().collect::<Vec<_>>(), ["_crtBreakAlloc", "_crtDbgFlag"]);
    let text = "#include <crtheap.h>\n\
                #if !defined(_crtBreakAlloc) || !defined(_crtDbgFlag)\n#error\n#endif\n";
    for variant in VARIANTS {
        let said = complaints(&["gcc", "-xc"], variant, &project().join("include"), text);
        assert_eq!(said, "", "{variant:?}");
    }
}
