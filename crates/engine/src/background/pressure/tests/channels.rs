//! What a service manager names: FIFOs, sockets, files, and what it must not be allowed to name.

extern crate std;

use super::super::{Event, Sources};
use super::{Directory, asks_for, environment};
use std::ffi::CString;
use std::fs::{self, File};
use std::io::{Read, Write};
use std::os::unix::net::UnixListener;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// Longer than any of the waits that end early.
const LONG: Option<u32> = Some(20_000);

pub fn fifo(directory: &Directory) -> PathBuf {
    let path = directory.path("fifo");
    let name = CString::new(super::bytes(&path)).expect("no zero in it");
    // SAFETY: the name is a C string that outlives the call.
    assert_eq!(unsafe { libc::mkfifo(name.as_ptr(), 0o600) }, 0);
    path
}

fn open(path: &Path) -> Option<Sources> {
    Sources::open_at(b"/nowhere", asks_for(path))
}

#[test]
fn a_fifo_tells_by_any_byte_and_survives_its_writers() {
    let directory = Directory::new();
    let path = fifo(&directory);
    let mut sources = open(&path).expect("a FIFO");
    assert_eq!(sources.wait(Some(0)), Event::Timeout);
    for _ in 0..2 {
        let mut writer = File::options().write(true).open(&path).expect("we read it");
        writer.write_all(&[7; 5000]).expect("there is room");
        drop(writer);
        assert_eq!(sources.wait(LONG), Event::Pressure);
        sources.quiet_until = 0;
        assert_eq!(sources.wait(Some(0)), Event::Timeout, "all was read away");
    }
}

#[test]
fn pressure_is_reported_once_per_window() {
    let directory = Directory::new();
    let path = fifo(&directory);
    let mut sources = open(&path).expect("a FIFO");
    let mut writer = File::options().write(true).open(&path).expect("we read it");
    sources.window = 300;
    writer.write_all(b"1").expect("there is room");
    assert_eq!(sources.wait(LONG), Event::Pressure);
    let start = Instant::now();
    writer.write_all(b"2").expect("there is room");
    assert_eq!(sources.wait(Some(50)), Event::Timeout);
    assert_eq!(sources.wait(LONG), Event::Pressure);
    assert!(start.elapsed() >= Duration::from_millis(290), "{:?}", start.elapsed());
}

#[test]
fn a_wait_takes_as_long_as_it_is_given() {
    let directory = Directory::new();
    let mut sources = open(&fifo(&directory)).expect("a FIFO");
    let start = Instant::now();
    assert_eq!(sources.wait(Some(60)), Event::Timeout);
    assert!(start.elapsed() >= Duration::from_millis(59), "{:?}", start.elapsed());
}

#[test]
fn a_socket_gets_the_data_and_tells_by_any_byte_until_it_is_closed() {
    let directory = Directory::new();
    let path = directory.path("socket");
    let listener = UnixListener::bind(&path).expect("a socket");
    let name = path.to_str().expect("a path of the test");
    let variables = [("MEMORY_PRESSURE_WATCH", name), ("MEMORY_PRESSURE_WRITE", "aGVsbG8=")];
    let mut sources = Sources::open_at(b"/nowhere", environment(&variables)).expect("it listens");
    let (mut manager, _) = listener.accept().expect("it has connected");
    let mut data = [0; 5];
    manager.read_exact(&mut data).expect("it has written");
    assert_eq!(&data, b"hello");

    assert_eq!(sources.wait(Some(0)), Event::Timeout);
    manager.write_all(b"!").expect("it is connected");
    assert_eq!(sources.wait(LONG), Event::Pressure);
    sources.window = 0;
    sources.quiet_until = 0;
    manager.write_all(b"last words").expect("it is connected");
    drop(manager);
    assert_eq!(sources.wait(LONG), Event::Pressure);
    assert_eq!(sources.wait(LONG), Event::Gone);
    assert_eq!(sources.wait(None), Event::Gone, "it stays gone");
}

#[test]
fn sockets_that_nobody_listens_to_are_no_sources() {
    let directory = Directory::new();
    let path = directory.path("socket");
    drop(UnixListener::bind(&path).expect("a socket"));
    assert!(open(&path).is_none());
    let long = directory.path(&"n".repeat(120));
    assert!(open(&long).is_none());
}

#[test]
fn ordinary_files_are_left_alone() {
    let directory = Directory::new();
    let file = directory.write("precious", "data");
    let name = file.to_str().expect("a path of the test");
    let variables = [("MEMORY_PRESSURE_WATCH", name), ("MEMORY_PRESSURE_WRITE", "aGVsbG8=")];
    assert!(Sources::open_at(b"/nowhere", environment(&variables)).is_none());
    assert_eq!(fs::read_to_string(&file).expect("it is there"), "data");
}

/// A system with control groups to fall back on.
fn with_events() -> Directory {
    let directory = Directory::new();
    super::groups::two(&directory, "/", "/");
    directory.write("groups/memory.events", "max 0\n");
    directory
}

#[test]
fn watching_can_be_switched_off() {
    let directory = with_events();
    let off = Sources::open_at(directory.bytes(), asks_for(Path::new("/dev/null")));
    assert!(off.is_none());
}

#[test]
fn what_the_manager_names_is_watched_alone() {
    let directory = with_events();
    let named = Sources::open_at(directory.bytes(), asks_for(&fifo(&directory)));
    assert!(named.is_some_and(|sources| sources.channel.is_some() && sources.events.is_none()));
}

#[test]
fn a_name_of_no_use_counts_as_none() {
    let directory = with_events();
    fifo(&directory);
    for name in ["", "fifo", "/nowhere/at/all", "/tmp", "/dev/zero"] {
        let own = Sources::open_at(directory.bytes(), asks_for(Path::new(name)));
        assert!(own.is_some_and(|sources| sources.events.is_some()), "{name}");
    }
    let path = directory.path("fifo");
    let name = path.to_str().expect("a path of the test");
    let variables = [("MEMORY_PRESSURE_WATCH", name), ("MEMORY_PRESSURE_WRITE", "not base64")];
    let own = Sources::open_at(directory.bytes(), environment(&variables));
    assert!(own.is_some_and(|sources| sources.channel.is_none() && sources.events.is_some()));
}
