//! `heapmin check`.

use std::time::{Duration, Instant};

use heapmin_inspect::Target;
use serde_json::Value;

use crate::program::Program;
use crate::subject::{Subject, look, shown};

/// A program that has damaged its heap, or is to be damaged.
struct Victim {
    program: Program,
    /// The block that it is about, and its size.
    block: u64,
    size: u64,
    /// The heap that it made.
    heap: u64,
}

impl Victim {
    fn of(damage: &str) -> Self {
        let mut program = Program::linked("damages", &[damage]);
        let line = program.line();
        let mut numbers = line.split(' ').map(|word| word.parse().unwrap());
        let mut next = || numbers.next().unwrap();
        Self { block: next(), size: next(), heap: next(), program }
    }

    /// The only damage that a check finds, as JSON.
    fn damage(&self) -> Value {
        let damages = self.damages();
        assert_eq!(damages.len(), 1, "{damages:?}");
        damages[0].clone()
    }

    fn damages(&self) -> Vec<Value> {
        let output = look(&["check", &self.program.pid(), "--json"]);
        assert_eq!(output.status.code(), Some(1), "{output:?}");
        let checked: Value = serde_json::from_slice(&output.stdout).unwrap();
        checked["damages"].as_array().unwrap().clone()
    }

    /// Overwrites what is in its memory.
    fn poke(&self, address: u64, bytes: &[u8]) {
        let here = libc::iovec { iov_base: bytes.as_ptr().cast_mut().cast(), iov_len: bytes.len() };
        let there = libc::iovec {
            iov_base: std::ptr::without_provenance_mut(address as usize),
            iov_len: bytes.len(),
        };
        // SAFETY: `here` is the bytes, which are only read; the other process is the test's own.
        let written =
            unsafe { libc::process_vm_writev(self.program.number(), &here, 1, &there, 1, 0) };
        assert_eq!(written, bytes.len() as isize);
    }
}

/// Where the heap's data about a block are.
struct Places {
    target: Target,
    base: u64,
    map: u64,
    header: u64,
    live: u64,
    unit: u64,
}

impl Places {
    fn of(victim: &Victim) -> Self {
        let target = Target::open(victim.program.number()).unwrap();
        let word = |at| number(&target, at);
        let window = target.directory().window.get();
        let [base, map, headers, live] = [0, 16, 24, 32].map(|at| word(window + at));
        let unit = (victim.block - base) >> 16;
        let header = headers + unit * u64::from(target.directory().header.bytes);
        Self { base, map, header, live: live + unit * 512, unit, target }
    }

    fn word(&self, at: u64) -> u64 {
        number(&self.target, at)
    }
}

fn number(target: &Target, at: u64) -> u64 {
    let mut bytes = [0; 8];
    target.read(at, &mut bytes).unwrap();
    u64::from_le_bytes(bytes)
}

#[test]
fn an_overrun_is_found_with_the_block_its_size_and_what_stands_there() {
    for (damage, evidence) in
        [("overrun", &b"too long\0"[..]), ("one byte", &[]), ("last", b"xx"), ("large", &[])]
    {
        let victim = Victim::of(damage);
        let found = victim.damage();
        assert_eq!(found["kind"], "tail", "{found}");
        assert_eq!(found["address"], victim.block, "{found}");
        assert_eq!(found["bytes"], victim.size, "{found}");
        assert_eq!(found["heap_name"], format!("heap {:#x}", victim.heap));
        let bytes = found["evidence"].as_array().unwrap();
        assert!(bytes.len() >= evidence.len().max(4), "{found}");
        assert!(bytes.iter().zip(evidence).all(|(one, other)| one == other), "{found}");
    }
}

#[test]
fn the_process_heap_is_checked_too() {
    let victim = Victim::of("process heap");
    let found = victim.damage();
    assert_eq!((&found["heap"], &found["kind"]), (&1.into(), &"tail".into()));
    assert_eq!((&found["address"], &found["bytes"]), (&victim.block.into(), &5000.into()));
}

#[test]
fn a_block_whose_size_is_lost_is_found_all_the_same() {
    let victim = Victim::of("wild");
    let found = victim.damage();
    assert_eq!((&found["kind"], &found["address"]), (&"tail".into(), &victim.block.into()));
    assert_eq!(found["bytes"], 112, "what it takes");
}

#[test]
fn an_overwritten_record_is_found() {
    let victim = Victim::of("record");
    let found = victim.damages();
    let header = found.iter().find(|damage| damage["kind"] == "header").expect("it is found");
    assert_eq!(header["address"], victim.heap);
}

#[test]
fn overwritten_headers_are_found() {
    type Place = fn(&Target) -> u32;
    let fields: [(&str, Place, &[u8]); 6] = [
        ("units", |target| target.directory().header.units, &[9]),
        ("class", |target| target.directory().header.class, &[60]),
        ("carved", |target| target.directory().header.carved, &[1, 0, 0, 0]),
        ("free", |target| target.directory().header.free_granules, &[99, 0, 0, 0]),
        ("heap", |target| target.directory().header.heap, &[0, 77, 0, 0]),
        ("next", |target| target.directory().header.heap_next, &[255, 255, 0, 0]),
    ];
    for (name, place, bytes) in fields {
        let victim = Victim::of("none");
        let places = Places::of(&victim);
        victim.poke(places.header + u64::from(place(&places.target)), bytes);
        let found = victim.damages();
        let slab = places.base + (places.unit << 16);
        let told = found.iter().any(|damage| {
            let evidence = damage["evidence"].as_array().unwrap();
            damage["kind"] == "metadata"
                && damage["address"] == slab
                && evidence.iter().zip(bytes).all(|(one, other)| one == other)
        });
        assert!(told, "{name}: {found:?}");
    }
}

