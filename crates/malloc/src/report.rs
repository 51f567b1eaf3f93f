//! The table of memory use that `malloc_stats` and the report at exit share.

use crate::resident::Resident;
use crate::text::Text;
use heapmin_engine::{ClassStatistics, Statistics};

/// Cells of the longest bar.
const BAR: u64 = 24;

/// Writes the table line by line. `None`: the system doesn't say what is resident.
pub fn write(statistics: &Statistics, resident: Option<Resident>, line: &mut dyn FnMut(&Text)) {
    let mut live = size(statistics.live_bytes as u64);
    live.text(" in ").count(statistics.live_blocks as u64).text(" blocks");
    entry("live", &live, line);
    entry("peak live", &size(statistics.peak_live_bytes as u64), line);
    entry("heap resident", &size(statistics.resident_bytes as u64), line);
    entry("resident", &known(resident.map(|resident| resident.now)), line);
    entry("peak resident", &known(resident.map(|resident| resident.peak)), line);
    entry("given back", &size(statistics.returned_bytes), line);
    entry("allocations", &count(statistics.allocations), line);
    entry("frees", &count(statistics.frees), line);
    if statistics.allocations > 0 {
        by_size(statistics, line);
    }
}

fn entry(label: &str, value: &Text, line: &mut dyn FnMut(&Text)) {
    line(Text::new().text("  ").left(15, label).bytes(value.as_bytes()));
}

/// A row for each size class that was used, and one for the blocks too large for a class.
fn by_size(statistics: &Statistics, line: &mut dyn FnMut(&Text)) {
    let largest = statistics
        .classes
        .iter()
        .chain([&statistics.large])
        .fold(1, |largest, class| class.allocations.max(largest));
    line(Text::new().text("  block size      allocations            live"));
    for class in &statistics.classes {
        row(&size(class.block_size as u64), class, largest, line);
    }
    row(Text::new().text("large"), &statistics.large, largest, line);
}

fn row(label: &Text, class: &ClassStatistics, largest: u64, line: &mut dyn FnMut(&Text)) {
    if class.allocations == 0 {
        return;
    }
    // Rounded up, so that every row that is there shows.
    let cells = (u128::from(class.allocations) * u128::from(BAR)).div_ceil(u128::from(largest));
    line(
        Text::new()
            .text("  ")
            .right(10, label)
            .right(17, &count(class.allocations))
            .right(16, &count(class.live_blocks as u64))
            .text("  ")
            .repeat(b'#', cells as usize),
    );
}

fn size(bytes: u64) -> Text {
    *Text::new().size(bytes)
}

fn count(number: u64) -> Text {
    *Text::new().count(number)
}

fn known(bytes: Option<u64>) -> Text {
    match bytes {
        Some(bytes) => size(bytes),
        None => *Text::new().text("unknown (no /proc)"),
    }
}
