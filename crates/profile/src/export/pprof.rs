//! pprof: gzipped `profile.proto`.
//!
//! A pprof location is one address with all that was inlined there; in a [`Stack`] that is the run
//! of inlined frames and the frame that they were inlined into.

use super::proto;
use crate::profile::{Frame, Profile, Stack};
use flate2::Compression;
use flate2::write::GzEncoder;
use prost::Message;
use std::collections::HashMap;
use std::io::Write;

impl Profile {
    /// For `go tool pprof` and whatever else reads its form: allocated and live objects and bytes.
    pub fn to_pprof(&self) -> Vec<u8> {
        let bytes = Builder::new(self).build().encode_to_vec();
        let mut compressed = GzEncoder::new(Vec::new(), Compression::default());
        compressed
            .write_all(&bytes)
            .and_then(|()| compressed.finish())
            .expect("writing to memory doesn't fail")
    }
}

struct Builder<'a> {
    profile: &'a Profile,
    out: proto::Profile,
    strings: HashMap<String, i64>,
    functions: HashMap<(i64, i64), u64>,
    locations: HashMap<Vec<u32>, u64>,
    mappings: HashMap<&'a str, u64>,
}

impl<'a> Builder<'a> {
    fn new(profile: &'a Profile) -> Self {
        let mut builder = Self {
            profile,
            out: proto::Profile::default(),
            strings: HashMap::new(),
            functions: HashMap::new(),
            locations: HashMap::new(),
            mappings: HashMap::new(),
        };
        // The first string is the empty one.
        builder.string("");
        builder
    }

    fn build(mut self) -> proto::Profile {
        let profile = self.profile;
        for (name, unit) in [
            ("alloc_objects", "count"),
            ("alloc_space", "bytes"),
            ("inuse_objects", "count"),
            ("inuse_space", "bytes"),
        ] {
            let value_type =
                proto::ValueType { r#type: self.string(name), unit: self.string(unit) };
            self.out.sample_type.push(value_type);
        }
        self.out.default_sample_type = self.string("inuse_space");
        self.out.period_type =
            Some(proto::ValueType { r#type: self.string("space"), unit: self.string("bytes") });
        self.out.period = signed(profile.rate_bytes);
        self.out.time_nanos = signed(profile.started_ms.saturating_mul(1_000_000));
        self.out.duration_nanos = signed(profile.duration_ms.saturating_mul(1_000_000));
        let command = self.string(&profile.command);
        self.out.comment.push(command);
        self.mappings();
        for stack in &profile.stacks {
            self.sample(stack);
        }
        self.out
    }

    fn mappings(&mut self) {
        let inlined: Vec<&str> = self
            .profile
            .frames
            .iter()
            .filter(|frame| frame.inlined)
            .map(|frame| frame.module.as_str())
            .collect();
        for (module, id) in self.profile.modules.iter().zip(1..) {
            let mapping = proto::Mapping {
                id,
                memory_start: module.start,
                memory_limit: module.end,
                file_offset: module.offset,
                filename: self.string(&module.path),
                build_id: self.string(&module.build_id),
                has_functions: module.has_names,
                has_filenames: module.has_lines,
                has_line_numbers: module.has_lines,
                has_inline_frames: inlined.contains(&module.path.as_str()),
            };
            self.out.mapping.push(mapping);
            self.mappings.insert(&module.path, id);
        }
    }

    fn sample(&mut self, stack: &Stack) {
        let places: Vec<u32> = stack
            .frames
            .iter()
            .copied()
            .filter(|&place| (place as usize) < self.profile.frames.len())
            .collect();
        let location_id = places
            .chunk_by(|&inner, _| self.profile.frames[inner as usize].inlined)
            .map(<[u32]>::to_vec)
            .collect::<Vec<_>>()
            .into_iter()
            .map(|frames| self.location(frames))
            .collect();
        let amounts = &stack.amounts;
        let value = [
            amounts.allocated_blocks,
            amounts.allocated_bytes,
            amounts.live_blocks,
            amounts.live_bytes,
        ];
        self.out.sample.push(proto::Sample { location_id, value: value.map(signed).to_vec() });
    }

    /// The location of frames at one address, the innermost first.
    fn location(&mut self, places: Vec<u32>) -> u64 {
        if let Some(&id) = self.locations.get(&places) {
            return id;
        }
        let profile = self.profile;
        let frames: Vec<&Frame> =
            places.iter().map(|&place| &profile.frames[place as usize]).collect();
        let id = self.out.location.len() as u64 + 1;
        let line = frames
            .iter()
            .map(|frame| proto::Line {
                function_id: self.function(frame),
                line: i64::from(frame.line.unwrap_or_default()),
            })
            .collect();
        let outermost = frames.last();
        let mapping = outermost.and_then(|frame| self.mappings.get(frame.module.as_str()));
        self.out.location.push(proto::Location {
            id,
            mapping_id: mapping.copied().unwrap_or_default(),
            address: outermost.map_or(0, |frame| frame.address),
            line,
        });
        self.locations.insert(places, id);
        id
    }

    fn function(&mut self, frame: &Frame) -> u64 {
        let name = self.string(&frame.function);
        let filename = self.string(frame.file.as_deref().unwrap_or_default());
        let next = self.out.function.len() as u64 + 1;
        let functions = &mut self.out.function;
        *self.functions.entry((name, filename)).or_insert_with(|| {
            functions.push(proto::Function { id: next, name, system_name: name, filename });
            next
        })
    }

    /// The place of a string in the table.
    fn string(&mut self, text: &str) -> i64 {
        if let Some(&place) = self.strings.get(text) {
            return place;
        }
        let place = self.out.string_table.len() as i64;
        self.out.string_table.push(text.to_owned());
        self.strings.insert(text.to_owned(), place);
        place
    }
}

fn signed(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}
