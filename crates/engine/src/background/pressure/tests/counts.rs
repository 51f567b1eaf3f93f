//! Counters of lost time and of reached limits: when they are believed.

extern crate std;

use super::super::Verdict;
use super::super::cgroup::{Group, Version};
use super::super::events::Events;
use super::super::path::Path;
use super::super::stall::{Stalls, Trigger, USUAL};
use super::groups::two;
use super::{Directory, bytes};
use crate::os::descriptor::{Access, Descriptor, Found};
use std::{format, fs};

const NEWS: Found = Found { news: true, error: false, over: false };
const ERROR: Found = Found { news: true, error: true, over: false };
const LATER: u64 = u64::MAX;

fn lost(some: u64, full: u64) -> std::string::String {
    format!(
        "some avg10=0.00 avg60=1.25 avg300=0.10 total={some}\n\
         full avg10=0.00 avg60=0.00 avg300=0.00 total={full}\n"
    )
}

fn watch(directory: &Directory, text: &str) -> (Stalls, std::path::PathBuf) {
    let file = directory.write("memory.pressure", text);
    let path = Path::new([bytes(&file), b""]).expect("a short path");
    let descriptor = Descriptor::open(path.as_c(), Access::Read).expect("the file is there");
    (Stalls::watch(descriptor, None).expect("it can be read"), file)
}

#[test]
fn the_usual_line_says_what_the_usual_trigger_is() {
    assert_eq!(Trigger::parse(USUAL), Some(Trigger::usual()));
    let full = Trigger { full: true, stall: 70_000, window: 1000 };
    assert_eq!(Trigger::parse(b"full 70000 1000000\n"), Some(full));
    assert_eq!(Trigger::parse(b"some 70000"), None);
    assert_eq!(Trigger::parse(b""), None);
}

#[test]
fn an_announcement_counts_if_the_lost_time_bears_it_out() {
    let directory = Directory::new();
    let (mut stalls, file) = watch(&directory, &lost(5_000_000, 0));
    assert_eq!(stalls.judge(NEWS, LATER), Verdict::Nothing, "no time was lost since the start");
    fs::write(&file, lost(5_090_000, 0)).expect("the file is ours");
    assert_eq!(stalls.judge(NEWS, LATER), Verdict::Nothing, "too little time was lost");
    fs::write(&file, lost(5_110_000, 0)).expect("the file is ours");
    assert_eq!(stalls.judge(NEWS, 0), Verdict::Nothing, "too early to believe it");
    assert_eq!(stalls.judge(NEWS, LATER), Verdict::Pressure);
    assert_eq!(stalls.judge(NEWS, LATER), Verdict::Nothing, "that time was counted already");
}

#[test]
fn a_file_that_lost_its_trigger_is_given_up() {
    let directory = Directory::new();
    let (mut stalls, _) = watch(&directory, &lost(0, 0));
    assert_eq!(stalls.judge(ERROR, LATER), Verdict::Gone);
    let closed = Found { over: true, ..Found::default() };
    assert_eq!(stalls.judge(closed, LATER), Verdict::Gone);
}

#[test]
fn a_file_without_a_count_is_believed_once_it_has_settled() {
    let directory = Directory::new();
    let (mut stalls, _) = watch(&directory, "high 0\n");
    assert_eq!(stalls.judge(ERROR, 0), Verdict::Nothing);
    assert_eq!(stalls.judge(ERROR, LATER), Verdict::Pressure);
}

#[test]
fn events_count_when_a_limit_was_reached() {
    let directory = Directory::new();
    two(&directory, "/", "/");
    let events = |high, max, oom, low| {
        format!("low {low}\nhigh {high}\nmax {max}\noom {oom}\noom_kill 0\noom_group_kill 0\n")
    };
    directory.write("groups/memory.events", &events(1, 2, 0, 0));
    let group = Group::own(directory.bytes(), Version::Two).expect("there is a group");
    let mut watched = Events::open(&group).expect("it has events");
    assert_eq!(watched.judge(ERROR), Verdict::Nothing);
    directory.write("groups/memory.events", &events(1, 2, 0, 7));
    assert_eq!(watched.judge(ERROR), Verdict::Nothing, "that was for want of memory outside");
    for grown in [events(2, 2, 0, 7), events(2, 3, 0, 7), events(2, 3, 1, 7)] {
        directory.write("groups/memory.events", &grown);
        assert_eq!(watched.judge(ERROR), Verdict::Pressure, "{grown}");
        assert_eq!(watched.judge(ERROR), Verdict::Nothing, "{grown}");
    }
    assert_eq!(watched.judge(Found { over: true, ..ERROR }), Verdict::Gone);
}
