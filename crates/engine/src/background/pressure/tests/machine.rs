//! The machine's own files, and descriptors that nobody else meets.

extern crate std;

use super::super::stall::{Stalls, USUAL};
use super::super::{Event, Sources, Verdict, milliseconds};
use super::channels::fifo;
use super::{Directory, asks_for, environment};
use crate::os::descriptor::{self, Access, Descriptor, News};
use std::fs::{self, File};
use std::io::Write;
use std::path::Path;
use std::sync::mpsc;
use std::thread;
use std::vec::Vec;

const LOST: &str = "/proc/pressure/memory";

/// The machine's lost time in microseconds.
fn lost() -> u64 {
    let text = fs::read_to_string(LOST).expect("it is there");
    let word = text.split_whitespace().find_map(|word| word.strip_prefix("total="));
    word.expect("the count").parse().expect("a number")
}

/// Whether this process may ask for announcements: not in every container.
fn can_ask() -> bool {
    File::options().write(true).open(LOST).is_ok_and(|mut file| file.write_all(USUAL).is_ok())
}

/// The kernel may announce falsely after it was asked; a true announcement is one of time that was
/// lost, which other programs may do at any time.
#[test]
fn the_machines_lost_time_is_reported_as_it_is() {
    if !can_ask() {
        return;
    }
    let before = lost();
    let file = Descriptor::open(c"/proc/pressure/memory", Access::ReadWrite).expect("it is there");
    let mut stalls = Stalls::watch(file, Some(USUAL)).expect("it can be asked");
    let end = milliseconds() + 3000;
    while milliseconds() < end {
        let rest = end.saturating_sub(milliseconds());
        let found = descriptor::poll([Some((stalls.descriptor(), News::Urgent))], Some(rest));
        let [found] = found.expect("nothing disturbs it");
        assert!(!found.error && !found.over, "{found:?}");
        // As if it had settled.
        if found.news && stalls.judge(found, u64::MAX) == Verdict::Pressure {
            assert!(lost() - before >= 100_000);
        }
    }
}

#[test]
fn a_service_manager_may_name_the_machines_lost_time() {
    if !can_ask() {
        return;
    }
    let line = "c29tZSAyMDAwMDAgMjAwMDAwMAA=";
    let variables = [("MEMORY_PRESSURE_WATCH", LOST), ("MEMORY_PRESSURE_WRITE", line)];
    let mut sources = Sources::open_at(b"/nowhere", environment(&variables)).expect("it is there");
    assert!(sources.stalls.is_some());
    assert_eq!(sources.wait(Some(0)), Event::Timeout);
    // Never asked for anything, such a file has nothing to say.
    let mut sources = Sources::open_at(b"/nowhere", asks_for(Path::new(LOST))).expect("it opens");
    assert_eq!(sources.wait(None), Event::Gone);
}

/// The numbers of the calling thread's descriptors; one of them is the directory's.
fn numbers() -> Vec<i32> {
    let entries = fs::read_dir("/proc/thread-self/fd").expect("it is there");
    let names = entries.map(|entry| entry.expect("an entry").file_name());
    names.map(|name| name.to_str().expect("a number").parse().expect("a number")).collect()
}

/// Runs `program` as a program of its own might: with descriptors that other tests don't share.
fn apart(program: impl FnOnce() + Send) {
    thread::scope(|scope| {
        scope.spawn(|| {
            // SAFETY: the thread goes on with a copy of the descriptors.
            assert_eq!(unsafe { libc::unshare(libc::CLONE_FILES) }, 0);
            program();
        });
    });
}

fn close_from(first: u32) {
    // SAFETY: the calling thread's own table, in which nobody else has anything.
    assert_eq!(unsafe { libc::close_range(first, u32::MAX, 0) }, 0);
}

#[test]
fn a_program_that_closes_all_descriptors_meets_none_of_ours() {
    let directory = Directory::new();
    let path = fifo(&directory);
    let asked = asks_for(&path);
    apart(|| {
        let before = numbers();
        let (opened, is_open) = mpsc::channel();
        let (told, tells) = mpsc::channel();
        thread::scope(|scope| {
            scope.spawn(move || {
                let mut sources = Sources::open(asked).expect("a FIFO");
                opened.send(numbers()).expect("somebody waits");
                told.send(sources.wait(Some(20_000))).expect("somebody waits");
            });
            let watched = is_open.recv().expect("it opens");
            assert_eq!(numbers(), before, "none of the program's numbers was taken");
            // The directory from which the numbers are read takes the lowest.
            let strays = watched.iter().filter(|&&number| (1..3).contains(&number));
            assert_eq!((watched.len(), strays.count()), (2, 0), "{watched:?}");
            close_from(3);
            let mut writer = File::options().write(true).open(&path).expect("it is still read");
            writer.write_all(b"!").expect("there is room");
            assert_eq!(tells.recv(), Ok(Event::Pressure));
        });
    });
}

#[test]
fn descriptors_closed_behind_its_back_are_given_up() {
    let directory = Directory::new();
    let asked = asks_for(&fifo(&directory));
    apart(move || {
        let mut sources = Sources::open(asked).expect("a FIFO");
        close_from(0);
        assert_eq!(sources.wait(None), Event::Gone);
    });
}

#[test]
fn a_process_without_free_descriptors_has_no_sources() {
    let directory = Directory::new();
    let path = fifo(&directory);
    apart(|| {
        let mut taken = Vec::new();
        // Where more are allowed, opening them all would take too long.
        while let Ok(file) = File::open("/dev/null") {
            taken.push(file);
            if taken.len() > 100_000 {
                return;
            }
        }
        assert!(Sources::open_at(b"", asks_for(&path)).is_none());
        taken.pop();
        let one = Sources::open_at(b"/nowhere", asks_for(&path));
        assert!(one.is_some(), "one is enough for a FIFO");
    });
}

#[test]
fn errno_stays_as_it_was() {
    let directory = Directory::new();
    // SAFETY: the C library gives each thread its own errno at a fixed address.
    let errno = unsafe { &mut *libc::__errno_location() };
    *errno = 77;
    assert!(Descriptor::open(c"/nowhere/at/all", Access::Read).is_none());
    assert!(Descriptor::connect(c"/nowhere/at/all").is_none());
    assert!(Sources::open_at(directory.bytes(), |_| None).is_none());
    // SAFETY: as above.
    assert_eq!(unsafe { libc::__errno_location().read() }, 77);
}
