//! What the figures were in the last minutes.

use std::collections::VecDeque;

/// Seconds that are kept.
const KEPT: f64 = 600.0;
/// Most readings that are kept, however close together they are.
const MOST: usize = 8192;
/// Seconds that a chart shows: the first that is long enough for what there is.
const WINDOWS: [f64; 4] = [60.0, 120.0, 300.0, KEPT];

/// One reading.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Sample {
    /// When, in seconds since the first one.
    pub at: f64,
    /// Bytes in live blocks.
    pub live: u64,
    /// Bytes in memory.
    pub resident: u64,
    /// Bytes that a trim would give back.
    pub reclaimable: u64,
    /// Allocations a second.
    pub allocations: Option<f64>,
    /// Bytes given back a second.
    pub returned: Option<f64>,
}

/// See the module.
#[derive(Clone, Debug, Default)]
pub struct History {
    samples: VecDeque<Sample>,
}

impl History {
    /// Adds a reading. Readings come in the order of time; what is too old goes.
    pub fn push(&mut self, sample: Sample) {
        self.samples.push_back(sample);
        let oldest = sample.at - KEPT;
        while self.samples.len() > MOST || self.samples.front().is_some_and(|s| s.at < oldest) {
            self.samples.pop_front();
        }
    }

    /// The readings, oldest first.
    pub fn samples(&self) -> impl Iterator<Item = &Sample> {
        self.samples.iter()
    }

    /// Seconds that a chart of all this shows.
    pub fn window(&self) -> f64 {
        let (Some(first), Some(last)) = (self.samples.front(), self.samples.back()) else {
            return WINDOWS[0];
        };
        let age = last.at - first.at;
        WINDOWS.into_iter().find(|window| *window >= age).unwrap_or(KEPT)
    }

    /// One figure in so many columns that together show [`History::window`]; the last one ends now.
    ///
    /// A column has the highest figure of its time, so that no peak is lost, and without a reading
    /// that of the column before. It shows the same span of time until it has moved out on the left:
    /// columns begin at multiples of their width.
    pub fn columns(
        &self,
        count: usize,
        figure: impl Fn(&Sample) -> Option<f64>,
    ) -> Vec<Option<f64>> {
        let mut columns = vec![None; count];
        let Some(last) = self.samples.back() else {
            return columns;
        };
        let width = self.window() / count.max(1) as f64;
        let place = |at: f64| (at / width).floor() as i64;
        let first = place(last.at) - count as i64 + 1;
        let mut read = vec![false; count];
        let mut before = None;
        for sample in &self.samples {
            let value = figure(sample);
            let Ok(column) = usize::try_from(place(sample.at) - first) else {
                before = value;
                continue;
            };
            if column < count {
                read[column] = true;
                columns[column] = higher(columns[column], value);
            }
        }
        for (column, read) in columns.iter_mut().zip(read) {
            if read {
                before = *column;
            } else {
                *column = before;
            }
        }
        columns
    }
}

fn higher(a: Option<f64>, b: Option<f64>) -> Option<f64> {
    match (a, b) {
        (Some(a), Some(b)) => Some(a.max(b)),
        (a, b) => a.or(b),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample(at: f64, live: u64) -> Sample {
        Sample { at, live, ..Sample::default() }
    }

    fn history(samples: &[(f64, u64)]) -> History {
        let mut history = History::default();
        samples.iter().for_each(|&(at, live)| history.push(sample(at, live)));
        history
    }

    fn live(sample: &Sample) -> Option<f64> {
        Some(sample.live as f64)
    }

    #[test]
    fn nothing_is_shown_before_the_first_reading() {
        assert_eq!(History::default().columns(3, live), [None, None, None]);
    }

    #[test]
    fn the_newest_reading_is_on_the_right() {
        let shown = history(&[(0.0, 7)]).columns(3, live);
        assert_eq!(shown, [None, None, Some(7.0)]);
    }

    #[test]
    fn a_column_shows_the_peak_of_its_time() {
        // Six columns of ten seconds.
        let shown = history(&[(1.0, 3), (5.0, 9), (8.0, 2), (12.0, 4)]).columns(6, live);
        assert_eq!(shown, [None, None, None, None, Some(9.0), Some(4.0)]);
    }

    #[test]
    fn a_column_without_a_reading_repeats_the_one_before() {
        let shown = history(&[(5.0, 1), (35.0, 2)]).columns(6, live);
        assert_eq!(shown, [None, None, Some(1.0), Some(1.0), Some(1.0), Some(2.0)]);
    }

    #[test]
    fn readings_left_of_the_chart_reach_into_it() {
        // Ten minutes in six columns: readings at 0 and 50 seconds are left of the chart.
        let shown = history(&[(0.0, 5), (50.0, 3), (600.0, 6)]).columns(6, live);
        assert_eq!(shown[0], Some(3.0));
        assert_eq!(shown[5], Some(6.0));
    }

    #[test]
    fn columns_stay_as_they_are_while_they_move_left() {
        let mut readings = vec![(3.0, 3), (14.0, 8), (27.0, 1)];
        let before = history(&readings).columns(6, live);
        readings.push((31.0, 4));
        let after = history(&readings).columns(6, live);
        assert_eq!(before[1..], after[..5]);
    }

    #[test]
    fn the_window_grows_with_what_there_is() {
        assert_eq!(history(&[(0.0, 1), (60.0, 1)]).window(), 60.0);
        assert_eq!(history(&[(0.0, 1), (61.0, 1)]).window(), 120.0);
        assert_eq!(history(&[(0.0, 1), (599.0, 1)]).window(), 600.0);
    }

    #[test]
    fn ten_minutes_are_kept() {
        let mut history = History::default();
        (0..2000).for_each(|second| history.push(sample(f64::from(second), 0)));
        assert_eq!(history.samples().count(), 601);
        assert_eq!(history.window(), 600.0);
    }

    #[test]
    fn very_frequent_readings_are_bounded_too() {
        let mut history = History::default();
        (0..20_000).for_each(|n| history.push(sample(f64::from(n) * 0.01, 0)));
        assert_eq!(history.samples().count(), MOST);
    }

    #[test]
    fn what_is_missing_stays_missing() {
        let shown = history(&[(1.0, 1), (15.0, 1)]).columns(6, |_| None);
        assert_eq!(shown, [None; 6]);
    }
}
