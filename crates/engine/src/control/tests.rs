//! The serving side, on threads of the test's own. The borrowed thread is tested from outside, in the
//! package that asks.

extern crate std;

use super::serve::heapmin_control_serve;
use super::{THREAD_WORDS, prepare};
use crate::api::process;
use crate::base::units::UNIT;
use crate::os;
use core::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use heapmin_directory::MAJOR;
use heapmin_directory::control::{
    Frame, KIND_TRIM, KIND_VALIDATE, Request, STATE_ASKED, STATE_DONE, STATE_REFUSED,
    collected_place,
};
use std::thread;
use std::time::{Duration, Instant};

/// Has a request served. Returns its state and results.
fn served(major: u32, kind: u32) -> (u32, [u64; 16]) {
    let block = os::reserve(UNIT, UNIT).expect("there is room for a block");
    assert!(os::commit(block, UNIT, true));
    let place = core::ptr::with_exposed_provenance_mut::<Request>(block);
    let request = Request {
        major,
        kind,
        token: 1,
        argument: 0,
        state: AtomicU32::new(STATE_ASKED),
        reserved: 0,
        results: [const { AtomicU64::new(0) }; 16],
    };
    // SAFETY: the memory is the test's own, and as large as it takes.
    unsafe { place.write(request) };
    // SAFETY: just written; it stays mapped.
    let request: &'static Request = unsafe { &*place };
    let server = thread::spawn(|| heapmin_control_serve(request));
    let end = Instant::now() + Duration::from_secs(60);
    let state = loop {
        match request.state.load(Ordering::Acquire) {
            STATE_DONE => break STATE_DONE,
            STATE_REFUSED => break STATE_REFUSED,
            _ => assert!(Instant::now() < end, "there is no answer"),
        }
        thread::sleep(Duration::from_millis(1));
    };
    // Kept until it was collected.
    assert!(!server.is_finished());
    let collected = &THREAD_WORDS.collected[collected_place(block as u64)];
    collected.store(block as u64, Ordering::Relaxed);
    server.join().expect("it doesn't panic");
    assert_eq!(collected.load(Ordering::Relaxed), 0, "the place is free for the next");
    (state, core::array::from_fn(|index| request.results[index].load(Ordering::Relaxed)))
}

#[test]
fn a_trim_is_told_in_full() {
    let block = process::allocate(1 << 20);
    assert!(!block.is_null());
    let (state, results) = served(u32::from(MAJOR), KIND_TRIM);
    let [before, after, released, live, fragmented, cached, huge, metadata, ..] = results;
    assert_eq!(state, STATE_DONE);
    assert_eq!(released, before.saturating_sub(after));
    assert_eq!(live + fragmented + cached + huge + metadata, after);
    // SAFETY: it was allocated above and is freed once.
    assert!(unsafe { process::free(block) }.is_ok());
}

#[test]
fn sound_heaps_are_counted() {
    // Before the first allocation, if no other test was faster, and after it.
    for _ in 0..2 {
        let (state, results) = served(u32::from(MAJOR), KIND_VALIDATE);
        let [checked, _, damaged, ..] = results;
        assert_eq!((state, damaged), (STATE_DONE, 0));
        assert!(checked >= 2, "the process heap has two halves");
        let block = process::allocate(100);
        assert!(!block.is_null());
        // SAFETY: just allocated.
        assert!(unsafe { process::free(block) }.is_ok());
    }
}

#[test]
fn what_is_not_known_is_refused() {
    assert_eq!(served(u32::from(MAJOR), 77).0, STATE_REFUSED);
    assert_eq!(served(u32::from(MAJOR) + 1, KIND_TRIM).0, STATE_REFUSED);
}

#[test]
fn what_who_asks_has_to_know_is_there_after_loading() {
    prepare();
    let words = &THREAD_WORDS;
    assert_ne!(words.frames.load(Ordering::Acquire), 0);
    assert!(words.frame_bytes.load(Ordering::Relaxed) as usize >= size_of::<Frame>());
    let (mark, end) = (words.mark.load(Ordering::Relaxed), words.end.load(Ordering::Relaxed));
    assert!(0 < mark && mark < end && end < 4096, "{mark} {end}");
}
