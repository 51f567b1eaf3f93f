//! Taking samples and frees out of the process's rings before they are overwritten.
//!
//! R1  a record is taken only if its sequence number is the expected one before and after copying
//! R2  a record that isn't complete yet is tried again the next time; it is lost once its place has
//!     been given to a later one

use crate::memory::Memory;
use heapmin_directory::profile::{BEING_WRITTEN, Freed, ProfileState, Sample};
use heapmin_inspect::Error;
use std::mem::{offset_of, size_of};

/// Most slots of either kind that are believed.
const MAXIMUM_SLOTS: u32 = 1 << 22;
/// Most bytes of a slot that are believed.
const MAXIMUM_SLOT_BYTES: u32 = 1 << 22;
/// Most bytes that are copied at once.
const MAXIMUM_COPY: usize = 4 << 20;
/// Bytes of a sample in its slot, in front of the stack.
pub const SAMPLE_BYTES: usize = size_of::<Sample>();
/// Bytes of a free.
pub const FREED_BYTES: usize = size_of::<Freed>();

/// The words of [`ProfileState`].
#[derive(Clone, Copy, Debug, Default)]
pub struct State {
    pub rate: u64,
    area: u64,
    slots: u32,
    slot_bytes: u32,
    free_slots: u32,
    samples: u64,
    frees: u64,
}

impl State {
    /// Reads them; `None` where they make no sense.
    pub fn read(memory: &dyn Memory, address: u64) -> Result<Option<Self>, Error> {
        let mut bytes = [0; size_of::<ProfileState>()];
        memory.read(address, &mut bytes)?;
        let long = |at| u64_at(&bytes, at);
        let short = |at| u32_at(&bytes, at);
        let state = Self {
            rate: long(offset_of!(ProfileState, rate)),
            area: long(offset_of!(ProfileState, area)),
            slots: short(offset_of!(ProfileState, slots)),
            slot_bytes: short(offset_of!(ProfileState, slot_bytes)),
            free_slots: short(offset_of!(ProfileState, free_slots)),
            samples: long(offset_of!(ProfileState, samples)),
            frees: long(offset_of!(ProfileState, frees)),
        };
        let there = state.area == 0
            || (state.slots.wrapping_sub(1) < MAXIMUM_SLOTS
                && state.free_slots.wrapping_sub(1) < MAXIMUM_SLOTS
                && state.slot_bytes as usize >= SAMPLE_BYTES
                && state.slot_bytes <= MAXIMUM_SLOT_BYTES
                && state.area.checked_add(state.area_bytes()).is_some());
        Ok(there.then_some(state))
    }

    fn area_bytes(&self) -> u64 {
        u64::from(self.slots) * u64::from(self.slot_bytes)
            + u64::from(self.free_slots) * FREED_BYTES as u64
    }
}

/// A sample with its copy of the stack.
pub struct Taken {
    pub sample: Sample,
    pub stack: Vec<u8>,
}

/// How far the rings were read.
#[derive(Debug, Default)]
pub struct Rings {
    begun: bool,
    samples: Cursor,
    frees: Cursor,
    /// Samples that had been overwritten before the first look.
    pub earlier_samples: u64,
}

/// How far one ring was read.
#[derive(Debug, Default)]
struct Cursor {
    /// Records before this one were taken, are lost, or are in `unfinished`.
    next: u64,
    /// Records that weren't complete.
    unfinished: Vec<u64>,
    lost: u64,
}

impl Cursor {
    /// The records that have to be looked at now, in their order, when so many were begun.
    fn due(&mut self, begun: u64, slots: u32) -> Vec<u64> {
        let oldest = begun.saturating_sub(u64::from(slots));
        let mut due = std::mem::take(&mut self.unfinished);
        let before = due.len();
        due.retain(|&n| n >= oldest);
        let overwritten = (before - due.len()) as u64 + oldest.saturating_sub(self.next);
        self.lost = self.lost.saturating_add(overwritten);
        let first = self.next.max(oldest);
        due.extend(first..begun.max(first));
        self.next = begun.max(first);
        due
    }

    /// Notes what became of a record that could not be taken: `found` is its sequence number now.
    fn missed(&mut self, n: u64, found: u64) {
        if found > n + 1 && found != BEING_WRITTEN {
            self.lost = self.lost.saturating_add(1);
        } else {
            self.unfinished.push(n);
        }
    }
}

impl Rings {
    /// Samples and frees that were overwritten before they were read.
    pub fn lost(&self) -> (u64, u64) {
        (self.samples.lost, self.frees.lost)
    }

    /// Samples and frees that will never be read if this was the last time.
    pub fn unfinished(&self) -> (u64, u64) {
        (self.samples.unfinished.len() as u64, self.frees.unfinished.len() as u64)
    }

