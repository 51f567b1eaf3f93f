//! What a serving thread does. It is a bare thread: see `os/linux/thread.rs`.

use super::{THREAD_WORDS, validate};
use crate::base::units::UNIT;
use crate::profile::{self, Lasting};
use crate::{os, trim};
use core::sync::atomic::Ordering;
use heapmin_directory::MAJOR;
use heapmin_directory::control::{
    KEPT_MS, KIND_SAMPLE, KIND_TRIM, KIND_VALIDATE, Request, STATE_DONE, STATE_REFUSED,
    STATE_RUNNING, collected_place,
};

/// Milliseconds between two looks whether the results were collected.
const LOOK_MS: u32 = 10;

/// Serves the request at the start of a control block, and keeps the results for a while.
pub extern "C" fn heapmin_control_serve(request: &Request) {
    let block = core::ptr::from_ref(request).addr();
    let is_collected = || {
        let place = THREAD_WORDS.collected.get(collected_place(block as u64));
        // Freed: a later block may be at the same address.
        let (mine, free) = (block as u64, 0);
        place.is_none_or(|place| {
            place.compare_exchange(mine, free, Ordering::Relaxed, Ordering::Relaxed).is_ok()
        })
    };
    // It can have been said of an earlier block, too late.
    is_collected();
    os::introduce_bare_thread();
    // A forked child would have the block, and no thread to give it back.
    os::keep_from_children(block, UNIT);
    request.state.store(STATE_RUNNING, Ordering::Relaxed);
    let state = if perform(request).is_some() { STATE_DONE } else { STATE_REFUSED };
    request.state.store(state, Ordering::Release);
    let end = os::nanoseconds().saturating_add(KEPT_MS * 1_000_000);
    while !is_collected() && os::nanoseconds() < end {
        os::sleep(LOOK_MS * 1_000_000);
    }
}

/// `None`: it isn't known what is asked for.
fn perform(request: &Request) -> Option<()> {
    if request.major != u32::from(MAJOR) {
        return None;
    }
    match request.kind {
        KIND_TRIM => {
            let trimmed = trim::trim_all();
            let left = trimmed.left;
            let bytes = [
                trimmed.resident_before,
                trimmed.resident_after,
                trimmed.released,
                left.live,
                left.fragmented,
                left.cached,
                left.huge,
                left.metadata,
            ];
            answer(request, &bytes.map(|bytes| bytes as u64));
        }
        KIND_VALIDATE => answer(request, &validate::validate_all()),
        KIND_SAMPLE => answer(
            request,
            &[u64::from(profile::set_rate(request.argument, Lasting::EndedAndForsaken))],
        ),
        _ => return None,
    }
    Some(())
}

fn answer(request: &Request, results: &[u64]) {
    for (place, &result) in request.results.iter().zip(results) {
        place.store(result, Ordering::Relaxed);
    }
}
