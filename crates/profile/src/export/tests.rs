//! The forms of other tools, of a made-up profile.

use super::proto;
use crate::export::FlameError;
use crate::profile::{Amounts, Frame, Measure, Module, Profile, Stack};
use flate2::read::GzDecoder;
use prost::Message;
use std::io::Read;

fn frame(function: &str, address: u64, inlined: bool) -> Frame {
    Frame {
        function: function.into(),
        module: "/bin/program".into(),
        file: Some(format!("src/{}.c", &function[..1])),
        line: Some(address as u32 & 0xff),
        inlined,
        address,
    }
}

fn amounts(allocated: u64, live: u64, peak: u64) -> Amounts {
    Amounts {
        allocated_bytes: allocated,
        allocated_blocks: allocated / 10,
        live_bytes: live,
        live_blocks: live / 10,
        peak_bytes: peak,
        peak_blocks: peak / 10,
        temporary_blocks: 0,
    }
}

fn profile() -> Profile {
    Profile {
        schema: 1,
        command: "program --fast".into(),
        rate_bytes: 1024,
        started_ms: 5,
        duration_ms: 7,
        modules: vec![Module {
            path: "/bin/program".into(),
            build_id: "0badc0de".into(),
            start: 0x1000,
            end: 0x9000,
            offset: 0x1000,
            has_names: true,
            has_lines: true,
        }],
        frames: vec![
            frame("leaf;\n", 0x1010, true),
            frame("middle", 0x1010, false),
            frame("main", 0x2020, false),
            Frame { function: "0x7f00".into(), address: 0x7f00, ..Frame::default() },
        ],
        stacks: vec![
            Stack { frames: vec![0, 1, 2], amounts: amounts(1000, 500, 700) },
            Stack { frames: vec![1, 2], amounts: amounts(300, 0, 20) },
            Stack { frames: vec![3, 2], amounts: amounts(200, 100, 0) },
        ],
        ..Profile::default()
    }
}

fn decoded(profile: &Profile) -> proto::Profile {
    let mut bytes = Vec::new();
    GzDecoder::new(&profile.to_pprof()[..]).read_to_end(&mut bytes).expect("it is gzip");
    proto::Profile::decode(&bytes[..]).expect("it is a profile")
}

#[test]
fn pprof_says_all_of_it() {
    let profile = decoded(&profile());
    let text = |place: i64| profile.string_table[place as usize].as_str();
    assert_eq!(text(0), "");
    let types: Vec<(&str, &str)> =
        profile.sample_type.iter().map(|kind| (text(kind.r#type), text(kind.unit))).collect();
    assert_eq!(
        types,
        [
            ("alloc_objects", "count"),
            ("alloc_space", "bytes"),
            ("inuse_objects", "count"),
            ("inuse_space", "bytes"),
        ]
    );
    assert_eq!(text(profile.default_sample_type), "inuse_space");
    assert_eq!(
        (profile.period, profile.time_nanos, profile.duration_nanos),
        (1024, 5_000_000, 7_000_000)
    );
    assert_eq!(profile.period_type.map(|kind| text(kind.r#type)), Some("space"));
    assert_eq!(text(profile.comment[0]), "program --fast");

    let values: Vec<&[i64]> = profile.sample.iter().map(|sample| &sample.value[..]).collect();
    assert_eq!(values, [[100, 1000, 50, 500], [30, 300, 0, 0], [20, 200, 10, 100]]);

    // What was inlined is a line of the place that it was inlined into.
    let function = |id: u64| {
        let function = profile.function[id as usize - 1];
        assert_eq!(function.id, id);
        (text(function.name), text(function.filename))
    };
    let stack = |sample: &proto::Sample| -> Vec<Vec<(&str, i64)>> {
        let lines = |&id: &u64| {
            let location = &profile.location[id as usize - 1];
            assert_eq!(location.id, id);
            location.line.iter().map(|line| (function(line.function_id).0, line.line)).collect()
        };
        sample.location_id.iter().map(lines).collect()
    };
    let inlined = vec![("leaf;\n", 0x10), ("middle", 0x10)];
    let main = vec![("main", 0x20)];
    assert_eq!(stack(&profile.sample[0]), [inlined, main.clone()]);
    assert_eq!(stack(&profile.sample[1]), [vec![("middle", 0x10)], main.clone()]);
    assert_eq!(stack(&profile.sample[2]), [vec![("0x7f00", 0)], main]);
    assert_eq!(function(3), ("main", "src/m.c"));

    let mapping = profile.mapping[0];
    assert_eq!((mapping.id, mapping.memory_start, mapping.memory_limit), (1, 0x1000, 0x9000));
    assert_eq!((text(mapping.filename), text(mapping.build_id)), ("/bin/program", "0badc0de"));
    assert!(mapping.has_functions && mapping.has_line_numbers && mapping.has_inline_frames);
    let mapped: Vec<(u64, u64)> =
        profile.location.iter().map(|place| (place.address, place.mapping_id)).collect();
    assert_eq!(mapped, [(0x1010, 1), (0x2020, 1), (0x1010, 1), (0x7f00, 0)]);
}

#[test]
fn collapsed_stacks_are_lines_whatever_names_there_are() {
    let profile = profile();
    assert_eq!(
        profile.to_collapsed(Measure::Allocated),
        "main;0x7f00 200\nmain;middle 300\nmain;middle;leaf:  1000\n"
    );
    assert_eq!(profile.to_collapsed(Measure::Live), "main;0x7f00 100\nmain;middle;leaf:  500\n");
    assert_eq!(profile.to_collapsed(Measure::Peak), "main;middle 20\nmain;middle;leaf:  700\n");
}

#[test]
fn flame_graphs_show_the_bytes() {
    let svg = profile().flame_graph(Measure::Allocated).expect("there are bytes");
    assert!(svg.starts_with("<?xml") && svg.contains("main (1,500 bytes, 100.00%)"), "{svg}");
    assert!(svg.contains("program --fast: allocated bytes"));
    let nothing = Profile { stacks: Vec::new(), ..profile() };
    let error = nothing.flame_graph(Measure::Live).expect_err("there is nothing");
    assert!(matches!(error, FlameError::Empty(Measure::Live)));
    assert!(error.to_string().contains("live bytes at the end"));
}

#[test]
fn places_that_lead_nowhere_are_left_away() {
    let mut broken = profile();
    broken.stacks[0].frames = vec![0, 77, 2];
    assert_eq!(decoded(&broken).sample.len(), 3);
    assert!(broken.to_collapsed(Measure::Allocated).contains("main;leaf:  1000"));
}