    /// The frees since the last time. Read them before the samples: what is freed then was sampled
    /// before.
    pub fn take_frees(&mut self, memory: &dyn Memory, state: &State) -> Result<Vec<Freed>, Error> {
        self.begin(state);
        if state.area == 0 {
            return Ok(Vec::new());
        }
        let slots = u64::from(state.free_slots);
        let base = state.area + u64::from(state.slots) * u64::from(state.slot_bytes);
        let due = self.frees.due(state.frees, state.free_slots);
        let mut taken = Vec::with_capacity(due.len());
        for run in runs(&due, slots) {
            let address = base + run[0] % slots * FREED_BYTES as u64;
            let mut first = vec![0; run.len() * FREED_BYTES];
            memory.read(address, &mut first)?;
            // R1: the second copy has the sequence numbers of afterwards.
            let mut second = vec![0; first.len()];
            memory.read(address, &mut second)?;
            let records = first.chunks_exact(FREED_BYTES).zip(second.chunks_exact(FREED_BYTES));
            for (&n, (one, two)) in run.iter().zip(records) {
                let freed = freed(one);
                if freed.sequence == n + 1 && one == two {
                    taken.push(freed);
                } else {
                    self.frees.missed(n, u64_at(two, offset_of!(Freed, sequence)));
                }
            }
        }
        Ok(taken)
    }

    /// The samples since the last time.
    pub fn take_samples(
        &mut self,
        memory: &dyn Memory,
        state: &State,
        each: &mut dyn FnMut(Taken),
    ) -> Result<(), Error> {
        self.begin(state);
        if state.area == 0 {
            return Ok(());
        }
        let slot_bytes = state.slot_bytes as usize;
        let most = (MAXIMUM_COPY / slot_bytes).max(1);
        let due = self.samples.due(state.samples, state.slots);
        for run in runs(&due, u64::from(state.slots)).flat_map(|run| run.chunks(most)) {
            let first_slot = run[0] % u64::from(state.slots);
            let address = state.area + first_slot * u64::from(state.slot_bytes);
            let mut slots = vec![0; run.len() * slot_bytes];
            memory.read(address, &mut slots)?;
            // R1: the second copy has the sequence numbers of afterwards. One long read is faster than
            // many short ones: after each it is made sure that the process is still the same.
            let mut after = vec![0; slots.len()];
            memory.read(address, &mut after)?;
            let both = slots.chunks_exact(slot_bytes).zip(after.chunks_exact(slot_bytes));
            for (&n, (slot, after)) in run.iter().zip(both) {
                let sample = sample(slot);
                let after = u64_at(after, offset_of!(Sample, sequence));
                if sample.sequence == n + 1 && after == n + 1 {
                    let rest = &slot[SAMPLE_BYTES..];
                    let stack = &rest[..rest.len().min(sample.stack_bytes as usize)];
                    each(Taken { sample, stack: stack.to_vec() });
                } else {
                    self.samples.missed(n, after);
                }
            }
        }
        Ok(())
    }

    /// At the first look, what is no longer in the rings isn't lost: it was before.
    fn begin(&mut self, state: &State) {
        if !self.begun {
            self.begun = true;
            self.earlier_samples = state.samples;
            self.samples.next = state.samples.saturating_sub(u64::from(state.slots));
            self.frees.next = state.frees.saturating_sub(u64::from(state.free_slots));
        }
    }
}

/// Cuts numbers into runs whose records lie one behind the other in a ring of `slots`.
fn runs(numbers: &[u64], slots: u64) -> impl Iterator<Item = &[u64]> {
    numbers.chunk_by(move |&a, &b| b == a + 1 && b % slots != 0)
}

fn u64_at(bytes: &[u8], at: usize) -> u64 {
    bytes.get(at..).and_then(<[u8]>::first_chunk).map_or(0, |word| u64::from_le_bytes(*word))
}

fn u32_at(bytes: &[u8], at: usize) -> u32 {
    bytes.get(at..).and_then(<[u8]>::first_chunk).map_or(0, |word| u32::from_le_bytes(*word))
}

fn sample(bytes: &[u8]) -> Sample {
    let long = |at| u64_at(bytes, at);
    let short = |at| u32_at(bytes, at);
    let registers = offset_of!(Sample, registers);
    Sample {
        sequence: long(offset_of!(Sample, sequence)),
        time: long(offset_of!(Sample, time)),
        address: long(offset_of!(Sample, address)),
        size: long(offset_of!(Sample, size)),
        weight: long(offset_of!(Sample, weight)),
        id: short(offset_of!(Sample, id)),
        heap: short(offset_of!(Sample, heap)),
        thread: short(offset_of!(Sample, thread)),
        stack_bytes: short(offset_of!(Sample, stack_bytes)),
        registers: std::array::from_fn(|i| long(registers + 8 * i)),
    }
}

fn freed(bytes: &[u8]) -> Freed {
    Freed {
        sequence: u64_at(bytes, offset_of!(Freed, sequence)),
        time: u64_at(bytes, offset_of!(Freed, time)),
        id: u32_at(bytes, offset_of!(Freed, id)),
        reserved: 0,
    }
}

#[cfg(test)]
mod tests;
