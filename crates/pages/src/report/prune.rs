//! The call stacks as a page holds them: what is below a thousandth in every respect is put together
//! unless there is little else, and names stand once.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use heapmin_profile::{Amounts, Frame, Profile, Stack};
use serde::Serialize;

/// What a stack has to be a part of to be shown: one of so many.
const SMALLEST_PART: u64 = 1000;
/// So many are shown however small they are.
const FEWEST_STACKS: usize = 300;
/// Most stacks that are shown.
const MOST_STACKS: usize = 6000;
/// Most characters of a name: those of C++ can be longer than a page.
const LONGEST_NAME: usize = 400;

/// See the module.
#[derive(Debug, Serialize)]
pub struct Pruned {
    rate_bytes: u64,
    samples: u64,
    lost_frees: u64,
    earlier_samples: u64,
    peak_ms: u64,
    totals: [u64; 7],
    strings: Vec<String>,
    frames: Vec<ShownFrame>,
    stacks: Vec<(Vec<u32>, [u64; 7])>,
    /// How many stacks are not shown, and their sums.
    left_out: (usize, [u64; 7]),
    /// Modules without names of functions.
    nameless: Vec<String>,
}

/// Function, module and file as places in the strings; the line, 0 for none; 1 if inlined.
type ShownFrame = (u32, u32, u32, u32, u8);

/// Leaves out what is small.
pub fn prune(profile: &Profile) -> Pruned {
    let totals = &profile.totals;
    let mut stacks: Vec<&Stack> = profile.stacks.iter().collect();
    stacks.sort_by_key(|stack| std::cmp::Reverse(share(&stack.amounts, totals)));
    let shown = stacks
        .iter()
        .take(MOST_STACKS)
        .take_while(|stack| share(&stack.amounts, totals) >= PARTS / SMALLEST_PART)
        .count()
        .max(FEWEST_STACKS.min(stacks.len()));
    let (shown, others) = stacks.split_at(shown);
    let mut left_out = Amounts::default();
    others.iter().for_each(|stack| left_out.add(&stack.amounts));

    let mut names = Names::default();
    let shown = shown.iter().map(|stack| {
        let frames = stack.frames.iter().filter_map(|&index| {
            let frame = profile.frames.get(index as usize)?;
            Some(names.frame(index, frame))
        });
        (frames.collect(), numbers(&stack.amounts))
    });
    let stacks = shown.collect();
    let nameless = profile.modules.iter().filter(|module| !module.has_names);
    Pruned {
        rate_bytes: profile.rate_bytes,
        samples: profile.samples,
        lost_frees: profile.lost_frees,
        earlier_samples: profile.earlier_samples,
        peak_ms: profile.peak_ms,
        totals: numbers(totals),
        strings: names.strings,
        frames: names.frames,
        stacks,
        left_out: (others.len(), numbers(&left_out)),
        nameless: nameless.map(|module| module.path.clone()).collect(),
    }
}

/// The whole, as [`share`] counts.
const PARTS: u64 = 1_000_000;

/// The largest part that a stack has in any respect.
fn share(amounts: &Amounts, totals: &Amounts) -> u64 {
    let part =
        |of: u64, all: u64| (u128::from(of) * u128::from(PARTS) / u128::from(all.max(1))) as u64;
    part(amounts.allocated_bytes, totals.allocated_bytes)
        .max(part(amounts.live_bytes, totals.live_bytes))
        .max(part(amounts.peak_bytes, totals.peak_bytes))
        .max(part(amounts.temporary_blocks, totals.temporary_blocks))
}

/// In the order in which the page reads them.
fn numbers(amounts: &Amounts) -> [u64; 7] {
    [
        amounts.allocated_bytes,
        amounts.allocated_blocks,
        amounts.live_bytes,
        amounts.live_blocks,
        amounts.peak_bytes,
        amounts.peak_blocks,
        amounts.temporary_blocks,
    ]
}

#[derive(Default)]
struct Names {
    strings: Vec<String>,
    places: HashMap<String, u32>,
    frames: Vec<ShownFrame>,
    frame_places: HashMap<u32, u32>,
}

impl Names {
    /// The new place of a frame.
    fn frame(&mut self, index: u32, frame: &Frame) -> u32 {
        if let Some(&place) = self.frame_places.get(&index) {
            return place;
        }
        let function = self.string(&frame.function);
        let module = self.string(&frame.module);
        let file = self.string(frame.file.as_deref().unwrap_or(""));
        let shown = (function, module, file, frame.line.unwrap_or(0), u8::from(frame.inlined));
        let place = self.frames.len() as u32;
        self.frames.push(shown);
        self.frame_places.insert(index, place);
        place
    }

    fn string(&mut self, text: &str) -> u32 {
        let mut text: String = text.chars().take(LONGEST_NAME + 1).collect();
        if text.chars().count() > LONGEST_NAME {
            text.pop();
            text.push('…');
        }
        match self.places.entry(text) {
            Entry::Occupied(entry) => *entry.get(),
            Entry::Vacant(entry) => {
                let place = self.strings.len() as u32;
                self.strings.push(entry.key().clone());
                *entry.insert(place)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame(name: &str) -> Frame {
        Frame { function: name.to_owned(), module: "/bin/x".to_owned(), ..Frame::default() }
    }

    fn stack(frames: &[u32], bytes: u64) -> Stack {
        let amounts = Amounts { allocated_bytes: bytes, allocated_blocks: 1, ..Amounts::default() };
        Stack { frames: frames.to_vec(), amounts }
    }

    #[test]
    fn what_is_below_a_thousandth_is_put_together() {
        let mut stacks = vec![stack(&[1, 2], 1_000_000), stack(&[1], 1_100)];
        stacks.extend((0..500).map(|_| stack(&[0], 10)));
        let mut totals = Amounts::default();
        stacks.iter().for_each(|stack| totals.add(&stack.amounts));
        let long = "x".repeat(2000);
        let frames = vec![frame("small"), frame("a"), frame(&long)];
        let pruned = prune(&Profile { stacks, totals, frames, ..Profile::default() });
        assert_eq!(pruned.stacks.len(), FEWEST_STACKS);
        assert_eq!((pruned.left_out.0, pruned.left_out.1[0]), (202, 2020));
        assert_eq!(pruned.stacks[0].0, [0, 1]);
        assert_eq!(pruned.stacks[1].0, [0]);
        assert_eq!(pruned.frames.len(), 3);
        assert_eq!(pruned.strings.len(), 5, "a, the module, no file, the long one, and small");
        assert_eq!(pruned.strings[3].chars().count(), 401);
    }

    #[test]
    fn a_frame_that_is_not_there_is_no_harm() {
        let totals = Amounts { allocated_bytes: 5, ..Amounts::default() };
        let profile = Profile { stacks: vec![stack(&[7], 5)], totals, ..Profile::default() };
        assert!(prune(&profile).stacks[0].0.is_empty());
    }
}
