//! Adding up: what was allocated at each node of the tree of stacks, what is live, and what was live
//! at the peak.
//!
//! T1  `live` of all nodes together is `live_bytes`
//! T2  a node whose `seen` is older than the latest peak had at that peak what it has now: nothing has
//!     changed there since. So a new peak costs nothing but counting `peaks` up

use crate::profile::Amounts;
use heapmin_directory::profile::{Freed, Sample};
use std::collections::{HashMap, HashSet, VecDeque};

/// Blocks are counted in these parts of one: a sample stands for a broken number of blocks.
const PARTS: u64 = 256;
/// Most frees that are kept for samples that are still to come.
const MAXIMUM_EARLY: usize = 1 << 16;

/// Sums of a node, blocks in [`PARTS`].
#[derive(Clone, Copy, Debug, Default)]
struct Sums {
    allocated: Pair,
    live: Pair,
    peak: Pair,
    temporary_parts: u64,
    /// The peak that `peak` is up to date with.
    seen: u64,
}

#[derive(Clone, Copy, Debug, Default)]
struct Pair {
    bytes: u64,
    parts: u64,
}

impl Pair {
    fn add(&mut self, other: Self) {
        self.bytes = self.bytes.saturating_add(other.bytes);
        self.parts = self.parts.saturating_add(other.parts);
    }

    fn subtract(&mut self, other: Self) {
        self.bytes = self.bytes.saturating_sub(other.bytes);
        self.parts = self.parts.saturating_sub(other.parts);
    }
}

/// A sampled block that is live.
#[derive(Clone, Copy, Debug)]
struct Live {
    node: u32,
    thread: u32,
    time: u64,
    amount: Pair,
}

/// See the module.
#[derive(Debug, Default)]
pub struct Tally {
    nodes: Vec<Sums>,
    live: HashMap<u32, Live>,
    live_bytes: u64,
    peak_bytes: u64,
    peaks: u64,
    /// The time of the latest peak.
    pub peak_time: u64,
    /// Samples so far.
    pub samples: u64,
    /// The last sample of each thread.
    last: HashMap<u32, u32>,
    /// Frees whose samples weren't seen, and their order.
    early: HashSet<u32>,
    early_order: VecDeque<u32>,
}

impl Tally {
    /// An allocation at a node.
    pub fn allocated(&mut self, sample: &Sample, node: u32) {
        self.samples += 1;
        let amount = Pair { bytes: sample.weight, parts: parts(sample) };
        let temporary = self.early.remove(&sample.id);
        let sums = self.node(node);
        sums.allocated.add(amount);
        if temporary {
            // It was freed before it was even seen.
            sums.temporary_parts = sums.temporary_parts.saturating_add(amount.parts);
            self.last.remove(&sample.thread);
            return;
        }
        sums.live.add(amount);
        self.live_bytes = self.live_bytes.saturating_add(amount.bytes);
        if self.live_bytes > self.peak_bytes {
            self.peak_bytes = self.live_bytes;
            self.peak_time = sample.time;
            self.peaks += 1;
        }
        let live = Live { node, thread: sample.thread, time: sample.time, amount };
        self.last.insert(sample.thread, sample.id);
        if let Some(replaced) = self.live.insert(sample.id, live) {
            // Its free was lost, and so many samples came that numbers began anew.
            self.dead(&replaced);
        }
    }

    /// A free.
    pub fn freed(&mut self, freed: &Freed) {
        let Some(live) = self.live.remove(&freed.id) else {
            self.early(freed.id);
            return;
        };
        if self.last.get(&live.thread) == Some(&freed.id) {
            let sums = self.node(live.node);
            sums.temporary_parts = sums.temporary_parts.saturating_add(live.amount.parts);
        }
        self.dead(&live);
    }

    /// Takes as freed what isn't among `ids`, of the samples before `time`.
    pub fn set_live(&mut self, ids: &HashSet<u32>, time: u64) {
        let dead: Vec<(u32, Live)> = self
            .live
            .iter()
            .filter(|(id, live)| live.time < time && !ids.contains(id))
            .map(|(&id, &live)| (id, live))
            .collect();
        for (id, live) in dead {
            self.live.remove(&id);
            self.dead(&live);
        }
    }

    /// What a node has, in the order of nodes; nodes behind the last one have nothing.
    pub fn amounts(&self) -> impl Iterator<Item = Amounts> {
        self.nodes.iter().map(|sums| {
            let peak = if sums.seen < self.peaks { sums.live } else { sums.peak };
            let blocks = |parts: u64| parts.saturating_add(PARTS / 2) / PARTS;
            Amounts {
                allocated_bytes: sums.allocated.bytes,
                allocated_blocks: blocks(sums.allocated.parts),
                live_bytes: sums.live.bytes,
                live_blocks: blocks(sums.live.parts),
                peak_bytes: peak.bytes,
                peak_blocks: blocks(peak.parts),
                temporary_blocks: blocks(sums.temporary_parts),
            }
        })
    }

    /// Takes a block out of the live ones.
    fn dead(&mut self, live: &Live) {
        self.node(live.node).live.subtract(live.amount);
        self.live_bytes = self.live_bytes.saturating_sub(live.amount.bytes);
    }

    /// The sums of a node, before they change (T2).
    fn node(&mut self, node: u32) -> &mut Sums {
        let place = node as usize;
        if self.nodes.len() <= place {
            self.nodes.resize(place + 1, Sums::default());
        }
        let sums = &mut self.nodes[place];
        if sums.seen < self.peaks {
            sums.peak = sums.live;
            sums.seen = self.peaks;
        }
        sums
    }

    /// Remembers a free whose sample may still come.
    fn early(&mut self, id: u32) {
        if self.early.insert(id) {
            self.early_order.push_back(id);
        }
        if self.early_order.len() > MAXIMUM_EARLY
            && let Some(oldest) = self.early_order.pop_front()
        {
            self.early.remove(&oldest);
        }
    }
}

/// The blocks that a sample stands for.
fn parts(sample: &Sample) -> u64 {
    let parts = u128::from(sample.weight) * u128::from(PARTS) / u128::from(sample.size.max(1));
    u64::try_from(parts).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests;
