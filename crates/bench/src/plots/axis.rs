//! A logarithmic axis of ratios around 1, so that twice and half are equally far.

use anyhow::Result;
use plotters::style::text_anchor::HPos;

use super::{Canvas, FAINT, INK, line, write};

/// Ratios between two powers of two, on pixels from left to right.
pub struct Axis {
    low: f64,
    high: f64,
    left: i32,
    right: i32,
}

/// Beyond this a point is drawn at the edge: one wild value must not squeeze all others.
const FURTHEST: f64 = 8.0;

impl Axis {
    /// An axis that covers the ratios.
    pub fn covering(ratios: &[f64], left: i32, right: i32) -> Self {
        let reach = ratios.iter().map(|ratio| ratio.max(1.0 / ratio)).fold(1.0, f64::max);
        let reach = reach.min(FURTHEST).log2().ceil().max(1.0);
        Self { low: -reach, high: reach, left, right }
    }

    /// Where a ratio is; at the edge if it is beyond the axis.
    pub fn place(&self, ratio: f64) -> i32 {
        let part = (ratio.log2().clamp(self.low, self.high) - self.low) / (self.high - self.low);
        self.left + (part * f64::from(self.right - self.left)).round() as i32
    }

    /// Is the ratio beyond the axis?
    pub fn is_beyond(&self, ratio: f64) -> bool {
        ratio.log2() < self.low || ratio.log2() > self.high
    }

    /// Draws the lines from `top` to `bottom` and their numbers below.
    pub fn draw(&self, canvas: &Canvas<'_>, top: i32, bottom: i32) -> Result<()> {
        for power in self.low as i32..=self.high as i32 {
            let ratio = 2f64.powi(power);
            let x = self.place(ratio);
            let colour = if power == 0 { INK } else { FAINT };
            line(canvas, (x, top), (x, bottom), colour)?;
            write(canvas, &number(power), (x, bottom + 12), HPos::Center, 12)?;
        }
        Ok(())
    }
}

/// 2 to a power as people write it.
fn number(power: i32) -> String {
    if power < 0 { format!("1/{}", 1u32 << -power) } else { format!("{}", 1u32 << power) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_is_in_the_middle_and_twice_as_far_as_half() {
        let axis = Axis::covering(&[0.6, 3.0], 0, 400);
        assert_eq!(axis.place(1.0), 200);
        assert_eq!(axis.place(2.0) - 200, 200 - axis.place(0.5));
        assert_eq!(axis.place(4.0), 400);
    }

    #[test]
    fn a_wild_ratio_is_shown_at_the_edge() {
        let axis = Axis::covering(&[1.1, 200.0], 0, 600);
        assert_eq!(axis.place(200.0), 600);
        assert!(axis.is_beyond(200.0) && !axis.is_beyond(7.9));
        assert_eq!(axis.place(8.0), 600);
    }

    #[test]
    fn powers_are_written_as_fractions_and_numbers() {
        assert_eq!([number(-2), number(0), number(3)], ["1/4", "1", "8"]);
    }
}
