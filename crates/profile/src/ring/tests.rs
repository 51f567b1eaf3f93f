//! Rings in made-up memory.

use super::*;
use std::cell::RefCell;

const STATE: u64 = 0x1000;
const AREA: u64 = 0x10000;
const SLOTS: u32 = 4;
const SLOT_BYTES: u32 = 256;
const FREE_SLOTS: u32 = 8;

/// A process of which only the rings exist. At each read from the first address of `change`, the word
/// at the second one is set behind the reader's back.
struct Made {
    bytes: RefCell<Vec<u8>>,
    change: RefCell<Option<(u64, u64, u64)>>,
}

impl Made {
    fn new() -> Self {
        let made = Self { bytes: RefCell::new(vec![0; 0x20000]), change: RefCell::new(None) };
        made.put(STATE + offset_of!(ProfileState, rate) as u64, &1000u64.to_le_bytes());
        made.put(STATE + offset_of!(ProfileState, area) as u64, &AREA.to_le_bytes());
        made.put(STATE + offset_of!(ProfileState, slots) as u64, &SLOTS.to_le_bytes());
        made.put(STATE + offset_of!(ProfileState, slot_bytes) as u64, &SLOT_BYTES.to_le_bytes());
        made.put(STATE + offset_of!(ProfileState, free_slots) as u64, &FREE_SLOTS.to_le_bytes());
        made
    }

    fn put(&self, address: u64, bytes: &[u8]) {
        let at = address as usize;
        self.bytes.borrow_mut()[at..at + bytes.len()].copy_from_slice(bytes);
    }

    fn slot(n: u64) -> u64 {
        AREA + n % u64::from(SLOTS) * u64::from(SLOT_BYTES)
    }

    /// Begins the n-th sample: counts it and takes its slot.
    fn begin_sample(&self, n: u64) {
        self.put(STATE + offset_of!(ProfileState, samples) as u64, &(n + 1).to_le_bytes());
        self.put(Self::slot(n), &BEING_WRITTEN.to_le_bytes());
    }

    fn complete_sample(&self, n: u64) {
        let slot = Self::slot(n);
        self.put(slot + offset_of!(Sample, id) as u64, &(n as u32 + 1).to_le_bytes());
        self.put(slot + offset_of!(Sample, stack_bytes) as u64, &16u32.to_le_bytes());
        self.put(slot + SAMPLE_BYTES as u64, &[n as u8; 16]);
        self.put(slot, &(n + 1).to_le_bytes());
    }

    fn sample(&self, n: u64) {
        self.begin_sample(n);
        self.complete_sample(n);
    }

    fn free(&self, n: u64, id: u32) {
        let base = AREA + u64::from(SLOTS * SLOT_BYTES);
        let slot = base + n % u64::from(FREE_SLOTS) * FREED_BYTES as u64;
        self.put(slot + offset_of!(Freed, id) as u64, &id.to_le_bytes());
        self.put(slot, &(n + 1).to_le_bytes());
        self.put(STATE + offset_of!(ProfileState, frees) as u64, &(n + 1).to_le_bytes());
    }

    fn take(&self, rings: &mut Rings) -> Vec<(u32, Vec<u8>)> {
        let state = State::read(self, STATE).expect("made").expect("sound");
        let mut taken = Vec::new();
        rings
            .take_samples(self, &state, &mut |one| taken.push((one.sample.id, one.stack)))
            .expect("made");
        taken
    }
}

impl Memory for Made {
    fn read(&self, address: u64, bytes: &mut [u8]) -> Result<(), Error> {
        let at = address as usize;
        let memory = self.bytes.borrow();
        bytes.copy_from_slice(memory.get(at..at + bytes.len()).ok_or(Error::Ended(1))?);
        drop(memory);
        if let Some((when, at, word)) = *self.change.borrow()
            && when == address
        {
            self.put(at, &word.to_le_bytes());
        }
        Ok(())
    }
}

#[test]
fn each_sample_is_taken_once_with_its_stack() {
    let (made, mut rings) = (Made::new(), Rings::default());
    assert!(made.take(&mut rings).is_empty());
    made.sample(0);
    made.sample(1);
    assert_eq!(made.take(&mut rings), [(1, vec![0; 16]), (2, vec![1; 16])]);
    assert!(made.take(&mut rings).is_empty());
    made.sample(2);
    assert_eq!(made.take(&mut rings), [(3, vec![2; 16])]);
    assert_eq!(rings.lost(), (0, 0));
}