#[test]
fn overwritten_live_bits_are_found() {
    for (bit, kind) in [(3, "metadata"), (4095, "metadata")] {
        let victim = Victim::of("none");
        let places = Places::of(&victim);
        let at = places.live + bit / 64 * 8;
        victim.poke(at, &(places.word(at) | 1 << (bit % 64)).to_le_bytes());
        let found = victim.damages();
        assert!(found.iter().any(|damage| damage["kind"] == kind), "{bit}: {found:?}");
    }
    // A live block that is free all at once: the count tells.
    let victim = Victim::of("none");
    let places = Places::of(&victim);
    let granule = (victim.block - places.base) % (1 << 16) / 16;
    let at = places.live + granule / 64 * 8;
    victim.poke(at, &(places.word(at) & !(1 << (granule % 64))).to_le_bytes());
    let found = victim.damage();
    assert_eq!(found["kind"], "metadata");
    assert!(found["message"].as_str().unwrap().contains("free blocks"), "{found}");
}

#[test]
fn a_block_that_is_on_a_stack_twice_is_named() {
    let victim = Victim::of("none");
    let places = Places::of(&victim);
    let entry = places.word(places.map + places.unit * 4) as u32;
    let cache = places.base + (u64::from(entry >> 8) << 16);
    let class = u64::from(entry & 0x7f);
    let push =
        places.word(cache + u64::from(places.target.directory().cache.stacks) + class * 32 + 8);
    let (last, before) = (places.word(push), places.word(push - 8));
    assert!(last != before && last != 0 && before != 0, "two blocks were freed");
    victim.poke(push, &before.to_le_bytes());
    let found = victim.damages();
    let twice = found.iter().find(|damage| damage["kind"] == "double_listed");
    let twice = twice.unwrap_or_else(|| panic!("{found:?}"));
    assert_eq!((&twice["address"], &twice["bytes"]), (&before.into(), &112.into()));
}

#[test]
fn the_report_names_the_block() {
    let victim = Victim::of("overrun");
    let output = look(&["check", &victim.program.pid()]);
    assert_eq!(output.status.code(), Some(1));
    let report = String::from_utf8(output.stdout).unwrap();
    let expected = format!(
        "block overrun: {:#x}, 90 bytes, in heap 2, heap {:#x}\n",
        victim.block, victim.heap
    );
    assert!(report.starts_with(&expected), "{report}");
    assert!(report.contains("74 6f 6f 20 6c 6f 6e 67"), "{report}");
    assert!(report.contains("|too long"), "{report}");
    assert!(report.contains(": 1 damage; 3 heaps with "), "{report}");
}

#[test]
fn a_sound_program_is_sound() {
    let subject = Subject::start(&["30000", "100", "gaps"]);
    let report = shown(&["check", &subject.pid()]);
    assert!(report.contains(": sound; 2 heaps with "), "{report}");
    assert_eq!(report.lines().count(), 1, "{report}");
    let stopped: i32 = subject.pid().parse().unwrap();
    // SAFETY: the process is the test's own child.
    assert_eq!(unsafe { libc::kill(stopped, libc::SIGSTOP) }, 0);
    assert!(shown(&["check", &subject.pid()]).contains(": sound; "));
}

#[test]
fn a_program_that_is_stopped_in_the_middle_of_its_work_is_not_waited_for() {
    let mut program = Program::linked("churns", &[]);
    assert_eq!(program.line(), "ready");
    for _ in 0..3 {
        // SAFETY: the process is the test's own child.
        assert_eq!(unsafe { libc::kill(program.number(), libc::SIGSTOP) }, 0);
        let began = Instant::now();
        let checked: Value =
            serde_json::from_str(&shown(&["check", &program.pid(), "--json"])).unwrap();
        let took = began.elapsed();
        assert!(took < Duration::from_secs(5), "{took:?}: {checked}");
        assert_eq!(checked["damages"], Value::Array(Vec::new()));
        assert!(checked["stopped"] == true || checked["unsettled_units"] == 0, "{checked}");
        // SAFETY: as above.
        assert_eq!(unsafe { libc::kill(program.number(), libc::SIGCONT) }, 0);
        std::thread::sleep(Duration::from_millis(50));
    }
}

#[test]
fn a_check_inside_says_nothing_about_blocks() {
    let subject = Subject::start(&["300", "100"]);
    let report = shown(&["check", "--inside", &subject.pid()]);
    assert!(report.ends_with(": sound; 2 heaps checked\n"), "{report}");
    let checked: Value =
        serde_json::from_str(&shown(&["check", "--inside", "--json", &subject.pid()])).unwrap();
    assert_eq!(checked["blocks"], Value::Null);
}

/// Checks it for some seconds, again and again.
fn check_for_long(mut program: Program) {
    assert_eq!(program.line(), "ready");
    let mut most = 0;
    for _ in 0..4 {
        let checked: Value =
            serde_json::from_str(&shown(&["check", &program.pid(), "--json"])).unwrap();
        assert_eq!(checked["damages"], Value::Array(Vec::new()));
        most = most.max(checked["blocks"].as_u64().unwrap());
    }
    assert!(most > 1000, "only {most} blocks");
}

#[test]
fn threads_that_allocate_as_fast_as_they_can_by_malloc_raise_no_alarm() {
    check_for_long(Program::preloaded("churns", &[]));
}

#[test]
fn threads_that_use_several_heaps_as_fast_as_they_can_raise_no_alarm() {
    check_for_long(Program::linked("churns", &[]));
}
