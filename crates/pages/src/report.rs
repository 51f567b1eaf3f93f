//! The report on a program's memory as a page.
//!
//! | part | |
//! |---|---|
//! | `timeline` | the figures over time, as many as a chart can show |
//! | `prune` | the call stacks, as many as a page can hold |
//! | `*.js`, `style.css` | the page, which draws all of that |

pub mod prune;
pub mod timeline;

use heapmin_inspect::model::snapshot::Snapshot;
use heapmin_profile::Profile;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::document::{Data, Document};
use timeline::{Event, Timeline};

/// The version of [`Report`].
pub const SCHEMA: u32 = 1;

const STYLE: &str = include_str!("report/style.css");
const BODY: &str = include_str!("report/page.html");
/// One scope for all: the parts see each other's functions, and nothing gets out.
const SCRIPT: &str = concat!(
    "'use strict'; (() => {\n",
    include_str!("report/elements.js"),
    include_str!("report/format.js"),
    include_str!("report/table.js"),
    include_str!("report/tabs.js"),
    include_str!("report/summary.js"),
    include_str!("report/scale.js"),
    include_str!("report/chart.js"),
    include_str!("report/zoom.js"),
    include_str!("report/histogram.js"),
    include_str!("report/snapshot.js"),
    include_str!("report/tree.js"),
    include_str!("report/flame.js"),
    include_str!("report/functions.js"),
    include_str!("report/stacks.js"),
    include_str!("report/leaks.js"),
    include_str!("report/notes.js"),
    include_str!("report/theme.js"),
    include_str!("report/start.js"),
    "})();"
);

/// What is known of a program's memory.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Report {
    /// Version of this structure.
    pub schema: u32,
    /// The version of heapmin that wrote it.
    pub heapmin: String,
    /// The program.
    pub program: Program,
    /// When the program was started, or when the look at a running one began, in milliseconds since
    /// 1970.
    pub started_ms: u64,
    /// How long it was looked at.
    pub duration_ms: f64,
    /// How that ended.
    pub end: End,
    /// Its figures over time.
    pub timeline: Timeline,
    /// What happened when.
    pub events: Vec<Event>,
    /// The figures when the live bytes were at their peak.
    pub peak: Option<Snapshot>,
    /// The last figures.
    pub last: Option<Snapshot>,
    /// Whether `last` is of the very end, when nothing could change any more.
    pub last_is_the_end: bool,
    /// What the process was before, by `exec`.
    pub earlier: Vec<Earlier>,
    /// Which code has taken memory, if that was asked for.
    pub profile: Option<Profile>,
    /// Sentences: what could not be found out, and why.
    pub notes: Vec<String>,
}

/// The program that a report is about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Program {
    /// Its number.
    pub pid: i32,
    /// Its command line.
    pub command: String,
    /// Its user, if that was found out.
    pub user: Option<String>,
    /// The version of its heap, if that was found out.
    pub engine: Option<String>,
    /// Whether it ran already.
    pub attached: bool,
}

/// How the look at a program ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "how", rename_all = "snake_case")]
pub enum End {
    /// It ended with this status.
    Exited {
        /// The status.
        status: i32,
    },
    /// It died by a signal.
    Killed {
        /// The signal's number.
        signal: i32,
    },
    /// It ended; nobody knows how.
    Gone,
    /// It went on.
    WentOn,
}

/// What a process was before it became another program.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Earlier {
    /// Its command line.
    pub command: String,
    /// How long it was that.
    pub duration_ms: f64,
    /// Its most live bytes.
    pub peak_live_bytes: u64,
}

impl Report {
    /// The peak of the live bytes as samples tell it, if there was more than at any reading: things
    /// happen between readings, too. What may be chance is none, nor what lost frees make of it.
    pub fn peak_between_readings(&self) -> Option<u64> {
        let profile = self.profile.as_ref().filter(|profile| profile.lost_frees == 0)?;
        let peak = profile.totals.peak_bytes;
        let more = peak.checked_sub(self.timeline.peak_live_bytes)? as f64;
        // Twice the error that samples have so far apart; that of large blocks is smaller.
        let chance = 2.0 * (peak as f64 * profile.rate_bytes as f64).sqrt();
        (more > chance).then_some(peak)
    }

    /// The page.
    pub fn page(&self) -> String {
        let profile = self.profile.as_ref().map(prune::prune);
        // What the page needs of the call stacks is in the second part of the data.
        let rest = Self { profile: None, ..self.clone() };
        let title = format!("heapmin: {}", self.program.command);
        let between = json(&self.peak_between_readings());
        let data =
            [("report", json(&rest)), ("profile", json(&profile)), ("between-readings", between)];
        let data = data.map(|(id, json)| (id.to_owned(), Data::Json(json))).into();
        Document { title: &title, style: STYLE, body: BODY, script: SCRIPT, data }.render()
    }
}

/// The structures here have nothing that JSON can't hold: string keys only, and no failing `Serialize`.
fn json(value: &impl Serialize) -> String {
    serde_json::to_string(value).unwrap_or_else(|error| unreachable!("{error}"))
}