#[test]
fn overwritten_samples_are_counted_as_lost() {
    let (made, mut rings) = (Made::new(), Rings::default());
    made.take(&mut rings);
    (0..10).for_each(|n| made.sample(n));
    let ids: Vec<u32> = made.take(&mut rings).into_iter().map(|(id, _)| id).collect();
    assert_eq!(ids, [7, 8, 9, 10]);
    assert_eq!(rings.lost(), (6, 0));
}

#[test]
fn what_was_before_the_first_look_is_not_lost() {
    let (made, mut rings) = (Made::new(), Rings::default());
    (0..10).for_each(|n| made.sample(n));
    assert_eq!(made.take(&mut rings).len(), 4);
    assert_eq!((rings.earlier_samples, rings.lost()), (10, (0, 0)));
}

#[test]
fn an_unfinished_sample_is_taken_when_it_is_complete() {
    let (made, mut rings) = (Made::new(), Rings::default());
    made.take(&mut rings);
    made.begin_sample(0);
    made.sample(1);
    assert_eq!(made.take(&mut rings), [(2, vec![1; 16])]);
    assert_eq!(rings.unfinished(), (1, 0));
    made.complete_sample(0);
    made.put(STATE + offset_of!(ProfileState, samples) as u64, &2u64.to_le_bytes());
    assert_eq!(made.take(&mut rings), [(1, vec![0; 16])]);
    assert_eq!((rings.unfinished(), rings.lost()), ((0, 0), (0, 0)));
}

#[test]
fn an_unfinished_sample_that_is_overwritten_is_lost() {
    let (made, mut rings) = (Made::new(), Rings::default());
    made.take(&mut rings);
    made.begin_sample(0);
    made.take(&mut rings);
    (1..5).for_each(|n| made.sample(n));
    assert_eq!(made.take(&mut rings).len(), 4);
    assert_eq!((rings.unfinished(), rings.lost()), ((0, 0), (1, 0)));
}

#[test]
fn a_sample_that_changes_while_it_is_copied_is_not_taken() {
    let (made, mut rings) = (Made::new(), Rings::default());
    made.take(&mut rings);
    made.sample(0);
    // The next sample in this slot is complete before the check.
    *made.change.borrow_mut() = Some((Made::slot(0), Made::slot(0), 5));
    assert!(made.take(&mut rings).is_empty());
    assert_eq!(rings.lost(), (1, 0));
}

#[test]
fn frees_come_once_and_lost_ones_are_counted() {
    let (made, mut rings) = (Made::new(), Rings::default());
    let take = |rings: &mut Rings| -> Vec<u32> {
        let state = State::read(&made, STATE).expect("made").expect("sound");
        rings.take_frees(&made, &state).expect("made").iter().map(|freed| freed.id).collect()
    };
    assert!(take(&mut rings).is_empty());
    (0..3).for_each(|n| made.free(n, 100 + n as u32));
    assert_eq!(take(&mut rings), [100, 101, 102]);
    (3..15).for_each(|n| made.free(n, 100 + n as u32));
    assert_eq!(take(&mut rings), (107..115).collect::<Vec<_>>());
    assert_eq!(rings.lost(), (0, 4));
}

#[test]
fn senseless_states_are_refused() {
    for (at, word) in [
        (offset_of!(ProfileState, slots), u32::MAX),
        (offset_of!(ProfileState, slots), 0),
        (offset_of!(ProfileState, slot_bytes), 8),
        (offset_of!(ProfileState, slot_bytes), u32::MAX),
        (offset_of!(ProfileState, free_slots), 0),
    ] {
        let made = Made::new();
        made.put(STATE + at as u64, &word.to_le_bytes());
        assert!(State::read(&made, STATE).expect("made").is_none(), "{at} {word}");
    }
    let made = Made::new();
    made.put(STATE + offset_of!(ProfileState, area) as u64, &u64::MAX.to_le_bytes());
    assert!(State::read(&made, STATE).expect("made").is_none());
}
