//! Runs of pages by the words of `/proc/PID/pagemap`, on systems that know no better.

use super::{REGION, Run};
use crate::memory::{Fault, bytes_of, read_file_at};
use crate::process;
use std::fs::File;
use std::ops::Range;

/// Words read at once: those of 64 MiB.
const WORDS: usize = 16 << 10;

const PRESENT: u64 = 1 << 63;
/// The number of the physical page; 0 to those who may not know it.
const FRAME: u64 = (1 << 55) - 1;
/// In `/proc/kpageflags`: part of a transparent huge page.
const TRANSPARENT_HUGE: u64 = 1 << 22;

pub(super) fn each(
    pagemap: &File,
    flags: Option<&File>,
    bytes: Range<u64>,
    visit: &mut dyn FnMut(Run),
) -> Result<(), Fault> {
    let page = rustix::param::page_size() as u64;
    let mut words = vec![0u64; WORDS];
    // At a region's start, so that none is cut.
    let mut at = bytes.start / REGION * REGION;
    while at < bytes.end {
        let count = (bytes.end - at).next_multiple_of(REGION).div_ceil(page).min(WORDS as u64);
        let words = &mut words[..count as usize];
        // What isn't there reads as if the file ended.
        words.fill(0);
        let is_read = read_file_at(pagemap, at / page * 8, bytes_of(words));
        if !is_read.map_err(process::fault_of)? {
            return Err(Fault::Gone);
        }
        for region in words.chunks((REGION / page).max(1) as usize) {
            let huge = huge(region, flags);
            runs(region, at, page, |run| {
                let run = run.start.max(bytes.start)..run.end.min(bytes.end);
                if !run.is_empty() {
                    visit(Run { bytes: run, huge });
                }
            });
            at += region.len() as u64 * page;
        }
    }
    Ok(())
}

fn runs(words: &[u64], start: u64, page: u64, mut visit: impl FnMut(Range<u64>)) {
    let mut from = None;
    let mut at = start;
    for word in words {
        match (word & PRESENT != 0, from) {
            (true, None) => from = Some(at),
            (false, Some(start)) => {
                visit(start..at);
                from = None;
            }
            _ => {}
        }
        at += page;
    }
    if let Some(start) = from {
        visit(start..at);
    }
}

/// Whether a region is a huge page: all of it is there, in one piece, and the system calls it so.
fn huge(words: &[u64], flags: Option<&File>) -> Option<bool> {
    if words.iter().any(|word| word & PRESENT == 0) {
        return Some(false);
    }
    let first = words.first()? & FRAME;
    if first == 0 {
        return None;
    }
    let in_one_piece = first.is_multiple_of(words.len() as u64)
        && (first..).zip(words).all(|(frame, word)| word & FRAME == frame);
    if !in_one_piece {
        return Some(false);
    }
    let mut flag = [0u64];
    let is_read = read_file_at(flags?, first * 8, bytes_of(&mut flag)).ok()?;
    is_read.then_some(flag[0] & TRANSPARENT_HUGE != 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_begin_and_end_where_pages_do() {
        let mut found = Vec::new();
        let words = [PRESENT, PRESENT | 5, 0, 7, PRESENT];
        runs(&words, 0x10_0000, 4096, |run| found.push(run));
        assert_eq!(found, [0x10_0000..0x10_2000, 0x10_4000..0x10_5000]);
    }

    #[test]
    fn a_region_with_a_hole_or_in_pieces_is_not_huge() {
        let mut words: Vec<u64> = (512..1024).map(|frame| PRESENT | frame).collect();
        assert_eq!(huge(&words, None), None);
        words[511] = PRESENT | 7;
        assert_eq!(huge(&words, None), Some(false));
        words[511] = 0;
        assert_eq!(huge(&words, None), Some(false));
        // Not told where the pages are.
        assert_eq!(huge(&[PRESENT; 512], None), None);
    }
}
