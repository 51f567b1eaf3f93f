//! Numbers as text.

use std::time::Duration;

use crate::output::bytes::{bytes, difference};
use crate::top::table::Value;

/// A count: exact below ten million, with groups of digits.
pub fn count(n: u64) -> String {
    if n >= 10_000_000 {
        return short(n as f64);
    }
    let digits = n.to_string();
    let mut grouped = String::with_capacity(digits.len() + 2);
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

/// A number in three digits: "0", "0.4", "812", "12.3k", "1.20M".
pub fn short(number: f64) -> String {
    if number < 999.5 {
        let decimals = usize::from(number > 0.0 && number < 9.95);
        return format!("{number:.decimals$}");
    }
    let mut number = number;
    let mut unit = "";
    for larger in ["k", "M", "G", "T", "P"] {
        number /= 1000.0;
        unit = larger;
        if number < 999.5 {
            break;
        }
    }
    let decimals = match number {
        ..9.995 => 2,
        ..99.95 => 1,
        _ => 0,
    };
    format!("{number:.decimals$}{unit}")
}

/// A time between readings: "0.5 s", "12 s", "5 min".
pub fn interval(time: Duration) -> String {
    let seconds = time.as_secs_f64();
    match seconds {
        ..9.95 if seconds.fract() > 0.05 => format!("{seconds:.1} s"),
        ..119.5 => format!("{seconds:.0} s"),
        _ => format!("{:.0} min", seconds / 60.0),
    }
}

/// A value as text; what is drawn as a bar with the number that stands beside it.
pub fn value(value: &Value) -> String {
    match value {
        Value::Missing => "-".to_owned(),
        Value::Text(text) => text.clone(),
        Value::Id(n) => n.to_string(),
        Value::Count(n) => count(*n),
        Value::Bytes(n) | Value::Part(n, _) => bytes(*n),
        Value::Growth(n) => difference(*n),
        Value::Rate(n) => short(*n),
        Value::ByteRate(n) => format!("{}/s", bytes(*n as u64)),
        Value::Share(share) => percent(*share),
        Value::Trend(_) => String::new(),
    }
}

/// A part of a whole. All and nothing are said only where it is so.
fn percent(share: f64) -> String {
    let percent = share * 100.0;
    let shown = match percent.round() {
        0.0 if share > 0.0 => 1.0,
        100.0 if share < 1.0 => 99.0,
        rounded => rounded,
    };
    format!("{shown:.0}%")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_have_groups_of_digits() {
        let shown = [0, 812, 1234, 9_999_999, 12_345_678].map(count);
        assert_eq!(shown, ["0", "812", "1,234", "9,999,999", "12.3M"]);
    }

    #[test]
    fn short_numbers_have_three_digits() {
        let numbers = [0.0, 0.44, 9.9, 10.4, 999.4, 999.6, 12_345.0, 999_600.0, 1.2e9];
        let expected = ["0", "0.4", "9.9", "10", "999", "1.00k", "12.3k", "1.00M", "1.20G"];
        assert_eq!(numbers.map(short), expected);
    }

    #[test]
    fn intervals_are_rounded_for_people() {
        let times = [100, 500, 1000, 4230, 12_300, 60_000, 300_000].map(Duration::from_millis);
        let expected = ["0.1 s", "0.5 s", "1 s", "4.2 s", "12 s", "60 s", "5 min"];
        assert_eq!(times.map(interval), expected);
    }

    #[test]
    fn all_and_nothing_are_said_only_where_it_is_so() {
        assert_eq!([0.0, 0.001, 0.5, 0.999, 1.0].map(percent), ["0%", "1%", "50%", "99%", "100%"]);
    }
}
