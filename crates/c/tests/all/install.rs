//! `install.sh`, and programs that use what it has installed, by pkg-config and by CMake.

use crate::harness::{Outcome, Run, library, package, project, scratch};
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

const VERSION: &str = env!("CARGO_PKG_VERSION");

fn install(arguments: &[&str]) -> Outcome {
    let script = Run::new(&project().join("install.sh"));
    arguments.iter().fold(script, |run, argument| run.argument(argument)).outcome()
}

/// A directory that isn't there yet.
fn fresh(name: &str) -> PathBuf {
    let directory = scratch().join(name);
    let _ = fs::remove_dir_all(&directory);
    directory
}

/// Installs into a directory for one test, with spaces in its name.
fn installed(test: &str) -> PathBuf {
    let prefix = fresh(&format!("installed for {test}"));
    let from = library::release();
    let outcome =
        install(&["--prefix", &prefix.to_string_lossy(), "--from", &from.to_string_lossy()]);
    assert!(outcome.status.success(), "{outcome:?}");
    let message = format!("heapmin {VERSION} is installed in {}\n", prefix.display());
    assert_eq!(outcome.stdout, message);
    prefix
}

/// What a shell prints that has `pkg-config` for the installation, the programs' files in
/// `$SOURCES` and a place for programs in `$OUT`.
fn with_pkg_config(prefix: &Path, line: &str) -> String {
    let shell = Run::of("bash").argument("-euc").argument(line);
    let shell = shell.variable("PKG_CONFIG_PATH", prefix.join("lib/pkgconfig"));
    let shell = shell.variable("LD_LIBRARY_PATH", prefix.join("lib"));
    let shell = shell.variable("SOURCES", package().join("tests/c/install"));
    shell.variable("OUT", prefix).holds().stdout
}

fn greeting() -> String {
    format!("heapmin {VERSION}: 21 bytes\n")
}

#[test]
fn each_file_is_where_it_belongs() {
    let prefix = installed("the list of files");
    let files = [
        ("bin/heapmin", 0o755),
        ("lib/libheapmin.so", 0o755),
        ("lib/libheapmin.a", 0o644),
        ("lib/libheapmin_malloc.so", 0o755),
        ("include/heapmin/heapapi.h", 0o644),
        ("include/heapmin/crtheap.h", 0o644),
        ("include/heapmin/heapmin.h", 0o644),
        ("include/heapmin/compat/windows.h", 0o644),
        ("include/heapmin/compat/malloc.h", 0o644),
        ("lib/pkgconfig/heapmin.pc", 0o644),
        ("lib/cmake/heapmin/heapminConfig.cmake", 0o644),
        ("lib/cmake/heapmin/heapminConfigVersion.cmake", 0o644),
    ];
    for (file, mode) in files {
        let metadata = fs::metadata(prefix.join(file)).unwrap_or_else(|e| panic!("{file}: {e}"));
        assert_eq!(metadata.permissions().mode() & 0o777, mode, "{file}");
    }
    for directory in ["lib/pkgconfig", "lib/cmake/heapmin"] {
        for file in fs::read_dir(prefix.join(directory)).expect("it is there") {
            let text = fs::read_to_string(file.expect("it is there").path()).expect("it is text");
            assert!(!text.contains("@PREFIX@") && !text.contains("@VERSION@"), "{text}");
        }
    }
}

#[test]
fn the_installed_command_runs() {
    let outcome =
        Run::new(&installed("the command").join("bin/heapmin")).argument("--version").holds();
    assert!(outcome.stdout.contains(VERSION), "{outcome:?}");
}

#[test]
fn a_program_is_compiled_by_pkg_config() {
    let line = r#"
        flags=$(pkg-config --cflags --libs heapmin)
        eval "cc \"$SOURCES/program.c\" -o \"$OUT/by_pkg_config\" $flags"
        "$OUT/by_pkg_config""#;
    assert_eq!(with_pkg_config(&installed("pkg-config"), line), greeting());
}

#[test]
fn a_static_program_is_compiled_by_pkg_config() {
    let line = r#"
        flags=$(pkg-config --static --cflags --libs heapmin)
        eval "cc -static \"$SOURCES/program.c\" -o \"$OUT/all_static\" $flags"
        "$OUT/all_static""#;
    assert_eq!(with_pkg_config(&installed("a static program"), line), greeting());
}

