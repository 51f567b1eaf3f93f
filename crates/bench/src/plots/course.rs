//! Resident memory over time, a line per allocator, above what is live.

use anyhow::Result;
use plotters::prelude::*;
use plotters::style::text_anchor::HPos;

use super::{BASE, COLOURS, Canvas, FAINT, INK, failed, line, write};
use crate::giveback::figures::Results;
use crate::giveback::scenarios::Group;

/// Width and height of the picture.
pub const SIZE: (u32, u32) = (1060, 480);
const LEFT: i32 = 76;
const RIGHT: i32 = 1030;
const TOP: i32 = 92;
const BOTTOM: i32 = 420;
const PER_LEGEND_LINE: usize = 5;
const MIB: f64 = (1u64 << 20) as f64;
/// What is live: an area behind the lines.
const AREA: RGBColor = RGBColor(205, 205, 205);

/// Points of a line: seconds, and bytes.
type Points = [(f64, u64)];

/// What is drawn.
pub struct Picture<'a> {
    /// Name and version of each allocator, and its line.
    lines: Vec<(String, &'a Points)>,
    live: &'a Points,
    seconds: f64,
    mebibytes: f64,
}

impl<'a> Picture<'a> {
    /// The first round of each allocator; `None` if there is none.
    pub fn of(results: &'a Results) -> Option<Self> {
        let row = results.rows(Group::Phases).next()?;
        let course = |name: &str| {
            results.seen(&row.name, name).into_iter().find_map(|seen| seen.course.as_ref())
        };
        let mut lines = Vec::new();
        let mut live: Option<&Points> = None;
        for entry in &results.allocators {
            if let Some(course) = course(&entry.name) {
                let name = format!("{} {}", entry.name, entry.version);
                lines.push((name, course.resident.as_slice()));
                live = live.or(Some(&course.live));
            }
        }
        let live = live?;
        let all = || lines.iter().flat_map(|(_, points)| points.iter()).chain(live);
        let seconds = all().map(|point| point.0).fold(0.0, f64::max);
        let most = all().map(|point| point.1).max()? as f64 / MIB;
        let mebibytes = step(most) * (most / step(most)).ceil();
        (seconds > 0.0 && mebibytes > 0.0).then_some(Self { lines, live, seconds, mebibytes })
    }

    /// Draws it.
    pub fn draw(&self, canvas: &Canvas<'_>) -> Result<()> {
        let title =
            "Resident memory of a program whose phases come, go and rest; nothing is called";
        write(canvas, title, (LEFT, 22), HPos::Left, 16)?;
        let mut area: Vec<(i32, i32)> = self.live.iter().map(|&point| self.place(point)).collect();
        let ends = area.first().zip(area.last()).map(|(first, last)| (first.0, last.0));
        if let Some((first, last)) = ends {
            area.extend([(last, BOTTOM), (first, BOTTOM)]);
        }
        canvas.draw(&Polygon::new(area, AREA.filled())).map_err(failed)?;
        self.axes(canvas)?;
        // The first allocator comes last, above the others.
        for (index, (_, points)) in self.lines.iter().enumerate().rev() {
            let places: Vec<(i32, i32)> = points.iter().map(|&point| self.place(point)).collect();
            canvas.draw(&PathElement::new(places, style(index))).map_err(failed)?;
        }
        self.legend(canvas)
    }

    fn place(&self, (seconds, bytes): (f64, u64)) -> (i32, i32) {
        let across = seconds / self.seconds * f64::from(RIGHT - LEFT);
        let up = bytes as f64 / MIB / self.mebibytes * f64::from(BOTTOM - TOP);
        (LEFT + across.round() as i32, BOTTOM - up.round() as i32)
    }

    fn axes(&self, canvas: &Canvas<'_>) -> Result<()> {
        let step_up = step(self.mebibytes);
        let mut mebibytes = 0.0;
        while mebibytes <= self.mebibytes {
            let (_, y) = self.place((0.0, (mebibytes * MIB) as u64));
            let colour = if mebibytes == 0.0 { INK } else { FAINT };
            line(canvas, (LEFT, y), (RIGHT, y), colour)?;
            write(canvas, &format!("{mebibytes:.0} MiB"), (LEFT - 8, y), HPos::Right, 12)?;
            mebibytes += step_up;
        }
        let step_right = step(self.seconds);
        let mut seconds = 0.0;
        while seconds <= self.seconds {
            let (x, _) = self.place((seconds, 0));
            line(canvas, (x, BOTTOM), (x, BOTTOM + 5), INK)?;
            write(canvas, &format!("{seconds} s"), (x, BOTTOM + 18), HPos::Center, 12)?;
            seconds += step_right;
        }
        Ok(())
    }

    fn legend(&self, canvas: &Canvas<'_>) -> Result<()> {
        let place = |index: usize| {
            let (column, row) = (index % PER_LEGEND_LINE, index / PER_LEGEND_LINE);
            (LEFT + column as i32 * 190, 50 + row as i32 * 20)
        };
        for (index, (name, _)) in self.lines.iter().enumerate() {
            let (x, y) = place(index);
            let stroke = PathElement::new([(x, y), (x + 26, y)], style(index));
            canvas.draw(&stroke).map_err(failed)?;
            write(canvas, name, (x + 34, y), HPos::Left, 13)?;
        }
        let (x, y) = place(self.lines.len());
        let corners = [(x, y - 6), (x + 26, y + 6)];
        canvas.draw(&Rectangle::new(corners, AREA.filled())).map_err(failed)?;
        write(canvas, "live, as asked for", (x + 34, y), HPos::Left, 13)
    }
}

/// The first line is the thick one.
fn style(index: usize) -> ShapeStyle {
    match index.checked_sub(1) {
        None => BASE.stroke_width(3),
        Some(other) => COLOURS[other % COLOURS.len()].stroke_width(2),
    }
}

/// The distance of an axis' numbers: 1, 2 or 5 with zeros, so that there are four to ten of them.
fn step(most: f64) -> f64 {
    let mut step = 1.0;
    for factor in [2.0, 2.5, 2.0].into_iter().cycle() {
        if most / step <= 10.0 {
            break;
        }
        step *= factor;
    }
    step
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::giveback::figures::tests::example;

    #[test]
    fn numbers_on_axes_are_round() {
        assert_eq!([9.0, 24.0, 430.0, 1700.0].map(step), [1.0, 5.0, 50.0, 200.0]);
    }

    #[test]
    fn the_picture_names_all_and_has_time_to_the_right_and_memory_upwards() {
        let results = example();
        let picture = Picture::of(&results).expect("it was measured");
        assert_eq!(picture.place((0.0, 0)), (LEFT, BOTTOM));
        assert_eq!(picture.place((3.0, 100 << 20)), (RIGHT, TOP));
        let path = std::env::temp_dir().join(format!("giveback-{}.svg", std::process::id()));
        super::super::course(&results, &path).expect("drawn");
        let text = std::fs::read_to_string(&path).expect("written");
        for name in ["heapmin 1.0", "other 1.0", "live, as asked for", "100 MiB"] {
            assert!(text.contains(name), "no {name}");
        }
        std::fs::remove_file(&path).expect("removed");
    }

    #[test]
    fn without_phases_there_is_no_picture() {
        let mut results = example();
        results.scenarios.retain(|row| row.group != Group::Phases);
        assert!(Picture::of(&results).is_none());
    }
}
