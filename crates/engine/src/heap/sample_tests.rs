//! Samples: their sums are right, blocks that are samples are like others, and nothing is left of the
//! marks when sampling ends or stacks are emptied.

extern crate std;

use super::*;
use crate::api::exact::ExactHeap;
use crate::api::process;
use crate::base::size_class::class_of;
use crate::heap::large;
use crate::heap::registry::PROCESS;
use crate::inspect::validate::{IfLocked, validate};
use crate::profile::Lasting;
use crate::span::map::{self, Use};
use core::sync::atomic::Ordering;
use heapmin_directory::profile::{Freed, Sample};
use std::collections::BTreeSet;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::vec::Vec;
use std::{ptr, thread};

/// The rate and the rings are the process's: these tests run one after the other.
fn sampling(rate: u64) -> Sampling {
    static ALONE: Mutex<()> = Mutex::new(());
    let alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    assert!(profile::set_rate(rate, Lasting::Inherited));
    let first = profile::STATE.samples.load(Ordering::Relaxed);
    Sampling { _alone: alone, first, first_free: profile::STATE.frees.load(Ordering::Relaxed) }
}

struct Sampling {
    _alone: MutexGuard<'static, ()>,
    first: u64,
    first_free: u64,
}

impl Sampling {
    /// The samples since it began, oldest first; at most as many as the ring holds.
    fn samples(&self) -> Vec<Sample> {
        let state = &profile::STATE;
        let (area, slots) =
            (state.area.load(Ordering::Acquire), state.slots.load(Ordering::Relaxed));
        let bytes = u64::from(state.slot_bytes.load(Ordering::Relaxed));
        let all = self.first..state.samples.load(Ordering::Acquire);
        all.map(|number| {
            let slot = area + number % u64::from(slots) * bytes;
            // SAFETY: a slot of the ring, and nobody samples at the moment.
            let sample = unsafe { ptr::with_exposed_provenance::<Sample>(slot as usize).read() };
            assert_eq!(sample.sequence, number + 1, "the ring isn't overrun in these tests");
            sample
        })
        .collect()
    }

    fn frees(&self) -> Vec<Freed> {
        let state = &profile::STATE;
        let slots = u64::from(state.slots.load(Ordering::Relaxed));
        let start = state.area.load(Ordering::Acquire)
            + slots * u64::from(state.slot_bytes.load(Ordering::Relaxed));
        let all = self.first_free..state.frees.load(Ordering::Acquire);
        all.map(|number| {
            let index = number % u64::from(state.free_slots.load(Ordering::Relaxed));
            let slot = start + index * size_of::<Freed>() as u64;
            // SAFETY: as above.
            unsafe { ptr::with_exposed_provenance::<Freed>(slot as usize).read() }
        })
        .collect()
    }

    fn end(&self) {
        assert!(profile::set_rate(0, Lasting::Inherited));
    }
}

impl Drop for Sampling {
    fn drop(&mut self) {
        self.end();
    }
}

fn free(block: *mut u8) {
    // SAFETY: each block is freed once, by who allocated it.
    unsafe { process::free(block) }.expect("a live block");
}

/// Allocates so many blocks, filled with a byte of their own.
fn blocks(count: usize, size: usize) -> Vec<*mut u8> {
    (0..count)
        .map(|index| {
            let block = process::allocate(size);
            assert!(!block.is_null());
            // SAFETY: the block has so many bytes.
            unsafe { block.write_bytes(index as u8, size) };
            block
        })
        .collect()
}

#[test]
fn sums_of_samples_are_what_was_allocated() {
    for size in [16, 100, 3000, 32 << 10, 200_000] {
        // About 200 samples: the deviation is 7 % of the sum.
        let total = 200 * 65_536;
        let sampling = sampling(65_536);
        let all = blocks(total / size, size);
        sampling.end();
        let sum: u64 = sampling.samples().iter().map(|sample| sample.weight).sum();
        let each = class_of(size).map_or_else(|| large::usable(size), |class| class.size());
        let taken = (total / size * each) as f64;
        let ratio = sum as f64 / taken;
        assert!((0.7..1.3).contains(&ratio), "{size}: {ratio}");
        all.into_iter().for_each(free);
    }
}

#[test]
fn blocks_taken_and_given_back_in_turn_are_sampled_as_often_as_others() {
    let sampling = sampling(65_536);
    let count = 200 * 65_536 / 112;
    for _ in 0..count {
        free(process::allocate(112));
    }
    sampling.end();
    let samples = sampling.samples().len();
    assert!((140..260).contains(&samples), "{samples} samples instead of 200");
    assert_eq!(sampling.frees().len(), samples);
}

#[test]
fn a_free_names_its_sample() {
    let sampling = sampling(4096);
    let all = blocks(500, 1000);
    let samples: BTreeSet<u32> = sampling.samples().iter().map(|sample| sample.id).collect();
    assert!(samples.len() > 50);
    assert!(sampling.frees().is_empty());
    all.into_iter().for_each(free);
    let freed: BTreeSet<u32> = sampling.frees().iter().map(|freed| freed.id).collect();
    assert_eq!(samples, freed);
}

#[test]
fn the_header_of_a_live_sample_has_its_number() {
    let sampling = sampling(4096);
    let all = blocks(500, 1000);
    for sample in sampling.samples() {
        let unit = WINDOW.unit(sample.address as usize);
        assert_eq!(map::entry(unit).usage(), Use::LargeHead);
        assert_eq!(WINDOW.header(unit).sample().get(), sample.id);
    }
    all.into_iter().for_each(free);
}

