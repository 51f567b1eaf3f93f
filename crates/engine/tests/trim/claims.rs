//! What is so of every report and every count.

use heapmin_engine::{Left, Trimmed};

/// What is so of every report, whatever else goes on.
#[track_caller]
pub fn sane(report: &Trimmed) {
    let Left { live, fragmented, cached, huge, metadata } = report.left;
    let sum =
        [live, fragmented, cached, huge, metadata].into_iter().try_fold(0usize, usize::checked_add);
    assert_eq!(sum, Some(report.resident_after), "the parts add up: {report:?}");
    let released = report.resident_before.saturating_sub(report.resident_after);
    assert_eq!(report.released, released, "{report:?}");
}

/// Whether two numbers of bytes differ by at most 2 %.
#[track_caller]
pub fn agree(what: &str, said: usize, found: usize) {
    let most = found / 50;
    assert!(said.abs_diff(found) <= most, "{what}: said {said}, found {found}");
}
