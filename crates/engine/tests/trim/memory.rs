//! The process's memory as the system sees it: what of the heaps' is resident, and its threads.

use crate::kit::block::Block;
use crate::kit::random::Random;
use crate::kit::target::Target;
use heapmin_engine::exact::ExactHeap;
use std::fs;
use std::ops::Range;
use std::os::unix::fs::FileExt;
use std::os::unix::process::CommandExt;
use std::thread;
use std::time::{Duration, Instant};

pub const PAGE: usize = 4096;
pub const MIB: usize = 1 << 20;
/// The window is at least this long where address space isn't limited.
const SHORTEST_WINDOW: usize = 32 << 30;
/// What the window, and its tables before it, begin at a multiple of.
const WINDOW_ALIGNMENT: usize = 1 << 30;
/// How long a loaded machine may take on top of what is meant.
pub const PATIENCE: Duration = Duration::from_secs(6);

/// Keeps huge pages out of this process: then a page that was never touched isn't resident. The
/// process starts anew with that, since the engine may have asked already.
pub fn without_huge_pages() {
    // SAFETY: only asks.
    if unsafe { libc::prctl(libc::PR_GET_THP_DISABLE, 0, 0, 0, 0) } == 1 {
        return;
    }
    // SAFETY: changes nothing but a mark of the process, which a new program in it keeps.
    let done = unsafe { libc::prctl(libc::PR_SET_THP_DISABLE, 1, 0, 0, 0) };
    assert_eq!(done, 0, "huge pages can be switched off");
    let program = std::env::current_exe().expect("the test program knows its path");
    let failure = std::process::Command::new(program).args(std::env::args_os().skip(1)).exec();
    panic!("the test program doesn't start again: {failure}");
}

/// The mappings of the process, each with its resident bytes.
fn mappings() -> Vec<(Range<usize>, usize)> {
    let text = fs::read_to_string("/proc/self/smaps").expect("the mappings can be read");
    let mut found: Vec<(Range<usize>, usize)> = Vec::new();
    for line in text.lines() {
        let mut words = line.split_whitespace();
        match (words.next(), words.next()) {
            (Some("Rss:"), Some(size)) => {
                let size: usize = size.parse().expect("a size in KiB");
                found.last_mut().expect("a mapping before its size").1 = size << 10;
            }
            (Some(range), Some(_)) => {
                let bounds = range.split_once('-').map(|(start, end)| {
                    (usize::from_str_radix(start, 16), usize::from_str_radix(end, 16))
                });
                if let Some((Ok(start), Ok(end))) = bounds {
                    found.push((start..end, 0));
                }
            }
            _ => {}
        }
    }
    found
}

/// Where the first unit of the window is.
fn window() -> usize {
    ExactHeap::process().expect("a process heap").handle()
}

/// Bytes of all heaps' spans that are resident, free ones too.
pub fn of_spans() -> usize {
    let window = window()..window() + SHORTEST_WINDOW;
    let inside = |range: &Range<usize>| window.contains(&range.start);
    mappings().iter().filter(|(range, _)| inside(range)).map(|(_, resident)| resident).sum()
}

/// Bytes of the tables beside the window that are resident.
pub fn of_tables() -> usize {
    let window = window();
    let mut end = window;
    let mut sum = 0;
    let mappings = mappings();
    for (range, resident) in mappings.iter().rev().filter(|(range, _)| range.end <= window) {
        // The tables begin at such an address, and fill all up to the window.
        if range.end != end || (end != window && end.is_multiple_of(WINDOW_ALIGNMENT)) {
            break;
        }
        sum += resident;
        end = range.start;
    }
    sum
}

/// Bytes of the whole pages between two addresses that are resident.
pub fn present(range: Range<usize>) -> usize {
    const PRESENT: u64 = 1 << 63;
    let first = range.start.div_ceil(PAGE);
    let count = (range.end / PAGE).saturating_sub(first);
    let mut words = vec![0; count * size_of::<u64>()];
    let file = fs::File::open("/proc/self/pagemap").expect("the page map can be opened");
    file.read_exact_at(&mut words, (first * size_of::<u64>()) as u64).expect("the page map");
    let is_present =
        |word: &&[u8]| u64::from_ne_bytes((**word).try_into().expect("eight bytes")) & PRESENT != 0;
    words.chunks_exact(size_of::<u64>()).filter(is_present).count() * PAGE
}

/// Page faults of the process so far that needed no disk.
pub fn faults() -> usize {
    // SAFETY: an all-zero rusage is a valid value of this plain C struct.
    let mut usage: libc::rusage = unsafe { std::mem::zeroed() };
    // SAFETY: `usage` is valid for writing for the length of the call.
    assert_eq!(unsafe { libc::getrusage(libc::RUSAGE_SELF, &mut usage) }, 0);
    usage.ru_minflt as usize
}

/// The numbers of the process's threads.
pub fn threads() -> Vec<i32> {
    let entries = fs::read_dir("/proc/self/task").expect("the threads can be listed");
    let number = |name: std::ffi::OsString| name.to_str().and_then(|name| name.parse().ok());
    entries.flatten().filter_map(|entry| number(entry.file_name())).collect()
}

/// Waits until something holds; calls nothing of the engine itself.
pub fn holds_within(limit: Duration, mut holds: impl FnMut() -> bool) -> bool {
    let end = Instant::now() + limit;
    loop {
        if holds() {
            return true;
        }
        if Instant::now() > end {
            return false;
        }
        thread::sleep(Duration::from_millis(10));
    }
}

/// Waits until at most `bytes` of the spans are resident.
#[track_caller]
pub fn falls_to(bytes: usize, limit: Duration) {
    let fell = holds_within(limit, || of_spans() <= bytes);
    assert!(fell, "{} bytes are still resident after {limit:?}, not {bytes}", of_spans());
}

/// Sees that at least `bytes` of the spans stay resident for a time.
#[track_caller]
pub fn stays_above(bytes: usize, time: Duration) {
    let fell = holds_within(time, || of_spans() < bytes);
    assert!(!fell, "only {} bytes are still resident, of {bytes}", of_spans());
}

/// Blocks of one size, all touched, `bytes` together.
pub fn blocks(heap: Target, size: usize, bytes: usize) -> Vec<Block> {
    (0..bytes.div_ceil(size)).map(|seed| block(heap, size, seed as u64)).collect()
}

/// A block, touched.
#[track_caller]
pub fn block(heap: Target, size: usize, seed: u64) -> Block {
    Block::allocate(heap, size, 1, false, seed).expect("memory for a block")
}

/// The blocks in two parts: each one belongs to the first with a chance of one in `chance`.
pub fn parted(blocks: Vec<Block>, chance: usize, seed: u64) -> (Vec<Block>, Vec<Block>) {
    let mut random = Random::new(seed);
    blocks.into_iter().partition(|_| random.below(chance) == 0)
}

/// Frees blocks.
pub fn free(blocks: Vec<Block>) {
    blocks.into_iter().for_each(Block::free);
}
