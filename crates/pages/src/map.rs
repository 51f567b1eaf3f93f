//! The picture of a process's heaps as a page: every region page by page, or a film of that.
//!
//! | part | |
//! |---|---|
//! | `record` | what a unit is |
//! | `frame` | what changed since the frame before, in bytes |
//! | `page.html`, `style.css`, `*.js` | the page, which reads them |

mod frame;
mod record;

use std::collections::{BTreeMap, BTreeSet};

use heapmin_inspect::model::map::{Map, REGION_UNITS};
use heapmin_inspect::model::snapshot::{Process, Totals};
use serde::Serialize;

use crate::document::{Data, Document};
use record::Record;

const STYLE: &str = include_str!("map/style.css");
const BODY: &str = include_str!("map/page.html");
/// One scope for all: the parts see each other's functions, and nothing gets out.
const SCRIPT: &str = concat!(
    "'use strict'; (() => {\n",
    include_str!("map/decode.js"),
    include_str!("map/heap.js"),
    include_str!("map/numbers.js"),
    include_str!("map/colours.js"),
    include_str!("map/filter.js"),
    include_str!("map/layout.js"),
    include_str!("map/view.js"),
    include_str!("map/overlay.js"),
    include_str!("map/describe.js"),
    include_str!("map/input.js"),
    include_str!("map/tables.js"),
    include_str!("map/controls.js"),
    include_str!("map/legend.js"),
    include_str!("map/film.js"),
    include_str!("map/save.js"),
    include_str!("map/main.js"),
    "})();"
);

/// A process's heaps at one moment, or at several, one after another.
pub struct Film {
    process: Process,
    frames: Vec<Frame>,
    /// The units of the last frame.
    units: BTreeMap<u64, Record>,
    /// Every region that was in use at any time, by number.
    regions: BTreeSet<u64>,
    /// The heap that is chosen at first.
    heap: Option<u32>,
}

/// A moment.
struct Frame {
    about: About,
    /// What changed since the one before, deflated.
    changes: Vec<u8>,
}

/// What is known of a moment beside its units.
#[derive(Serialize)]
struct About {
    time_ms: u64,
    totals: Totals,
    heaps: Vec<(u32, String)>,
}

/// What the page is told beside the frames.
#[derive(Serialize)]
struct Meta<'a> {
    schema: u32,
    process: &'a Process,
    frames: Vec<&'a About>,
    /// Runs of regions: the first one's number, and how many.
    regions: Vec<(u64, u64)>,
    heap: Option<u32>,
}

impl Film {
    /// Begins with a first picture.
    pub fn new(map: &Map) -> Self {
        let mut film = Self {
            process: map.process.clone(),
            frames: Vec::new(),
            units: BTreeMap::new(),
            regions: BTreeSet::new(),
            heap: None,
        };
        film.push(map);
        film
    }

    /// Adds the next picture.
    pub fn push(&mut self, map: &Map) {
        let units = record::records(map);
        let columns = frame::columns(&frame::changes(&self.units, &units));
        self.regions.extend(units.keys().map(|number| number / REGION_UNITS as u64));
        self.units = units;
        let about = About { time_ms: map.time_ms, totals: map.totals, heaps: map.heaps.clone() };
        self.frames.push(Frame { about, changes: frame::deflate(&columns) });
    }

    /// The heap, by number, that the page shows at first; none: all.
    pub fn choose(&mut self, heap: Option<u32>) {
        self.heap = heap;
    }

    /// Bytes of what was recorded.
    pub fn bytes(&self) -> usize {
        self.frames.iter().map(|frame| frame.changes.len()).sum()
    }

    /// How many pictures it has.
    #[expect(clippy::len_without_is_empty, reason = "it has at least one")]
    pub fn len(&self) -> usize {
        self.frames.len()
    }

    /// The page.
    pub fn page(&self) -> String {
        let meta = Meta {
            schema: heapmin_inspect::model::map::SCHEMA,
            process: &self.process,
            frames: self.frames.iter().map(|frame| &frame.about).collect(),
            regions: runs(&self.regions),
            heap: self.heap,
        };
        let meta = serde_json::to_string(&meta).expect("numbers and text can be written as JSON");
        let mut data = vec![("meta".to_owned(), Data::Json(meta))];
        for (number, frame) in self.frames.iter().enumerate() {
            data.push((format!("frame-{number}"), Data::Bytes(frame.changes.clone())));
        }
        let title = format!("heapmin map: {} ({})", self.process.command, self.process.pid);
        Document { title: &title, style: STYLE, body: BODY, script: SCRIPT, data }.render()
    }
}

/// Numbers that follow each other, as the first one and how many.
fn runs(numbers: &BTreeSet<u64>) -> Vec<(u64, u64)> {
    let mut runs: Vec<(u64, u64)> = Vec::new();
    for &number in numbers {
        match runs.last_mut() {
            Some((first, count)) if *first + *count == number => *count += 1,
            _ => runs.push((number, 1)),
        }
    }
    runs
}
