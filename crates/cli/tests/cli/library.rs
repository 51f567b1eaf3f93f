//! Where the library comes from, and that nobody else can put another one in its place.

use std::fs::{self, File, Permissions};
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, SystemTime};

use crate::sandbox::{Sandbox, assert_preloaded, assert_refused, is_root, show_map, stdout};

/// The library that heapmin preloads into a program.
fn preloaded(command: &mut Command) -> PathBuf {
    PathBuf::from(stdout(command.args(["run", "--", "printenv", "LD_PRELOAD"])).trim_end())
}

/// A file with the library, made by heapmin itself.
fn library(sandbox: &Sandbox) -> PathBuf {
    preloaded(&mut sandbox.heapmin())
}

fn set_modified(path: &Path, time: SystemTime) {
    File::options().append(true).open(path).unwrap().set_modified(time).unwrap();
}

#[test]
fn heapmin_alone_in_a_directory_brings_its_library_along() {
    let sandbox = Sandbox::new();
    let library = library(&sandbox);
    assert_eq!(library, sandbox.cached_library("cache/heapmin"));
    assert!(library.to_str().unwrap().contains(concat!("-", env!("CARGO_PKG_VERSION"), "-")));
    assert_preloaded(&mut sandbox.run(show_map("/bin/grep".as_ref())));

    let mode = |path: &Path| fs::metadata(path).unwrap().mode() & 0o777;
    assert_eq!(mode(&sandbox.path("cache/heapmin")), 0o700);
    assert_eq!(mode(&library), 0o644);
}

#[test]
fn the_copy_is_written_once() {
    let sandbox = Sandbox::new();
    let first = fs::metadata(library(&sandbox)).unwrap();
    let second = fs::metadata(library(&sandbox)).unwrap();
    assert_eq!((first.ino(), first.mtime_nsec()), (second.ino(), second.mtime_nsec()));
}

#[test]
fn many_processes_can_write_the_first_copy_at_once() {
    let sandbox = Sandbox::new();
    let start =
        || sandbox.run(["cat", "/proc/self/maps"]).stdout(std::process::Stdio::piped()).spawn();
    let children: Vec<_> = (0..8).map(|_| start().unwrap()).collect();
    for child in children {
        let output = child.wait_with_output().unwrap();
        assert!(String::from_utf8_lossy(&output.stdout).contains("/libheapmin_malloc"));
    }
    sandbox.cached_library("cache/heapmin");
}

#[test]
fn a_damaged_copy_is_replaced() {
    let sandbox = Sandbox::new();
    let library = library(&sandbox);
    let content = fs::read(&library).unwrap();

    let mut damaged = content.clone();
    damaged[content.len() / 2] ^= 1;
    for bad in [&damaged[..], &content[..1000], b""] {
        fs::write(&library, bad).unwrap();
        assert_eq!(preloaded(&mut sandbox.heapmin()), library);
        assert!(fs::read(&library).unwrap() == content);
    }

    let elsewhere = sandbox.file("elsewhere.so", &content, 0o644);
    fs::remove_file(&library).unwrap();
    symlink(elsewhere, &library).unwrap();
    assert_eq!(preloaded(&mut sandbox.heapmin()), library);
    assert!(fs::symlink_metadata(&library).unwrap().is_file());
}

#[test]
fn a_library_can_be_chosen() {
    let sandbox = Sandbox::new();
    let chosen = sandbox.path("chosen.so");
    fs::copy(library(&sandbox), &chosen).unwrap();
    let other = sandbox.path("other.so");
    fs::copy(&chosen, &other).unwrap();

    let mut relative = sandbox.heapmin();
    relative.current_dir(sandbox.path("")).args(["run", "--library", "chosen.so", "printenv"]);
    assert_eq!(stdout(relative.arg("LD_PRELOAD")).trim_end(), chosen.to_str().unwrap());

    let mut by_variable = sandbox.heapmin();
    assert_eq!(preloaded(by_variable.env("HEAPMIN_LIBRARY", &other)), other);

    let mut both = sandbox.heapmin();
    both.env("HEAPMIN_LIBRARY", &other).args(["run", "--library"]).arg(&chosen);
    assert_eq!(stdout(both.args(["printenv", "LD_PRELOAD"])).trim_end(), chosen.to_str().unwrap());

    let mut empty = sandbox.heapmin();
    let cached = sandbox.cached_library("cache/heapmin");
    assert_eq!(preloaded(empty.env("HEAPMIN_LIBRARY", "")), cached);
}

#[test]
fn a_chosen_file_that_is_no_library_is_refused() {
    let sandbox = Sandbox::new();
    let mut missing = sandbox.run(["true"]);
    missing.env("HEAPMIN_LIBRARY", "/no/such.so");
    assert_refused(&mut missing, 125, &["cannot preload '/no/such.so'", "HEAPMIN_LIBRARY"]);
    let mut text = sandbox.heapmin();
    text.args(["run", "--library", "/etc/passwd", "true"]);
    assert_refused(&mut text, 125, &["'/etc/passwd'", "not an ELF shared library"]);
}