#[test]
fn samples_are_blocks_like_others() {
    let _sampling = sampling(1024);
    let all = blocks(3000, 700);
    for (index, &block) in all.iter().enumerate() {
        // SAFETY: the block has so many bytes.
        let bytes = unsafe { core::slice::from_raw_parts(block, 700) };
        assert!(bytes.iter().all(|&byte| byte == index as u8));
        assert!(process::usable_size(block).expect("a live block") >= 700);
    }
    let grown: Vec<_> = all
        .into_iter()
        // SAFETY: only the new address is used from now on.
        .map(|block| unsafe { process::reallocate(block, 900) }.expect("a live block"))
        .collect();
    for (index, &block) in grown.iter().enumerate() {
        // SAFETY: the block has more bytes.
        let bytes = unsafe { core::slice::from_raw_parts(block, 700) };
        assert!(bytes.iter().all(|&byte| byte == index as u8));
        free(block);
    }
    for align in [16, 64, 4096, 1 << 16, 1 << 20] {
        let block = process::allocate_aligned_zeroed(300, align);
        assert!(block.addr().is_multiple_of(align));
        // SAFETY: the block has so many bytes.
        assert!(unsafe { core::slice::from_raw_parts(block, 300) }.iter().all(|&byte| byte == 0));
        free(block);
    }
}

#[test]
fn blocks_that_record_their_size_do_so_as_samples_too() {
    let sampling = sampling(16_384);
    let heap = ExactHeap::create(Default::default()).expect("memory for a heap");
    let all: Vec<_> = (0..2000).map(|size| (heap.allocate_plain(size), size)).collect();
    assert!(sampling.samples().len() > 50);
    for &(block, size) in &all {
        assert_eq!(heap.size(block), Ok(size));
    }
    assert_eq!(heap.validate(), None);
    for (block, _) in all {
        // SAFETY: freed once.
        unsafe { heap.free(block, false) }.expect("a live block");
    }
    // SAFETY: nobody uses it any more.
    assert!(unsafe { heap.destroy() });
}

#[test]
fn checks_and_trims_find_every_block_while_there_are_marks() {
    let sampling = sampling(2048);
    let mut held: Vec<*mut u8> = Vec::new();
    for round in 0..60 {
        for size in [16, 48, 112, 1000, 5000] {
            held.extend(blocks(20, size));
            for _ in 0..10 {
                free(held.swap_remove(round * 7919 % held.len()));
            }
        }
        assert_eq!(validate(&PROCESS, IfLocked::Wait), None, "in round {round}");
        if round % 10 == 9 {
            process::trim();
        }
    }
    sampling.end();
    held.into_iter().for_each(free);
    assert_eq!(validate(&PROCESS, IfLocked::Wait), None);
}

#[test]
fn nothing_is_noted_any_more_once_it_is_off() {
    let sampling = sampling(1024);
    blocks(100, 100).into_iter().for_each(free);
    sampling.end();
    let before = sampling.samples().len();
    blocks(10_000, 100).into_iter().for_each(free);
    assert_eq!(sampling.samples().len(), before);
    assert_eq!(validate(&PROCESS, IfLocked::Wait), None);
}

#[test]
fn threads_sample_at_the_same_time() {
    let sampling = sampling(65_536);
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                for _ in 0..40 {
                    blocks(50, 1000).into_iter().for_each(free);
                }
            });
        }
    });
    sampling.end();
    let samples = sampling.samples();
    assert!(samples.iter().all(|sample| sample.stack_bytes > 0 && sample.thread != 0));
    // 8,000 blocks of 1,024 bytes: 125.
    assert!((70..190).contains(&samples.len()), "{}", samples.len());
}

#[test]
fn a_stack_begins_with_what_the_stack_pointer_points_to() {
    let sampling = sampling(1024);
    let local = 0x5EED_5EED_5EED_5EEDu64;
    let all = blocks(200, 500);
    let place = std::hint::black_box(&raw const local).addr() as u64;
    let sample = sampling.samples().pop().expect("a sample");
    let (pointer, bytes) = (sample.registers[1], u64::from(sample.stack_bytes));
    assert!(pointer < place && place + 8 <= pointer + bytes, "{pointer:#x} {bytes} {place:#x}");
    all.into_iter().for_each(free);
}

#[test]
fn a_forked_child_can_sample_whatever_other_threads_were_doing() {
    let _sampling = sampling(1024);
    blocks(200, 500).into_iter().for_each(free);
    let (held, is_held) = std::sync::mpsc::channel();
    thread::scope(|scope| {
        scope.spawn(move || {
            // As a thread in a heap that isn't serialised, which no fork waits for.
            let rest = REST.lock();
            held.send(()).expect("somebody waits");
            thread::sleep(std::time::Duration::from_millis(200));
            drop(rest);
        });
        is_held.recv().expect("it has the lock");
        // SAFETY: the child takes a lock of the engine's, and ends.
        let child = unsafe { libc::fork() };
        if child == 0 {
            // SAFETY: ends this process, by a signal if the lock never comes.
            unsafe { libc::alarm(5) };
            drop(REST.lock());
            // SAFETY: as above.
            unsafe { libc::_exit(0) };
        }
        let mut status = 0;
        // SAFETY: the child is ours.
        assert_eq!(unsafe { libc::waitpid(child, &mut status, 0) }, child);
        assert_eq!(status, 0);
    });
}
