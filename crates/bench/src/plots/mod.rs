//! The plots: `overview.svg` for the geometric means, `time.svg` and `memory.svg` for each
//! workload by itself; `giveback.svg` for memory over time.

mod axis;
mod course;
mod overview;
mod workloads;

use std::path::Path;

use anyhow::{Context, Result, anyhow};
use plotters::coord::Shift;
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};

use crate::giveback::figures::Results as Giveback;
use crate::results::{Clock, Figure};
use crate::tables::View;

type Canvas<'a> = DrawingArea<SVGBackend<'a>, Shift>;

const INK: RGBColor = RGBColor(40, 40, 40);
const FAINT: RGBColor = RGBColor(214, 214, 214);
const STRIPE: RGBColor = RGBColor(246, 246, 246);
/// The baseline's colour.
const BASE: RGBColor = RGBColor(0, 90, 160);

/// Colours that remain different to colour-blind eyes (after Okabe and Ito).
const COLOURS: [RGBColor; 8] = [
    RGBColor(213, 94, 0),
    RGBColor(0, 158, 115),
    RGBColor(204, 121, 167),
    RGBColor(230, 159, 0),
    RGBColor(86, 180, 233),
    RGBColor(120, 120, 120),
    RGBColor(150, 75, 30),
    RGBColor(110, 70, 190),
];

/// Draws all plots into a directory.
pub fn draw(view: &View<'_>, directory: &Path) -> Result<()> {
    if view.rows().next().is_none() || view.results.allocators.len() < 2 {
        return Ok(());
    }
    drawn(&directory.join("overview.svg"), overview::size(view), |c| overview::draw(view, c))?;
    for (name, figure) in [("time.svg", Figure::Time(view.clock)), ("memory.svg", Figure::Memory)] {
        let size = workloads::size(view);
        drawn(&directory.join(name), size, |canvas| workloads::draw(view, figure, canvas))?;
    }
    Ok(())
}

/// Draws memory over time, if it was measured.
pub fn course(results: &Giveback, path: &Path) -> Result<()> {
    match course::Picture::of(results) {
        Some(picture) => drawn(path, course::SIZE, |canvas| picture.draw(canvas)),
        None => Ok(()),
    }
}

fn drawn(
    path: &Path,
    size: (u32, u32),
    draw: impl FnOnce(&Canvas<'_>) -> Result<()>,
) -> Result<()> {
    let canvas = SVGBackend::new(path, size).into_drawing_area();
    canvas.fill(&WHITE).map_err(failed)?;
    draw(&canvas)?;
    canvas.present().map_err(failed).with_context(|| format!("cannot write {}", path.display()))
}

/// The library's errors hold what is not `Send`; their text is what matters.
fn failed(error: impl std::error::Error) -> anyhow::Error {
    anyhow!("cannot draw: {error}")
}

fn write(canvas: &Canvas<'_>, text: &str, at: (i32, i32), anchor: HPos, size: i32) -> Result<()> {
    let style = TextStyle::from(("sans-serif", size).into_font())
        .color(&INK)
        .pos(Pos::new(anchor, VPos::Center));
    canvas.draw(&Text::new(text.to_owned(), at, style)).map_err(failed)
}

fn line(canvas: &Canvas<'_>, from: (i32, i32), to: (i32, i32), colour: RGBColor) -> Result<()> {
    canvas.draw(&PathElement::new([from, to], colour.stroke_width(1))).map_err(failed)
}

/// What a figure is called over a plot.
fn title(figure: Figure, baseline: &str) -> String {
    match figure {
        Figure::Time(Clock::Processor) => {
            format!("Processor time, as a ratio to {baseline} (less is faster)")
        }
        Figure::Time(Clock::Wall) => format!("Time, as a ratio to {baseline} (less is faster)"),
        Figure::Memory => format!("Peak memory, as a ratio to {baseline} (less is leaner)"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::results::tests::example;
    use crate::statistics::Representative;

    #[test]
    fn every_workload_and_allocator_is_named_in_the_plots() {
        let directory = std::env::temp_dir().join(format!("bench-plots-{}", std::process::id()));
        std::fs::create_dir_all(&directory).expect("a directory");
        let results = example();
        let (clock, representative) = (Clock::Wall, Representative::Median);
        let view = View { results: &results, baseline: "heapmin", clock, representative };
        draw(&view, &directory).expect("drawn");
        for (file, names) in [
            ("overview.svg", &["heapmin 0.1.0", "other 3.3.2"][..]),
            ("time.svg", &["other 3.3.2", "\na\n", "\nb\n", "failed"][..]),
            ("memory.svg", &["other 3.3.2", "\na\n", "\nb\n"][..]),
        ] {
            let text = std::fs::read_to_string(directory.join(file)).expect("written");
            for name in names {
                assert!(text.contains(name), "{file} names no {name:?}");
            }
        }
        std::fs::remove_dir_all(&directory).expect("removed");
    }
}
