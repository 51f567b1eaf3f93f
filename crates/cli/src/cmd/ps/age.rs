//! How long a process has been running.

/// Clock ticks of `/proc` in a second: a constant of the system's interface on x86-64.
const TICKS: u64 = 100;

/// Seconds since a process was started that was started that many ticks after the system.
pub fn seconds(started: u64, uptime: u64) -> u64 {
    uptime.saturating_sub(started / TICKS)
}

/// Seconds since the system was started, as far as it tells.
pub fn uptime() -> u64 {
    let text = std::fs::read_to_string("/proc/uptime").unwrap_or_default();
    text.split('.').next().and_then(|seconds| seconds.parse().ok()).unwrap_or(0)
}

/// A time in its largest unit: "59s", "3m", "5h", "12d".
pub fn text(seconds: u64) -> String {
    match seconds {
        0..60 => format!("{seconds}s"),
        60..3600 => format!("{}m", seconds / 60),
        3600..86_400 => format!("{}h", seconds / 3600),
        _ => format!("{}d", seconds / 86_400),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_has_one_unit() {
        let expected =
            [(0, "0s"), (59, "59s"), (60, "1m"), (3599, "59m"), (3600, "1h"), (200_000, "2d")];
        for (time, shown) in expected {
            assert_eq!(text(time), shown);
        }
    }

    #[test]
    fn this_process_is_younger_than_the_system() {
        let stat = std::fs::read_to_string("/proc/self/stat").unwrap();
        let started = stat.rsplit(')').next().unwrap().split_whitespace().nth(19).unwrap();
        let age = seconds(started.parse().unwrap(), uptime());
        assert!(uptime() > 0 && age < 3600, "{age}");
    }
}
