//! Estimates against what a program is known to have allocated.

use crate::harness::{Look, Program, assert_near, compiled};
use heapmin_profile::{Measure, Profile};

const MIB: u64 = 1 << 20;

fn recorded() -> Profile {
    let program = compiled("chains.c", "chains", &["-g"]);
    Program::start(&program, &[], 64 << 10).record()
}

#[test]
fn known_amounts_are_found_on_their_paths() {
    let profile = recorded();
    assert_eq!((profile.lost_samples, profile.lost_frees), (0, 0));
    assert_eq!(profile.rate_bytes, 64 << 10);
    for (function, allocated, live) in
        [("first", 512, 0), ("second", 256, 256), ("third", 256, 128)]
    {
        assert_near(
            function,
            10.0,
            profile.bytes_of(function, Measure::Allocated),
            allocated * MIB,
        );
        let estimate = profile.bytes_of(function, Measure::Live);
        if live == 0 {
            assert!(estimate < MIB, "{function}: {estimate} live");
        } else {
            assert_near(function, 10.0, estimate, live * MIB);
        }
    }
    assert_near("in all", 10.0, profile.totals.allocated_bytes, 1024 * MIB);
    assert_near("live", 10.0, profile.totals.live_bytes, 384 * MIB);
    assert_near("at the peak", 10.0, profile.totals.peak_bytes, 384 * MIB);
    // Blocks are of the size that was asked for.
    let first = profile.heaviest("first");
    assert_near("blocks of first", 10.0, first.amounts.allocated_blocks, 512 << 10);
    assert_near("temporary blocks", 10.0, first.amounts.temporary_blocks, 512 << 10);
    let second = profile.heaviest("second");
    assert_near("blocks of second", 10.0, second.amounts.live_blocks, 4096);
    assert_eq!(second.amounts.temporary_blocks, 0);

    // Whole paths, from the caller of the allocation to where the program begins.
    let path = profile.functions(first);
    assert_eq!(path[..4], ["take", "first", "all", "main"], "{path:?}");
    assert_eq!(path.last(), Some(&"_start"), "{path:?}");
    let frame = &profile.frames[first.frames[0] as usize];
    let file = frame.file.as_deref().unwrap_or_default();
    assert!(file.ends_with("tests/recorded/programs/chains.c"), "{file}");
    assert_eq!(frame.line, Some(31));
    assert!(frame.module.ends_with("/profile-tests/chains"));

    // What was inlined is there, and says so.
    let third = profile.heaviest("third");
    let path = profile.functions(third);
    assert_eq!(path[..4], ["third_inlined", "third", "all", "main"], "{path:?}");
    let inlined = |place: usize| profile.frames[third.frames[place] as usize].inlined;
    assert!(inlined(0) && !inlined(1));
    assert_eq!(profile.frames[third.frames[0] as usize].address, {
        profile.frames[third.frames[1] as usize].address
    });
}

#[test]
fn every_form_of_the_result_says_the_same() {
    let program = compiled("chains.c", "chains-forms", &["-g1"]);
    let profile = Program::start(&program, &[], 1 << 20).record();
    let text = serde_json::to_string(&profile).expect("it can be written");
    let back: Profile = serde_json::from_str(&text).expect("it can be read");
    assert_eq!(back, profile);
    let collapsed = profile.to_collapsed(Measure::Live);
    let sum: u64 = collapsed
        .lines()
        .map(|line| line.rsplit_once(' ').expect("a space").1.parse::<u64>().expect("a number"))
        .sum();
    assert_eq!(sum, profile.totals.live_bytes);
    assert!(collapsed.contains(";main;all;second;take "), "{collapsed}");
    let svg = profile.flame_graph(Measure::Allocated).expect("there is something to draw");
    assert!(svg.contains("third_inlined") && svg.contains("</svg>"));
    assert!(profile.to_pprof().starts_with(&[0x1f, 0x8b]));
}
