//! A reading in a file: `heapmin-PID-TIME.json`, with the time in UTC.

use std::fs::File;
use std::io::{self, BufWriter, ErrorKind, Write};
use std::path::{Path, PathBuf};

use heapmin_inspect::model::snapshot::Snapshot;

/// Files of one second that are told apart.
const TRIES: u32 = 1000;

/// Writes it to a new file in `directory`. What is there already is never overwritten.
pub fn save(snapshot: &Snapshot, directory: &Path) -> Result<PathBuf, String> {
    let (path, file) = create(snapshot, directory)?;
    let mut file = BufWriter::new(file);
    let written = serde_json::to_writer_pretty(&mut file, snapshot)
        .map_err(io::Error::from)
        .and_then(|()| file.write_all(b"\n"))
        .and_then(|()| file.flush());
    match written {
        Ok(()) => Ok(path),
        Err(error) => {
            // Half a file helps nobody; if it can't be removed either, the message tells its name.
            let _ = std::fs::remove_file(&path);
            Err(format!("cannot write {}: {error}", path.display()))
        }
    }
}

fn create(snapshot: &Snapshot, directory: &Path) -> Result<(PathBuf, File), String> {
    let name = format!("heapmin-{}-{}", snapshot.process.pid, time(snapshot.time_ms / 1000));
    for number in 1..=TRIES {
        let file =
            if number == 1 { format!("{name}.json") } else { format!("{name}-{number}.json") };
        let path = directory.join(file);
        match File::create_new(&path) {
            Ok(file) => return Ok((path, file)),
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
            Err(error) => return Err(format!("cannot write {}: {error}", path.display())),
        }
    }
    Err(format!("cannot write {name}.json: there are {TRIES} files of that name already"))
}

/// Seconds since 1970 as `20261122T011500Z`.
fn time(seconds: u64) -> String {
    let (days, second) = (seconds / 86_400, seconds % 86_400);
    let (year, month, day) = date(days);
    let (hour, minute, second) = (second / 3600, second / 60 % 60, second % 60);
    format!("{year:04}{month:02}{day:02}T{hour:02}{minute:02}{second:02}Z")
}

/// Year, month and day of a day counted from 1970, in the Gregorian calendar.
///
/// Years are taken to begin in March: the day that only leap years have is their last one then, and
/// the lengths of the months before it repeat every five, 153 days together.
fn date(days: u64) -> (u64, u64, u64) {
    // From the first of March in the year 0: whole eras of 400 years have equal lengths.
    let days = days + 719_468;
    let (era, day) = (days / 146_097, days % 146_097);
    let year = (day - day / 1460 + day / 36_524 - day / 146_096) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    let month = (5 * day + 2) / 153;
    let day_of_month = day - (153 * month + 2) / 5 + 1;
    let month_of_year = if month < 10 { month + 3 } else { month - 9 };
    (era * 400 + year + u64::from(month_of_year <= 2), month_of_year, day_of_month)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::top::made_up;

    #[test]
    fn times_are_those_of_the_calendar() {
        assert_eq!(time(0), "19700101T000000Z");
        assert_eq!(time(951_782_399), "20000228T235959Z");
        assert_eq!(time(951_782_400), "20000229T000000Z");
        assert_eq!(time(1_709_251_199), "20240229T235959Z");
        assert_eq!(time(1_798_761_599), "20261231T235959Z");
        assert_eq!(time(4_107_542_400), "21000301T000000Z");
    }

    #[test]
    fn a_saved_reading_can_be_read_back_and_a_second_one_has_another_name() {
        let directory = tempfile::tempdir().unwrap();
        let snapshot = made_up::snapshot(5);
        let first = save(&snapshot, directory.path()).unwrap();
        let second = save(&snapshot, directory.path()).unwrap();
        assert_eq!(first.file_name().unwrap(), "heapmin-4242-20231114T221325Z.json");
        assert_eq!(second.file_name().unwrap(), "heapmin-4242-20231114T221325Z-2.json");
        let text = std::fs::read(&first).unwrap();
        assert_eq!(serde_json::from_slice::<Snapshot>(&text).unwrap(), snapshot);
    }

    #[test]
    fn a_directory_that_is_not_there_is_named() {
        let message = save(&made_up::snapshot(0), Path::new("/nonexistent")).unwrap_err();
        assert!(message.starts_with("cannot write /nonexistent/heapmin-4242-"), "{message}");
    }
}
