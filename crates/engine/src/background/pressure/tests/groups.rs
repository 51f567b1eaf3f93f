//! A made-up system: `/proc` and control groups below a directory for temporary files.

extern crate std;

use super::super::{Event, Sources};
use super::{Directory, environment};
use std::{format, fs};

/// A tree of version 2, mounted at `/groups`, whose directory `root` is there.
pub fn two(directory: &Directory, root: &str, group: &str) {
    directory.write("proc/self/cgroup", &format!("1:name=systemd:/other\n0::{group}\n"));
    let line = format!("41 31 0:38 {root} /groups rw,relatime shared:9 - cgroup2 cgroup2 rw\n");
    directory.write("proc/self/mountinfo", &format!("22 1 0:5 / / rw - ext4 /dev/vda rw\n{line}"));
}

fn one(directory: &Directory, root: &str, group: &str) {
    directory
        .write("proc/self/cgroup", &format!("3:cpu,cpuacct:/x\n4:hugetlb,memory:{group}\n0::/\n"));
    let cpu = "31 30 0:28 / /cpu rw - cgroup cgroup rw,cpu\n";
    let memory = format!("32 30 0:29 {root} /groups rw - cgroup cgroup rw,memory\n");
    directory.write("proc/self/mountinfo", &format!("{cpu}{memory}"));
}

fn open(directory: &Directory) -> Option<Sources> {
    Sources::open_at(directory.bytes(), environment(&[]))
}

/// What a look says, without waiting for the time of the next one.
fn look(sources: &mut Sources) -> Event {
    sources.quiet_until = 0;
    sources.next_look = 0;
    sources.wait(Some(0))
}

#[test]
fn a_system_without_anything_to_watch_has_no_sources() {
    let directory = Directory::new();
    assert!(open(&directory).is_none(), "nothing at all");
    two(&directory, "/", "/service");
    assert!(open(&directory).is_none(), "a group without files");
    directory.write("proc/self/cgroup", "");
    directory.write("proc/self/mountinfo", "");
    assert!(open(&directory).is_none(), "files without lines");
}

#[test]
fn lost_time_is_that_of_the_own_group_and_else_of_the_machine() {
    let armed = |path| fs::read(path).expect("it is there").starts_with(b"some 200000 2000000\0");
    let directory = Directory::new();
    two(&directory, "/", "/service");
    let machine = directory.write("proc/pressure/memory", &"\n".repeat(40));
    let sources = open(&directory).expect("the machine's lost time");
    assert!(sources.stalls.is_some() && armed(&machine));

    let machine = directory.write("proc/pressure/memory", &"\n".repeat(40));
    let own = directory.write("groups/service/memory.pressure", &"\n".repeat(40));
    let sources = open(&directory).expect("the group's lost time");
    assert!(sources.stalls.is_some() && armed(&own) && !armed(&machine));
}

#[test]
fn use_near_the_limit_is_reported_once_per_crossing() {
    let directory = Directory::new();
    two(&directory, "/", "/service");
    let current =
        |bytes: u32| directory.write("groups/service/memory.current", &format!("{bytes}\n"));
    let current = |bytes| drop(current(bytes));
    current(500);
    directory.write("groups/service/memory.high", "1000\n");
    directory.write("groups/service/memory.max", "max\n");
    let mut sources = open(&directory).expect("there is a limit");
    let mut after = |bytes| {
        current(bytes);
        look(&mut sources)
    };
    assert_eq!(after(899), Event::Timeout);
    assert_eq!(after(900), Event::Pressure);
    assert_eq!(after(1100), Event::Timeout, "the same crossing");
    assert_eq!(after(850), Event::Timeout, "not far enough below");
    assert_eq!(after(900), Event::Timeout, "still the same crossing");
    assert_eq!(after(849), Event::Timeout);
    assert_eq!(after(900), Event::Pressure, "crossed again");
    directory.write("groups/service/memory.max", "800\n");
    assert_eq!(after(500), Event::Timeout);
    assert_eq!(after(720), Event::Pressure, "the lower limit counts, and may change");
    fs::remove_file(directory.path("groups/service/memory.max")).expect("it was there");
    directory.write("groups/service/memory.high", "max\n");
    drop(sources);
    assert!(open(&directory).is_none(), "no limit, no files to watch");
}