#[test]
fn a_program_of_windows_is_compiled_by_pkg_config() {
    let line = r#"
        compat=$(pkg-config --variable=compatdir heapmin)
        flags=$(pkg-config --libs heapmin)
        eval "cc \"-I$compat\" \"$SOURCES/windows.c\" -o \"$OUT/windows\" $flags"
        "$OUT/windows""#;
    assert_eq!(with_pkg_config(&installed("a program of Windows"), line), "21 bytes\n");
}

#[test]
fn pkg_config_knows_the_version() {
    let printed = with_pkg_config(&installed("the version"), "pkg-config --modversion heapmin");
    assert_eq!(printed.trim(), VERSION);
}

#[test]
fn programs_are_built_by_cmake() {
    let prefix = installed("cmake");
    let build = fresh("built by cmake");
    let configure = Run::of("cmake").argument("-S").argument(package().join("tests/c/install"));
    let configure = configure.argument("-B").argument(&build);
    let path = format!("-DCMAKE_PREFIX_PATH={}", prefix.display());
    configure.argument(path).argument("-DCMAKE_BUILD_TYPE=Release").holds();
    Run::of("cmake").argument("--build").argument(&build).holds();
    for program in ["shared", "static", "malloc"] {
        assert_eq!(Run::new(&build.join(program)).holds().stdout, greeting(), "{program}");
    }
    assert_eq!(Run::new(&build.join("windows")).holds().stdout, "21 bytes\n");
}

#[test]
fn cmake_refuses_versions_that_this_is_not() {
    let prefix = installed("cmake and versions");
    for (wanted, found) in [("0.1", true), (VERSION, true), ("0.0.1", false), ("0.1.99", false)] {
        let source = fresh(&format!("cmake wants {wanted}"));
        fs::create_dir_all(&source).expect("the scratch directory is writable");
        let text = format!(
            "cmake_minimum_required(VERSION 3.16)\nproject(user C)\n\
             find_package(heapmin {wanted} REQUIRED)\n"
        );
        fs::write(source.join("CMakeLists.txt"), text).expect("the file can be written");
        let path = format!("-DCMAKE_PREFIX_PATH={}", prefix.display());
        let configure = Run::of("cmake").argument("-S").argument(&source).argument("-B");
        let outcome = configure.argument(source.join("build")).argument(path).outcome();
        assert_eq!(outcome.status.success(), found, "{wanted}: {outcome:?}");
    }
}

#[test]
fn under_a_destdir_the_prefix_stays_what_programs_see() {
    let root = fresh("destdir");
    let from = library::release();
    let outcome = install(&[
        "--prefix=/opt/heapmin",
        &format!("--destdir={}", root.display()),
        &format!("--from={}", from.display()),
    ]);
    assert!(outcome.status.success(), "{outcome:?}");
    let file = root.join("opt/heapmin/lib/pkgconfig/heapmin.pc");
    let text = fs::read_to_string(file).expect("it is installed");
    assert!(text.starts_with("prefix=/opt/heapmin\n"), "{text}");
}

#[test]
fn without_a_build_it_says_how_to_build() {
    let empty = fresh("nothing-built");
    fs::create_dir_all(&empty).expect("the scratch directory is writable");
    let prefix = fresh("nothing-installed");
    let outcome =
        install(&["--prefix", &prefix.to_string_lossy(), "--from", &empty.to_string_lossy()]);
    assert_eq!(outcome.status.code(), Some(2), "{outcome:?}");
    assert!(outcome.stderr.contains("is missing"), "{outcome:?}");
    assert!(outcome.stderr.contains("cargo build --release"), "{outcome:?}");
    assert!(!prefix.exists(), "something was installed all the same");
}

#[test]
fn what_it_can_not_do_it_says_before_it_begins() {
    let cases: [(&[&str], &str); 5] = [
        (&["--prefix"], "--prefix needs a directory"),
        (&["--prefix", ""], "--prefix needs a directory"),
        (&["--prefix", "relative"], "not an absolute path"),
        (&["--frefix", "/opt"], "unknown argument: --frefix"),
        (&["/opt"], "unknown argument: /opt"),
    ];
    for (arguments, message) in cases {
        let outcome = install(arguments);
        assert_eq!(outcome.status.code(), Some(2), "{arguments:?}: {outcome:?}");
        assert!(outcome.stderr.contains(message), "{arguments:?}: {outcome:?}");
        assert!(outcome.stderr.starts_with("install.sh: "), "{arguments:?}: {outcome:?}");
    }
}
