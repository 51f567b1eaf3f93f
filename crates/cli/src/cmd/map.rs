//! `heapmin map`: the picture of a process's heaps.
//!
//! | module | |
//! |---|---|
//! | `film` | pages, also of what happens over time |
//! | `heap` | which heap is meant |
//! | `pause` | waiting for the next picture, or the end |
//! | `screen` | the picture in the terminal, also again and again |

mod film;
mod heap;
mod pause;
mod screen;

use std::path::PathBuf;
use std::time::Duration;

use heapmin_inspect::Target;
use heapmin_inspect::model::map::Map as HeapMap;

use crate::failure::Failure;
use crate::output::colour::Colour;
use crate::output::json;
use crate::output::pick::{self, pick};
use crate::output::progress::Progress;
use crate::output::writer::Out;
use pause::Pause;

/// Draw the heaps of a process, page by page
///
/// Shows what each page of memory is: how much of it is live, what is in memory without a live block,
/// what was given back. In the terminal, or with --html as a page with zoom, filters and the numbers
/// behind it, which needs no network and may be sent around. The process isn't stopped and takes no
/// part: what it changes meanwhile may be shown as it was before or after.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Map {
    /// The process; the only one of yours on heapmin if there is one
    #[arg(value_parser = pick::pid)]
    pub pid: Option<i32>,

    /// Only this heap: its number, or its handle
    ///
    /// What belongs to no heap is shown too; what belongs to others is left blank. In a page all heaps
    /// are there, and this one is chosen at first.
    #[arg(long, value_name = "HEAP", value_parser = heap::number)]
    pub heap: Option<u64>,

    /// Write a page for the browser to this file; '-' is standard output
    #[arg(long, value_name = "FILE")]
    pub html: Option<PathBuf>,

    /// Again and again, every second or as many seconds as given
    ///
    /// In the terminal the picture is drawn in place until Ctrl-C. With --html it becomes a film: the
    /// page is written at Ctrl-C, or when the process ends, and has a slider for the time.
    #[arg(long, value_name = "SECONDS", num_args = 0..=1, require_equals = true,
          default_missing_value = "1", value_parser = pause::seconds)]
    pub watch: Option<Duration>,

    /// End after so many pictures
    #[arg(long, value_name = "N", requires = "watch",
          value_parser = clap::value_parser!(u64).range(1..=100_000))]
    pub frames: Option<u64>,

    /// Write JSON: docs/schema/map.json; with --watch one document a line
    #[arg(long, conflicts_with_all = ["html", "heap"])]
    pub json: bool,

    /// Characters in a line; otherwise those of the terminal, or 80
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(40..=1000))]
    pub width: Option<u16>,

    /// When there is colour.
    #[command(flatten)]
    pub colour: Colour,
}

const EXAMPLES: &str = "\
Examples:
  heapmin map 4711                           the picture in the terminal
  heapmin map 4711 --color always | less -R  page through it
  heapmin map 4711 --watch                   watch it change
  heapmin map 4711 --html heap.html          a page for the browser
  heapmin map 4711 --html film.html --watch=0.5 --frames 120
                                             a film of a minute
  heapmin map 4711 --json | jq '.regions | length'

Exit status:
  0  the picture was drawn or written; also if the process ended during a film
  2  wrong usage
  3  the process can't be looked into; the message says why
  4  the picture can't be written";

/// Does it. Returns the exit status.
pub fn run(args: &Map) -> Result<i32, Failure> {
    let target = pick(args.pid)?;
    if let Some(file) = &args.html {
        film::write(args, &target, file)?;
    } else if args.json {
        write_json(args, &target)?;
    } else {
        screen::draw(args, &target)?;
    }
    Ok(0)
}

/// The picture now.
fn read(target: &Target) -> Result<HeapMap, heapmin_inspect::Error> {
    let mut progress = Progress::new("reading");
    target.map(&mut |done, of| {
        progress.step(done, of);
        true
    })
}

fn write_json(args: &Map, target: &Target) -> Result<(), Failure> {
    let mut out = Out::new();
    let mut pause = Pause::new(args)?;
    loop {
        let map = read(target)?;
        match args.watch {
            Some(_) => json::line(&mut out, &map)?,
            None => json::document(&mut out, &map)?,
        }
        if !out.is_open() || !pause.another() {
            return out.finish();
        }
    }
}
