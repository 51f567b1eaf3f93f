//! False sharing, after Berger's cache-thrash and cache-scratch: whether two threads' blocks end
//! up in one cache line, where each write of one takes the line from the other.

use super::block::Raw;
use super::table::leak;
use super::threads::{Work, start};
use super::{Outcome, Scale, timed};

/// How often a thread adds one to each of its eight bytes before it frees them.
const WRITES: u64 = 100;

struct Writer {
    given: Option<Raw>,
    rounds: u64,
}

impl Work for Writer {
    fn run(&'static mut self) {
        if let Some(given) = self.given.take() {
            given.free();
        }
        for _ in 0..self.rounds {
            let mut word = Raw::word();
            word.clear();
            word.hammer(WRITES);
            word.free();
        }
    }
}

/// Active false sharing: does the heap give two threads neighbouring blocks?
pub fn thrash(scale: Scale) -> Outcome {
    let rounds = scale.of(1_200_000);
    run(rounds, || [None, None])
}

/// Passive false sharing: the main thread makes two neighbours and gives each thread one, which
/// frees it at once. Does the heap then give each thread its half of the shared line back?
pub fn scratch(scale: Scale) -> Outcome {
    let rounds = scale.of(1_200_000);
    run(rounds, || [Some(Raw::word()), Some(Raw::word())])
}

fn run(rounds: u64, given: impl FnOnce() -> [Option<Raw>; 2]) -> Outcome {
    timed(|| {
        let threads = given().map(|given| start(leak(Writer { given, rounds })));
        let _ = threads.map(|thread| thread.join());
        2 * rounds
    })
}
