//! Processes of other users, in containers' namespaces, and in other file systems.

use crate::harness::{Program, built, is_root, library};
use heapmin_inspect::{Error, Target};
use std::env;
use std::fs;
use std::path::Path;
use std::process::Command;

/// Set for a copy of these tests that looks as another user.
const LOOK_AT: &str = "HEAPMIN_TEST_LOOK_AT";

#[test]
fn it_is_listed_with_its_figures() {
    let program = Program::start("quiet", &[]);
    let listed = Target::list().expect("there is a list");
    let own =
        listed.iter().find(|listed| listed.process.pid == program.pid()).expect("it is there");
    let figures = own.figures.as_ref().expect("it rests");
    assert_eq!(vec![figures.live_blocks], program.told("all"));
    assert!(own.process.command.contains("quiet") && own.process.file.contains("libheapmin"));
    assert_eq!(own.process.user, program.target().process().user);
    assert!(listed.is_sorted_by_key(|listed| listed.process.pid));
    // This test itself isn't on it.
    assert!(!listed.iter().any(|listed| listed.process.pid == std::process::id() as i32));
}

#[test]
fn another_users_process_is_forbidden() {
    if let Ok(pid) = env::var(LOOK_AT) {
        let pid: i32 = pid.parse().expect("a number");
        let error = Target::open(pid).expect_err("it is root's");
        assert!(matches!(error, Error::Forbidden(_)), "{error:?}");
        assert!(!Target::list().expect("a list").iter().any(|listed| listed.process.pid == pid));
        return;
    }
    if !is_root() {
        return;
    }
    let program = Program::start("quiet", &[]);
    // Where another user can start it.
    let directory = Path::new("/tmp").join(format!("heapmin-reader-{}", std::process::id()));
    fs::create_dir_all(&directory).expect("it can be made");
    let copy = directory.join("tests");
    fs::copy(env::current_exe().expect("it has a name"), &copy).expect("it can be copied");
    let looked = Command::new("setpriv")
        .args(["--reuid", "65534", "--regid", "65534", "--clear-groups"])
        .arg(&copy)
        .args(["--exact", "places::another_users_process_is_forbidden", "--nocapture"])
        .current_dir("/")
        .env(LOOK_AT, program.pid().to_string())
        .output()
        .expect("there is setpriv");
    fs::remove_dir_all(&directory).expect("it can be removed");
    let text = String::from_utf8_lossy(&looked.stdout);
    let errors = String::from_utf8_lossy(&looked.stderr);
    assert!(looked.status.success() && text.contains("1 passed"), "{text}{errors}");
}

#[test]
fn one_in_a_pid_namespace_is_read_from_outside() {
    if !is_root() {
        return;
    }
    let mut command = Command::new("unshare");
    command.args(["--pid", "--fork", "--mount-proc"]);
    command.arg(built("counted")).env("LD_PRELOAD", library());
    let mut program = Program::run(command);
    program.go_on();
    let _count = program.line();
    // `unshare` waits for it, and is on the heap itself.
    let inside = child_of(program.pid());
    let target = Target::open(inside).expect("it is there");
    let snapshot = target.snapshot().expect("it rests");
    let threads: Vec<_> = snapshot.heaps[0]
        .caches
        .iter()
        .filter(|cache| cache.thread_name.as_deref() == Some("counting"))
        .collect();
    assert_eq!(threads.len(), 2);
    // There the first process is number 1, and its threads follow.
    assert!(threads.iter().all(|cache| cache.thread.is_some_and(|thread| thread < 10)));
}

fn child_of(pid: i32) -> i32 {
    let children = fs::read_to_string(format!("/proc/{pid}/task/{pid}/children"));
    let children = children.expect("the system lists them");
    children.split_whitespace().next().and_then(|pid| pid.parse().ok()).expect("there is one")
}

#[test]
fn one_in_another_root_is_read_without_opening_its_files() {
    if !is_root() {
        return;
    }
    // All that it needs, and the library under a name that leads to another file outside.
    let root = Path::new("/tmp").join(format!("heapmin-root-{}", std::process::id()));
    let needed = ["/lib64/ld-linux-x86-64.so.2", "/lib/x86_64-linux-gnu/libc.so.6"];
    let optional = ["/lib/x86_64-linux-gnu/libgcc_s.so.1", "/lib/x86_64-linux-gnu/libm.so.6"];
    for file in
        needed.into_iter().chain(optional.into_iter().filter(|file| Path::new(file).exists()))
    {
        let copy = root.join(file.trim_start_matches('/'));
        fs::create_dir_all(copy.parent().expect("it has one")).expect("it can be made");
        fs::copy(file, copy).expect("it can be copied");
    }
    fs::copy(library(), root.join("heap.so")).expect("it can be copied");
    fs::copy(built("quiet"), root.join("quiet")).expect("it can be copied");
    let mut command = Command::new("chroot");
    command.arg(&root).args(["/quiet"]).env("LD_PRELOAD", "/heap.so");
    let program = Program::run(command);
    let target = program.target();
    fs::remove_dir_all(&root).expect("it can be removed");
    assert!(target.process().file.contains("heap.so"));
    let again = program.target().snapshot().expect("it rests");
    assert_eq!(vec![again.totals.live_blocks], program.told("all"));
}
