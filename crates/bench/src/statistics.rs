//! Medians, geometric means and spreads.

use clap::ValueEnum;
use serde::{Deserialize, Serialize};

/// Which of several samples of the same thing stands for all.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Representative {
    /// The middle one: what a user will see.
    #[default]
    Median,
    /// The smallest one: what the machine can do when nothing else disturbs it.
    Minimum,
}

impl Representative {
    /// The representative of the samples; `None` if there are none.
    pub fn of(self, samples: &[f64]) -> Option<f64> {
        match self {
            Self::Median => median(samples),
            Self::Minimum => samples.iter().copied().reduce(f64::min),
        }
    }
}

/// The middle sample, or the mean of the two middle ones.
pub fn median(samples: &[f64]) -> Option<f64> {
    let mut sorted = samples.to_vec();
    sorted.sort_by(f64::total_cmp);
    let middle = sorted.len() / 2;
    match sorted.len() {
        0 => None,
        length if length % 2 == 1 => Some(sorted[middle]),
        _ => Some((sorted[middle - 1] + sorted[middle]) / 2.0),
    }
}

/// The geometric mean of positive numbers: the mean that doesn't depend on what a ratio is
/// taken against.
pub fn geometric_mean(numbers: &[f64]) -> Option<f64> {
    if numbers.is_empty() || numbers.iter().any(|&number| number <= 0.0) {
        return None;
    }
    let logarithms: f64 = numbers.iter().map(|number| number.ln()).sum();
    Some((logarithms / numbers.len() as f64).exp())
}

/// How far the samples lie apart: (largest - smallest) / median.
pub fn spread(samples: &[f64]) -> Option<f64> {
    let smallest = samples.iter().copied().reduce(f64::min)?;
    let largest = samples.iter().copied().reduce(f64::max)?;
    match median(samples) {
        Some(middle) if middle > 0.0 => Some((largest - smallest) / middle),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_is_the_middle_whatever_the_order() {
        assert_eq!(median(&[3.0, 1.0, 2.0]), Some(2.0));
        assert_eq!(median(&[4.0, 1.0, 2.0, 3.0]), Some(2.5));
        assert_eq!(median(&[7.0]), Some(7.0));
        assert_eq!(median(&[]), None);
    }

    #[test]
    fn one_wild_sample_moves_neither_median_nor_minimum() {
        let samples = [1.0, 1.1, 1.2, 1.1, 50.0];
        assert_eq!(Representative::Median.of(&samples), Some(1.1));
        assert_eq!(Representative::Minimum.of(&samples), Some(1.0));
        assert_eq!(Representative::Minimum.of(&[]), None);
    }

    #[test]
    fn the_geometric_mean_balances_double_and_half() {
        let mean = geometric_mean(&[2.0, 0.5]).expect("positive numbers");
        assert!((mean - 1.0).abs() < 1e-12);
        let mean = geometric_mean(&[1.0, 10.0, 100.0]).expect("positive numbers");
        assert!((mean - 10.0).abs() < 1e-9);
    }

    #[test]
    fn there_is_no_geometric_mean_of_nothing_or_of_zero() {
        assert_eq!(geometric_mean(&[]), None);
        assert_eq!(geometric_mean(&[1.0, 0.0]), None);
    }

    #[test]
    fn the_spread_is_relative_to_the_median() {
        assert_eq!(spread(&[1.0, 2.0, 3.0]), Some(1.0));
        assert_eq!(spread(&[5.0]), Some(0.0));
        assert_eq!(spread(&[]), None);
    }
}
