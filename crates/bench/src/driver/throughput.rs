//! How fast blocks are replaced before the call and after it.

use std::mem::MaybeUninit;
use std::time::{Duration, Instant};

use crate::workload::block::{Block, free_slot};
use crate::workload::random::Random;

use super::conversation::stop;
use super::purge;
use super::sizes::Sizes;
use super::store::Store;
use super::task::Task;

/// Rates are taken of pieces of this length.
const PIECE: Duration = Duration::from_millis(250);
/// Larger blocks are not filled but written to once in each page.
const FILLED: u32 = 4096;

/// Replacements per second.
struct Rates {
    /// Of wall time, piece by piece.
    pieces: Vec<f64>,
    /// Of processor time, of all threads, over all pieces.
    processor: f64,
}

/// Builds, frees a random part, replaces blocks for `time`, calls, replaces again.
pub fn run(task: &Task, time: Duration) {
    let mut store = Store::build(task.sizes, task.bytes, 1);
    let freed = store.free_part(task.freed);
    let mut random = Random::new(5);
    replace(&mut store, task.sizes, &mut random, time / 4);
    let before = replace(&mut store, task.sizes, &mut random, time);
    stop("before", &store.live().told(freed));
    stop("after", &purge::timed().told());
    let after = replace(&mut store, task.sizes, &mut random, time);
    let rates = format!("\"rates\":{{\"before\":{},\"after\":{}}}", before.told(), after.told());
    stop("end", &rates);
}

/// A random block goes and another comes, until the time is over.
fn replace(store: &mut Store, sizes: Sizes, random: &mut Random, time: Duration) -> Rates {
    let slots = store.slots();
    let mut rates = Rates { pieces: Vec::new(), processor: 0.0 };
    let (start, busy) = (Instant::now(), processor_time());
    let mut all = 0u64;
    let mut mark = 0u32;
    while start.elapsed() < time && !slots.is_empty() {
        let piece = Instant::now();
        let mut count = 0u64;
        while piece.elapsed() < PIECE {
            for _ in 0..256 {
                let slot = &mut slots[random.below(slots.len() as u32) as usize];
                free_slot(slot);
                mark = mark.wrapping_add(1);
                let size = sizes.draw(random, 0, 0);
                let mut block = Block::new(size, mark);
                if size <= FILLED {
                    block.fill(0, mark as u8);
                } else {
                    block.touch(FILLED);
                }
                *slot = Some(block);
            }
            count += 256;
        }
        rates.pieces.push(count as f64 / piece.elapsed().as_secs_f64());
        all += count;
    }
    let busy = processor_time().saturating_sub(busy).as_secs_f64();
    if busy > 0.0 {
        rates.processor = all as f64 / busy;
    }
    rates
}

/// Processor time of all threads of this process.
fn processor_time() -> Duration {
    let mut time = MaybeUninit::<libc::timespec>::zeroed();
    // SAFETY: `time` is live for the call; zero is valid for its plain numbers.
    let time = unsafe {
        libc::clock_gettime(libc::CLOCK_PROCESS_CPUTIME_ID, time.as_mut_ptr());
        time.assume_init()
    };
    Duration::new(time.tv_sec as u64, time.tv_nsec as u32)
}

impl Rates {
    /// As a JSON object.
    fn told(&self) -> String {
        let pieces: Vec<String> = self.pieces.iter().map(|rate| format!("{rate:.0}")).collect();
        format!("{{\"pieces\":[{}],\"processor\":{:.0}}}", pieces.join(","), self.processor)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn replacing_keeps_the_number_of_blocks_and_tells_rates() {
        let mut store = Store::build(Sizes::Mixed, 1 << 20, 2);
        let blocks = store.live().blocks;
        let rates = replace(&mut store, Sizes::Mixed, &mut Random::new(1), PIECE);
        assert_eq!(store.live().blocks, blocks);
        assert!(!rates.pieces.is_empty() && rates.processor > 0.0);
        assert!(rates.told().starts_with("{\"pieces\":["));
        store.free_part(100);
    }
}
