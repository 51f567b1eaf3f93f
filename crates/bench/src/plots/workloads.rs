//! Each workload by itself: a row per workload, on it a mark per allocator.
//!
//! Some 25 workloads by 8 allocators as bars would be 200 bars; as marks on one logarithmic axis
//! the row shows at a glance who is on which side of the baseline, and how far.

use anyhow::Result;
use plotters::prelude::*;
use plotters::style::text_anchor::HPos;

use super::axis::Axis;
use super::{COLOURS, Canvas, INK, STRIPE, failed, title, write};
use crate::results::{AllocatorEntry, Cell, Figure};
use crate::tables::View;

const WIDTH: i32 = 1060;
const TOP: i32 = 96;
const ROW: i32 = 22;
const NAMES: i32 = 160;
const PER_LEGEND_LINE: usize = 4;

/// Width and height of the picture.
pub fn size(view: &View<'_>) -> (u32, u32) {
    let rows = view.rows().count() as i32;
    (WIDTH as u32, (TOP + rows * ROW + 48) as u32)
}

/// Draws the rows of one figure.
pub fn draw(view: &View<'_>, figure: Figure, canvas: &Canvas<'_>) -> Result<()> {
    let others: Vec<&AllocatorEntry> =
        view.results.allocators.iter().filter(|entry| entry.name != view.baseline).collect();
    let all: Vec<f64> = others.iter().flat_map(|entry| view.ratios(&entry.name, figure)).collect();
    let axis = Axis::covering(&all, NAMES + 10, WIDTH - 90);
    write(canvas, &title(figure, view.baseline), (NAMES, 20), HPos::Left, 16)?;
    for (index, entry) in others.iter().enumerate() {
        let place = (index % PER_LEGEND_LINE, index / PER_LEGEND_LINE);
        let (x, y) = (NAMES + place.0 as i32 * 210, 46 + place.1 as i32 * 20);
        mark(canvas, index, (x + 6, y))?;
        let name = format!("{} {}", entry.name, entry.version);
        write(canvas, &name, (x + 18, y), HPos::Left, 13)?;
    }
    let bottom = TOP + view.rows().count() as i32 * ROW;
    for (row, _) in view.rows().enumerate().filter(|(row, _)| row % 2 == 0) {
        let top = TOP + row as i32 * ROW;
        let corners = [(0, top), (WIDTH, top + ROW)];
        canvas.draw(&Rectangle::new(corners, STRIPE.filled())).map_err(failed)?;
    }
    axis.draw(canvas, TOP, bottom)?;
    for (row, workload) in view.rows().enumerate() {
        let y = TOP + row as i32 * ROW + ROW / 2;
        write(canvas, &workload.name, (NAMES - 8, y), HPos::Right, 13)?;
        let mut notes = Vec::new();
        for (index, entry) in others.iter().enumerate() {
            match view.ratio(&workload.name, &entry.name, figure) {
                Cell::Value(ratio) => {
                    mark(canvas, index, (axis.place(ratio), y))?;
                    if axis.is_beyond(ratio) {
                        notes.push(format!("{ratio:.1}"));
                    }
                }
                Cell::Failed => notes.push("failed".to_owned()),
                Cell::Absent => {}
            }
        }
        write(canvas, &notes.join(" "), (WIDTH - 80, y), HPos::Left, 11)?;
    }
    let note = "Marks at the right or left edge lie beyond it; their ratios are written there.";
    write(canvas, note, (NAMES, bottom + 34), HPos::Left, 12)
}

/// The mark of an allocator: a colour and one of three shapes.
fn mark(canvas: &Canvas<'_>, index: usize, at: (i32, i32)) -> Result<()> {
    let colour = COLOURS.get(index % COLOURS.len()).copied().unwrap_or(INK);
    match index % 3 {
        0 => canvas.draw(&Circle::new(at, 5, colour.filled())),
        1 => canvas.draw(&TriangleMarker::new(at, 6, colour.filled())),
        _ => {
            let corners = [(at.0 - 4, at.1 - 4), (at.0 + 4, at.1 + 4)];
            canvas.draw(&Rectangle::new(corners, colour.filled()))
        }
    }
    .map_err(failed)
}
