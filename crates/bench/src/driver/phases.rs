//! Heaps of different sizes that come and go, with rests between: what a program does that loads,
//! works and waits. What came together mostly goes together: groups of some 16 KiB stay or go.
//! Nothing is called until the last rest is over.

use std::thread::sleep;
use std::time::{Duration, Instant};

use super::conversation::{stop, tell_live};
use super::purge;
use super::sizes::Sizes;
use super::store::{Live, Store, free_all};
use super::task::Task;

/// The blocks of each phase but the last, which has the task's own.
const PHASES: [Sizes; 3] = [Sizes::Equal(48), Sizes::Equal(3000), Sizes::Equal(200_000)];

/// Each phase builds the task's bytes, frees its part, and rests up to the end of its period, so
/// that the phases of all processes begin at the same time.
pub fn run(task: &Task, period: Duration) {
    let start = Instant::now();
    let mut stores: Vec<Store> = Vec::with_capacity(PHASES.len() + 1);
    let mut live = 0;
    let mut freed = 0;
    tell_live(0);
    for (phase, sizes) in PHASES.into_iter().chain([task.sizes]).enumerate() {
        let mut store = Store::build_watched(sizes, task.bytes, phase as u64, |built| {
            tell_live(live + built);
        });
        live += store.live().asked;
        let chosen = store.split_off(task.freed, sizes.neighbours());
        for part in chosen.chunks_mut(chosen.len() / 20 + 1) {
            let bytes = free_all(part);
            (live, freed) = (live - bytes, freed + bytes);
            tell_live(live);
        }
        stores.push(store);
        sleep((start + period * (phase as u32 + 1)).saturating_duration_since(Instant::now()));
        tell_live(live);
    }
    let all = stores.iter().fold(Live::default(), |sum, store| sum.and(store.live()));
    stop("before", &all.told(freed));
    stop("after", &purge::timed().told());
    let checked: u64 = stores.iter().map(Store::check).sum();
    stop("end", &format!("\"checked\":{checked}"));
}
