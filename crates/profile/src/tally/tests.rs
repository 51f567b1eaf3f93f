//! Sums of made-up samples.

use super::*;

fn sample(id: u32, thread: u32, time: u64) -> Sample {
    Sample { id, thread, time, size: 64, weight: 1000, ..Sample::default() }
}

fn free(id: u32) -> Freed {
    Freed { id, ..Freed::default() }
}

fn of(tally: &Tally, node: u32) -> Amounts {
    tally.amounts().nth(node as usize).unwrap_or_default()
}

#[test]
fn a_sample_counts_until_it_is_freed() {
    let mut tally = Tally::default();
    tally.allocated(&sample(1, 7, 10), 3);
    tally.allocated(&sample(2, 7, 11), 3);
    let both = of(&tally, 3);
    assert_eq!((both.allocated_bytes, both.live_bytes, both.peak_bytes), (2000, 2000, 2000));
    assert_eq!((both.allocated_blocks, both.live_blocks), (31, 31));
    tally.freed(&free(1));
    let one = of(&tally, 3);
    assert_eq!((one.allocated_bytes, one.live_bytes, one.live_blocks), (2000, 1000, 16));
    assert_eq!((one.peak_bytes, one.peak_blocks), (2000, 31));
    tally.freed(&free(2));
    assert_eq!(of(&tally, 3).live_blocks, 0);
}

#[test]
fn the_peak_is_the_state_when_most_was_live() {
    // Against an account that copies everything at each new peak.
    let mut tally = Tally::default();
    let mut live = [0u64; 5];
    let (mut most, mut at_peak) = (0, live);
    let mut blocks: Vec<(u32, usize)> = Vec::new();
    let mut random = 12345u64;
    for id in 1..2000u32 {
        random = random.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        let grow = if (id / 300).is_multiple_of(2) { 11 } else { 4 };
        if random >> 60 < grow || blocks.is_empty() {
            let node = (random >> 33) as usize % 5;
            tally.allocated(&sample(id, 1, u64::from(id)), node as u32);
            blocks.push((id, node));
            live[node] += 1000;
        } else {
            let (freed, node) = blocks.swap_remove((random >> 20) as usize % blocks.len());
            tally.freed(&free(freed));
            live[node] -= 1000;
        }
        let sum: u64 = live.iter().sum();
        if sum > most {
            (most, at_peak) = (sum, live);
        }
    }
    let amounts: Vec<Amounts> = tally.amounts().collect();
    assert!(most > live.iter().sum());
    assert_eq!(amounts.iter().map(|a| a.peak_bytes).collect::<Vec<_>>(), at_peak);
    assert_eq!(amounts.iter().map(|a| a.live_bytes).collect::<Vec<_>>(), live);
}

#[test]
fn temporary_is_what_is_freed_before_the_next_sample_of_its_thread() {
    let mut tally = Tally::default();
    tally.allocated(&sample(1, 7, 10), 0);
    tally.allocated(&sample(2, 8, 11), 1);
    tally.freed(&free(1));
    tally.allocated(&sample(3, 8, 12), 1);
    tally.freed(&free(2));
    assert_eq!((of(&tally, 0).temporary_blocks, of(&tally, 1).temporary_blocks), (16, 0));
}

#[test]
fn a_free_that_comes_before_its_sample_is_not_forgotten() {
    let mut tally = Tally::default();
    tally.freed(&free(1));
    tally.allocated(&sample(1, 7, 10), 0);
    let amounts = of(&tally, 0);
    assert_eq!((amounts.allocated_bytes, amounts.live_bytes), (1000, 0));
    assert_eq!(amounts.temporary_blocks, 16);
}

#[test]
fn early_frees_are_bounded() {
    let mut tally = Tally::default();
    (0..3 * MAXIMUM_EARLY as u32).for_each(|id| tally.freed(&free(id)));
    assert_eq!((tally.early.len(), tally.early_order.len()), (MAXIMUM_EARLY, MAXIMUM_EARLY));
}

#[test]
fn the_live_set_is_put_right() {
    let mut tally = Tally::default();
    for id in 1..=4 {
        tally.allocated(&sample(id, 7, 10 * u64::from(id)), 0);
    }
    tally.set_live(&HashSet::from([2]), 35);
    let amounts = of(&tally, 0);
    assert_eq!((amounts.live_bytes, amounts.peak_bytes), (2000, 4000));
    tally.freed(&free(4));
    assert_eq!(of(&tally, 0).live_bytes, 1000);
}
