//! The geometric means: a bar per allocator, time and memory side by side.

use anyhow::Result;
use plotters::prelude::*;
use plotters::style::text_anchor::HPos;

use super::{BASE, COLOURS, Canvas, INK, failed, line, title, write};
use crate::results::Figure;
use crate::statistics::geometric_mean;
use crate::tables::View;

const WIDTH: i32 = 1060;
const TOP: i32 = 56;
const ROW: i32 = 26;
const NAMES: i32 = 190;
const PANEL: i32 = 360;
const GAP: i32 = 80;

/// Width and height of the picture.
pub fn size(view: &View<'_>) -> (u32, u32) {
    let rows = view.results.allocators.len() as i32;
    (WIDTH as u32, (TOP + rows * ROW + 36) as u32)
}

/// Draws both panels.
pub fn draw(view: &View<'_>, canvas: &Canvas<'_>) -> Result<()> {
    for (row, entry) in view.results.allocators.iter().enumerate() {
        let name = format!("{} {}", entry.name, entry.version);
        write(canvas, &name, (NAMES - 8, middle(row)), HPos::Right, 14)?;
    }
    panel(view, canvas, Figure::Time(view.clock), NAMES)?;
    panel(view, canvas, Figure::Memory, NAMES + PANEL + GAP)?;
    let count = view.rows().count();
    let note = format!("Geometric means over {count} workloads; * over fewer.");
    let bottom = TOP + view.results.allocators.len() as i32 * ROW + 20;
    write(canvas, &note, (NAMES, bottom), HPos::Left, 12)
}

fn panel(view: &View<'_>, canvas: &Canvas<'_>, figure: Figure, left: i32) -> Result<()> {
    let allocators = &view.results.allocators;
    let mean = |name: &str| geometric_mean(&view.ratios(name, figure));
    let largest = allocators.iter().filter_map(|entry| mean(&entry.name)).fold(1.0, f64::max);
    let place = |ratio: f64| left + (ratio / largest * f64::from(PANEL)) as i32;
    write(canvas, &title(figure, view.baseline), (left, 24), HPos::Left, 15)?;
    let mut others = COLOURS.iter().cycle();
    for (row, entry) in allocators.iter().enumerate() {
        let is_base = entry.name == view.baseline;
        let colour = if is_base { BASE } else { *others.next().unwrap_or(&INK) };
        let ratios = view.ratios(&entry.name, figure);
        let Some(value) = geometric_mean(&ratios) else {
            write(canvas, "nothing ran", (left + 6, middle(row)), HPos::Left, 13)?;
            continue;
        };
        let corners = [(left, middle(row) - 9), (place(value), middle(row) + 9)];
        canvas.draw(&Rectangle::new(corners, colour.filled())).map_err(failed)?;
        let mark = if ratios.len() < view.rows().count() { " *" } else { "" };
        let text = format!("{value:.2}{mark}");
        let x = place(value).max(place(1.0)) + 6;
        write(canvas, &text, (x, middle(row)), HPos::Left, 13)?;
    }
    let bottom = TOP + allocators.len() as i32 * ROW;
    line(canvas, (place(1.0), TOP - 6), (place(1.0), bottom), INK)
}

fn middle(row: usize) -> i32 {
    TOP + row as i32 * ROW + ROW / 2
}
