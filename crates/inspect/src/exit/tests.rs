use std::io::{BufRead, BufReader, Write};
use std::process::{Child, Command, Stdio};

use super::*;

const LONG: Duration = Duration::from_secs(20);

/// A program that writes a line, and then waits for one.
fn started(program: &str, words: &[&str]) -> (Child, Watch) {
    let mut command = Command::new(program);
    let mut child =
        command.args(words).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
    assert_eq!(line, "ready\n");
    let watch = Watch::start(child.id() as i32).unwrap();
    (child, watch)
}

fn shell(script: &str) -> (Child, Watch) {
    started("sh", &["-c", &format!("echo ready; read line; {script}")])
}

fn begin(child: &mut Child) {
    writeln!(child.stdin.take().unwrap()).unwrap();
}

/// A C program, compiled.
fn compiled(name: &str, source: &str) -> std::path::PathBuf {
    let directory = std::env::temp_dir().join(format!("heapmin-exit-{}", std::process::id()));
    std::fs::create_dir_all(&directory).unwrap();
    let (file, program) = (directory.join(format!("{name}.c")), directory.join(name));
    std::fs::write(&file, source).unwrap();
    let mut compiler = Command::new("cc");
    let done = compiler.arg(&file).arg("-o").arg(&program).arg("-pthread").status().unwrap();
    assert!(done.success());
    program
}

fn has_memory(thread: i32) -> bool {
    !std::fs::read(format!("/proc/{thread}/maps")).unwrap().is_empty()
}

#[test]
fn a_process_that_ends_waits_with_its_memory() {
    let (mut child, watch) = shell("exit 7");
    let pid = child.id() as i32;
    begin(&mut child);
    assert_eq!(watch.next(LONG), Some(Happening::Ending(pid, 7 << 8)));
    assert!(has_memory(pid));
    assert_eq!(watch.next(Duration::from_millis(50)), None, "it waits");
    watch.let_go();
    assert_eq!(watch.next(LONG), Some(Happening::Gone(Some(7 << 8))));
}

#[test]
fn so_does_one_that_dies_by_a_signal() {
    let (mut child, watch) = shell("kill -TERM $$");
    let pid = child.id() as i32;
    begin(&mut child);
    assert_eq!(watch.next(LONG), Some(Happening::Ending(pid, libc::SIGTERM)));
    assert!(has_memory(pid));
    watch.let_go();
    assert_eq!(watch.next(LONG), Some(Happening::Gone(Some(libc::SIGTERM))));
}

#[test]
fn signals_arrive_and_a_stopped_process_stays_stopped() {
    let (mut child, watch) = shell("trap 'exit 3' USR1; kill -STOP $$; kill -USR1 $$; sleep 9");
    let pid = child.id() as i32;
    begin(&mut child);
    let state = || {
        let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap();
        stat[stat.rfind(')').unwrap() + 2..].chars().next().unwrap()
    };
    while !matches!(state(), 't' | 'T') {
        std::thread::sleep(Duration::from_millis(5));
    }
    assert_eq!(watch.next(Duration::from_millis(200)), None, "it went on");
    // SAFETY: sends a signal to our child, which was not waited for.
    assert_eq!(unsafe { libc::kill(pid, libc::SIGCONT) }, 0);
    assert_eq!(watch.next(LONG), Some(Happening::Ending(pid, 3 << 8)));
    watch.let_go();
    assert_eq!(watch.next(LONG), Some(Happening::Gone(Some(3 << 8))));
}

#[test]
fn another_program_is_said() {
    let (mut child, watch) = shell("exec sh -c 'exit 4'");
    let pid = child.id() as i32;
    begin(&mut child);
    assert_eq!(watch.next(LONG), Some(Happening::Replaced));
    assert_eq!(watch.next(LONG), Some(Happening::Ending(pid, 4 << 8)));
    watch.let_go();
    assert_eq!(watch.next(LONG), Some(Happening::Gone(Some(4 << 8))));
}

#[test]
fn the_first_thread_may_end_before_the_process_does() {
    let source = "
        #include <pthread.h>
        #include <stdlib.h>
        #include <stdio.h>
        #include <unistd.h>
        static pthread_t first;
        static void *second(void *x) { pthread_join(first, 0); usleep(50000); exit(5); }
        int main(void) {
            pthread_t t;
            puts(\"ready\");
            fflush(stdout);
            getchar();
            first = pthread_self();
            pthread_create(&t, 0, second, 0);
            pthread_exit(0);
        }";
    let (mut child, watch) = started(compiled("first", source).to_str().unwrap(), &[]);
    begin(&mut child);
    let Some(Happening::Moved(other)) = watch.next(LONG) else {
        panic!("it has another thread");
    };
    assert_ne!(other, child.id() as i32);
    watch.let_go();
    assert_eq!(watch.next(LONG), Some(Happening::Ending(other, 5 << 8)));
    assert!(has_memory(other));
    watch.let_go();
    assert_eq!(watch.next(LONG), Some(Happening::Gone(Some(5 << 8))));
}

#[test]
fn another_thread_may_end_the_process_or_replace_it() {
    let source = "
        #include <pthread.h>
        #include <stdlib.h>
        #include <stdio.h>
        #include <unistd.h>
        static int replaces;
        static void *second(void *x) {
            if (replaces) execlp(\"sh\", \"sh\", \"-c\", \"sleep 0.3; exit 6\", (char *)0);
            _exit(8);
        }
        int main(int count, char **words) {
            pthread_t t;
            puts(\"ready\");
            fflush(stdout);
            getchar();
            replaces = count > 1;
            pthread_create(&t, 0, second, 0);
            pause();
        }";
    let program = compiled("second", source);
    let (mut child, watch) = started(program.to_str().unwrap(), &[]);
    let pid = child.id() as i32;
    begin(&mut child);
    assert_eq!(watch.next(LONG), Some(Happening::Ending(pid, 8 << 8)));
    assert!(has_memory(pid));
    watch.let_go();
    assert_eq!(watch.next(LONG), Some(Happening::Gone(Some(8 << 8))));

    let (mut child, watch) = started(program.to_str().unwrap(), &["replace"]);
    let pid = child.id() as i32;
    begin(&mut child);
    // The system doesn't tell beforehand that this is no end.
    assert_eq!(watch.next(LONG), Some(Happening::Ending(pid, 0)));
    watch.let_go();
    assert_eq!(watch.next(LONG), Some(Happening::Replaced));
    let next = watch.next(LONG);
    let next = if next == Some(Happening::Replaced) { watch.next(LONG) } else { next };
    assert_eq!(next, Some(Happening::Ending(pid, 6 << 8)));
    watch.let_go();
    assert_eq!(watch.next(LONG), Some(Happening::Gone(Some(6 << 8))));
}

#[test]
fn a_watch_that_ends_leaves_the_process_alone() {
    let (mut child, watch) = shell("exit 9");
    drop(watch);
    let again = Watch::start(child.id() as i32).unwrap();
    let second = Watch::start(child.id() as i32);
    let refusal = second.unwrap_err().to_string();
    let name = format!("process {} traces it", std::process::id());
    assert!(refusal.contains("traces it"), "{refusal} {name}");
    drop(again);
    begin(&mut child);
    assert_eq!(child.wait().unwrap().code(), Some(9));
}
