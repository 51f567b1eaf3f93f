//! Programs that can't be asked, and what is said about it.

use crate::harness::{Asker, Program, sentence, until};
use heapmin_inspect::control::Unread;
use std::sync::mpsc;
use std::thread::JoinHandle;
use std::time::Duration;

fn is_root() -> bool {
    // SAFETY: reads a number.
    unsafe { libc::geteuid() == 0 }
}

#[test]
fn a_stopped_program_is_said_to_be_stopped() {
    let program = Program::start("idle", &[]);
    let target = program.target();
    program.signal(libc::SIGSTOP);
    until("it stops", || program.state() == 'T');
    let text = sentence(target.trim());
    assert!(text.ends_with(&format!("continue it first: kill -CONT {}", program.pid())), "{text}");
    assert_eq!(program.state(), 'T');
    program.signal(libc::SIGCONT);
    target.trim().unwrap_or_else(|error| panic!("{error}"));
    program.ends_well();
}

/// Has another thread of ours trace the program's first thread, until `end` returns.
fn debugged(program: &Program, end: impl FnOnce() + Send + 'static) -> JoinHandle<()> {
    let (seized, is_seized) = mpsc::channel();
    let pid = program.pid();
    let debugger = std::thread::spawn(move || {
        let none = std::ptr::null_mut::<libc::c_void>();
        // SAFETY: the program is our child, and goes on.
        let result = unsafe { libc::ptrace(libc::PTRACE_SEIZE, pid, none, none) };
        seized.send(result).expect("it is waited for");
        end();
    });
    assert_eq!(is_seized.recv(), Ok(0));
    debugger
}

#[test]
fn a_program_in_a_debugger_is_left_to_it() {
    let program = Program::start("idle", &[]);
    let target = program.target();
    let (done, wait) = mpsc::channel::<()>();
    let debugger = debugged(&program, move || _ = wait.recv());
    let text = sentence(target.trim());
    assert!(text.contains("is debugging it"), "{text}");
    drop(done);
    debugger.join().expect("it doesn't panic");
    target.trim().unwrap_or_else(|error| panic!("{error}"));
    program.ends_well();
}

#[test]
fn another_heapmin_is_waited_for() {
    let program = Program::start("idle", &[]);
    let target = program.target();
    // That is what the command's process is called.
    std::fs::write("/proc/self/comm", "heapmin").expect("a process may name itself");
    let other = debugged(&program, || std::thread::sleep(Duration::from_millis(300)));
    target.trim().unwrap_or_else(|error| panic!("{error}"));
    other.join().expect("it doesn't panic");
    program.ends_well();
}

#[test]
fn a_filter_is_looked_at_before_anything_is_tried() {
    let open = Program::start("filtered", &["1000"]);
    let shut = Program::start("filtered", &[&libc::SYS_clone.to_string()]);
    let text = sentence(shut.target().trim());
    if is_root() {
        assert!(text.contains("filter forbids clone"), "{text}");
        let text = sentence(shut.target().trim_despite(Unread::Trust));
        assert!(text.contains("filter forbids clone"), "what is known counts: {text}");
        open.target().trim().unwrap_or_else(|error| panic!("{error}"));
    } else {
        assert!(text.contains("--despite-filter"), "{text}");
        let trim = open.target().trim_despite(Unread::Trust);
        trim.unwrap_or_else(|error| panic!("{error}"));
    }
    open.ends_well();
    shut.ends_well();
}

#[test]
fn nobody_may_ask_another_users_program() {
    if !is_root() {
        // The first process is another user's, and not ours to ask.
        assert!(heapmin_inspect::Target::open(1).is_err());
        return;
    }
    let program = Program::start("idle", &[]);
    let nobody = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"];
    let text = Asker::fails(&nobody, &program);
    assert!(text.contains("Forbidden"), "{text}");
    let undumpable = Program::wrapped(&nobody, "idle", &[]);
    let text = Asker::fails(&["setpriv", "--reuid=65533", "--clear-groups"], &undumpable);
    assert!(text.contains("Forbidden"), "{text}");
    program.ends_well();
    undumpable.ends_well();
}