#[test]
fn the_limit_and_the_events_are_those_of_the_nearest_group_with_a_limit() {
    let directory = Directory::new();
    two(&directory, "/", "/slice/service");
    for (group, limit) in [("slice/service", "max"), ("slice", "1000"), (".", "10")] {
        directory.write(&format!("groups/{group}/memory.current"), "900\n");
        directory.write(&format!("groups/{group}/memory.max"), &format!("{limit}\n"));
    }
    directory.write("groups/slice/service/memory.events", "max 0\n");
    let mut sources = open(&directory).expect("there is a limit");
    assert!(sources.events.is_none(), "those of the service would not tell");
    assert_eq!(look(&mut sources), Event::Pressure);
    directory.write("groups/slice/memory.current", "899\n");
    directory.write("groups/slice/memory.max", "2000\n");
    assert_eq!(look(&mut sources), Event::Timeout);
    directory.write("groups/slice/memory.events", "max 0\n");
    assert!(open(&directory).is_some_and(|sources| sources.events.is_some()));
}

#[test]
fn without_a_limit_the_events_of_the_own_group_are_watched() {
    let directory = Directory::new();
    two(&directory, "/", "/service");
    directory.write("groups/service/memory.events", "max 0\n");
    let sources = open(&directory).expect("there are events");
    assert!(sources.events.is_some() && sources.usage.is_none());
}

#[test]
fn version_one_has_its_own_names_and_its_own_word_for_no_limit() {
    let directory = Directory::new();
    one(&directory, "/", "/service");
    directory.write("groups/service/memory.usage_in_bytes", "950\n");
    directory.write("groups/service/memory.limit_in_bytes", "9223372036854771712\n");
    assert!(open(&directory).is_none());
    directory.write("groups/service/memory.limit_in_bytes", "1000\n");
    assert_eq!(open(&directory).map(|mut sources| look(&mut sources)), Some(Event::Pressure));
}

#[test]
fn the_group_is_found_wherever_and_whatever_of_it_is_mounted() {
    // (directory at the mount point, the group's path, where it is below the mount point)
    let cases = [
        ("/", "/", Some("")),
        ("/", "/service", Some("service")),
        ("/pod/box", "/pod/box", Some("")),
        ("/pod/box", "/pod/box/inner", Some("inner")),
        ("/a\\040b", "/a b/c\\d", Some("c\\d")),
        ("/pod/box", "/pod/boxes", None),
        ("/pod/box", "/pod", None),
        ("/", "/../outside", None),
        ("/..", "/service", None),
    ];
    for (root, group, place) in cases {
        let directory = Directory::new();
        two(&directory, root, group);
        directory.write(&format!("groups/{}/memory.events", place.unwrap_or_default()), "max 0\n");
        assert_eq!(open(&directory).is_some(), place.is_some(), "{root} {group}");
    }
}

#[test]
fn a_mount_that_does_not_show_the_group_is_passed_over() {
    let directory = Directory::new();
    two(&directory, "/", "/service");
    let hidden = "40 31 0:38 /other /hidden rw - cgroup2 cgroup2 rw\n";
    let shown = "41 31 0:38 / /odd\\040place\\134\\011x rw - cgroup2 cgroup2 rw\n";
    directory.write("proc/self/mountinfo", &format!("{hidden}{shown}"));
    directory.write("odd place\\\tx/service/memory.events", "max 0\n");
    assert!(open(&directory).is_some());
}

#[test]
fn a_group_that_was_removed_is_given_up() {
    let directory = Directory::new();
    two(&directory, "/", "/service");
    directory.write("groups/service/memory.current", "100\n");
    directory.write("groups/service/memory.max", "1000\n");
    let mut sources = open(&directory).expect("there is a limit");
    assert_eq!(look(&mut sources), Event::Timeout);
    // A removed group's files can't be read; this one has no number, which is the same.
    directory.write("groups/service/memory.current", "");
    assert_eq!(look(&mut sources), Event::Timeout);
    assert_eq!(look(&mut sources), Event::Gone);
}
