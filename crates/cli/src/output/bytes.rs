//! Amounts of memory for people.

const UNITS: [&str; 6] = ["KiB", "MiB", "GiB", "TiB", "PiB", "EiB"];

/// At most three significant digits, and the unit: "0 B", "812 B", "4.0 KiB", "1.5 MiB", "12 GiB".
pub fn bytes(n: u64) -> String {
    if n < 1024 {
        return format!("{n} B");
    }
    // In tenths of the unit, rounded; what rounds up to 1,024 belongs to the next unit.
    let mut unit = 0;
    let mut divisor = 1024_u128;
    while unit + 1 < UNITS.len() && (u128::from(n) + divisor / 2) / divisor >= 1024 {
        unit += 1;
        divisor *= 1024;
    }
    let tenths = (u128::from(n) * 10 + divisor / 2) / divisor;
    if tenths < 100 {
        format!("{}.{} {}", tenths / 10, tenths % 10, UNITS[unit])
    } else {
        format!("{} {}", (u128::from(n) + divisor / 2) / divisor, UNITS[unit])
    }
}

/// A difference, with its sign: "+1.5 MiB", "-812 B", "0 B".
pub fn difference(n: i64) -> String {
    let sign = match n {
        0 => "",
        1.. => "+",
        _ => "-",
    };
    format!("{sign}{}", bytes(n.unsigned_abs()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn at_most_three_digits() {
        let expected = [
            (0, "0 B"),
            (812, "812 B"),
            (1023, "1023 B"),
            (1024, "1.0 KiB"),
            (4096, "4.0 KiB"),
            (10_189, "10 KiB"),
            (10_188, "9.9 KiB"),
            (1024 * 1024 - 513, "1023 KiB"),
            (1024 * 1024 - 512, "1.0 MiB"),
            (1_572_864, "1.5 MiB"),
            (12 << 30, "12 GiB"),
            (u64::MAX, "16 EiB"),
        ];
        for (n, text) in expected {
            assert_eq!(bytes(n), text, "{n}");
        }
    }

    #[test]
    fn differences_have_signs() {
        assert_eq!(difference(0), "0 B");
        assert_eq!(difference(2048), "+2.0 KiB");
        assert_eq!(difference(-812), "-812 B");
        assert_eq!(difference(i64::MIN), "-8.0 EiB");
    }
}