#[test]
fn a_library_beside_heapmin_is_used_unless_heapmin_is_newer() {
    let sandbox = Sandbox::new();
    let embedded = library(&sandbox);
    // Not the link to the tested binary, whose time is set here.
    let heapmin = sandbox.directory("built").join("heapmin");
    fs::copy(sandbox.path("bin/heapmin"), &heapmin).unwrap();
    let beside = sandbox.path("built/libheapmin_malloc.so");
    fs::copy(&embedded, &beside).unwrap();
    let run = || {
        let mut command = Command::new(&heapmin);
        preloaded(command.env("XDG_CACHE_HOME", sandbox.path("cache")).env_remove("LD_PRELOAD"))
    };
    let now = SystemTime::now();
    set_modified(&heapmin, now);

    set_modified(&beside, now + Duration::from_secs(1));
    assert_eq!(run(), fs::canonicalize(&beside).unwrap());

    set_modified(&beside, now - Duration::from_secs(1));
    assert_eq!(run(), embedded);
}

#[test]
fn a_packaged_library_is_found_in_lib_heapmin() {
    let sandbox = Sandbox::new();
    let embedded = library(&sandbox);
    let packaged = sandbox.directory("lib/heapmin").join("libheapmin_malloc.so");
    fs::copy(embedded, &packaged).unwrap();
    assert_eq!(library(&sandbox), fs::canonicalize(&packaged).unwrap());
}

#[test]
fn a_library_whose_path_ld_so_would_split_or_expand_is_copied() {
    let sandbox = Sandbox::new();
    let embedded = library(&sandbox);
    for name in ["a b", "a:b", "a$LIB"] {
        let odd = sandbox.directory(name).join("libheapmin_malloc.so");
        fs::copy(&embedded, &odd).unwrap();
        let mut command = sandbox.run(show_map("/bin/grep".as_ref()));
        assert_preloaded(command.env("HEAPMIN_LIBRARY", &odd));
        let mut command = sandbox.heapmin();
        assert_eq!(preloaded(command.env("HEAPMIN_LIBRARY", &odd)), embedded);
    }
}

/// Runs heapmin as `nobody`, with this cache, and returns the library it found elsewhere: in the
/// home directory.
#[track_caller]
fn assert_passed_over(sandbox: &Sandbox, cache: &Path) {
    let mut command = sandbox.heapmin();
    sandbox.as_nobody(&mut command);
    let library = preloaded(command.env("XDG_CACHE_HOME", cache));
    assert_eq!(library, sandbox.cached_library("home/.cache/heapmin"));
}

#[test]
fn a_cache_that_others_could_change_is_passed_over() {
    if !is_root() {
        return;
    }
    let sandbox = Sandbox::new();
    let open = |path: &Path, mode| fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
    let to_nobody = |path: &Path| {
        std::os::unix::fs::lchown(path, Some(65534), Some(65534)).unwrap();
    };

    let cache = sandbox.directory("writable");
    to_nobody(&cache);
    open(&cache, 0o777);
    assert_passed_over(&sandbox, &cache);

    let cache = sandbox.directory("group");
    let inside = sandbox.directory("group/heapmin");
    to_nobody(&cache);
    to_nobody(&inside);
    open(&inside, 0o770);
    assert_passed_over(&sandbox, &cache);

    let cache = sandbox.directory("link");
    let target = sandbox.directory("target");
    to_nobody(&cache);
    to_nobody(&target);
    symlink(&target, cache.join("heapmin")).unwrap();
    to_nobody(&cache.join("heapmin"));
    assert_passed_over(&sandbox, &cache);

    let cache = sandbox.directory("root's");
    open(&sandbox.directory("root's/heapmin"), 0o755);
    assert_passed_over(&sandbox, &cache);
}

#[test]
fn a_cache_whose_path_cannot_be_listed_is_passed_over() {
    if !is_root() {
        return;
    }
    let sandbox = Sandbox::new();
    let cache = sandbox.directory("with space");
    std::os::unix::fs::chown(&cache, Some(65534), None).unwrap();
    assert_passed_over(&sandbox, &cache);
}

#[test]
fn when_no_directory_will_do_each_is_named_with_the_reason() {
    if !is_root() {
        return;
    }
    // A user who has nothing, not even the directory in /tmp: somebody else made it.
    let user: u32 = 3_000_000_000 + std::process::id();
    let squatted = PathBuf::from(format!("/tmp/heapmin-{user}"));
    fs::create_dir(&squatted).unwrap();

    let sandbox = Sandbox::new();
    let mut command = sandbox.run(["true"]);
    std::os::unix::process::CommandExt::uid(&mut command, user);
    command.env("XDG_CACHE_HOME", "/a b").env("HOME", "/no/such/home");
    let output = command.output();
    fs::remove_dir(&squatted).unwrap();
    let output = output.unwrap();
    let message = String::from_utf8_lossy(&output.stderr);

    assert_eq!(output.status.code(), Some(125), "{message}");
    for words in [
        "'/a b/heapmin': LD_PRELOAD cannot hold a path with a space",
        "'/no/such/home/.cache/heapmin': Permission denied",
        "' : it is not a directory that only this user can write to",
        "set XDG_CACHE_HOME",
    ] {
        let words = words.replace("' :", &format!("'{}':", squatted.display()));
        assert!(message.contains(&words), "no '{words}' in: {message}");
    }
}

#[test]
fn what_root_starts_finds_the_library_as_another_user_too() {
    if !is_root() {
        return;
    }
    let sandbox = Sandbox::new();
    let mut command =
        sandbox.run(["setpriv", "--reuid=65534", "--clear-groups", "--", "/bin/grep"]);
    command.args(["r-xp", "/proc/self/maps"]).env_remove("XDG_CACHE_HOME");
    command.env("HOME", "/root");
    assert_preloaded(&mut command);
}
