//! Programs whose tables say anything: no panic, no end that doesn't come, no memory without bounds.

use crate::harness::Program;
use heapmin_inspect::Target;
use std::fs::{self, OpenOptions};
use std::os::unix::fs::FileExt;
use std::time::{Duration, Instant};

/// How long a look at a damaged program may take.
const LONGEST: Duration = Duration::from_secs(20);

/// Numbers, one after the other, from a seed.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    /// Words that damage is made of: small ones, large ones, addresses that are nearly right.
    fn word(&mut self, like: u64) -> u64 {
        match self.next() % 6 {
            0 => 0,
            1 => u64::MAX,
            2 => self.next(),
            3 => like ^ 1 << (self.next() % 64),
            4 => like.wrapping_add(self.next() % 0x20000),
            _ => self.next() % 300,
        }
    }
}

fn word_at(target: &Target, address: u64) -> u64 {
    let mut bytes = [0; 8];
    target.read(address, &mut bytes).expect("it is there");
    u64::from_le_bytes(bytes)
}

/// Looks in every way. What it says doesn't matter; returns whether it said something.
fn look(pid: i32) -> bool {
    let began = Instant::now();
    let seen = Target::open(pid).is_ok_and(|target| {
        let seen = target.snapshot().is_ok_and(|snapshot| {
            let totals = snapshot.totals;
            assert!(totals.live_bytes <= totals.committed_bytes, "{totals:?}");
            true
        });
        seen && target.map(&mut |_, _| true).is_ok()
    });
    let took = began.elapsed();
    assert!(took < LONGEST, "it took {took:?}");
    seen
}

/// Overwrites, 400 times, some words of places (address, bytes), and looks each time. One in `stays` of
/// the damages stays. Returns how often something was seen.
fn overwrite(places: &[(u64, u64)], pid: i32, seed: u64, stays: u64) -> u32 {
    let memory = OpenOptions::new().write(true).read(true).open(format!("/proc/{pid}/mem"));
    let memory = memory.expect("it is our child");
    let mut random = Random(seed);
    let mut seen = 0;
    for _ in 0..400 {
        let (start, length) = places[random.next() as usize % places.len()];
        let mut before = Vec::new();
        for _ in 0..1 + random.next() % 4 {
            let at = start + random.next() % (length / 8) * 8;
            let mut old = [0; 8];
            if memory.read_exact_at(&mut old, at).is_ok() {
                let new = random.word(u64::from_le_bytes(old));
                if memory.write_all_at(&new.to_le_bytes(), at).is_ok() {
                    before.push((at, old));
                }
            }
        }
        seen += u32::from(look(pid));
        // Damage piles up now and then only, else all would fail at the first step.
        if !random.next().is_multiple_of(stays) {
            for (at, old) in before.into_iter().rev() {
                memory.write_all_at(&old, at).expect("it was written before");
            }
        }
    }
    assert!(own_peak() < 2 << 30, "the reader has taken {} bytes", own_peak());
    seen
}

/// The most memory that this test program ever had.
fn own_peak() -> u64 {
    let status = fs::read_to_string("/proc/self/status").expect("it is there");
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).expect("it is there");
    line.trim().trim_end_matches(" kB").parse::<u64>().expect("a number") << 10
}

#[test]
fn tables_that_were_overwritten_are_survived() {
    let program = Program::start("damaged", &[]);
    let target = program.target();
    let window = target.directory().window.get();
    let [base, map, headers, live] = [0, 2, 3, 4].map(|index| word_at(&target, window + index * 8));
    // The first 60 units or so are in use.
    let places =
        [(map, 4 * 600), (headers, 64 * 600), (live, 512 * 600), (base + 0x10000, 0x40000)];
    let seen = overwrite(&places, program.pid(), 0x1234_5678_9abc_def1, 8);
    assert!(seen > 40, "{seen}");
}

#[test]
fn a_window_heaps_and_numbers_that_were_overwritten_are_survived() {
    let program = Program::start("damaged", &[]);
    let target = program.target();
    let directory = target.directory();
    let places = [
        (directory.window.get(), 64),
        (directory.frontier.get(), 8),
        (directory.process[0].get(), 512),
        (directory.process[1].get(), 512),
        (directory.numbers.get(), 64),
        (directory.heaps.get(), 30 * 8),
    ];
    let seen = overwrite(&places, program.pid(), 0x0f1e_2d3c_4b5a_6978, 8);
    assert!(seen > 40, "{seen}");
}

#[test]
fn a_directory_that_was_overwritten_is_survived() {
    let program = Program::start("damaged", &[]);
    let target = program.target();
    let length = u64::from(target.directory().bytes);
    let places = [(target.directory_address(), length)];
    let seen = overwrite(&places, program.pid(), 0x7777_1111_3333_5555, u64::MAX);
    assert!(seen > 40, "{seen}");
}
