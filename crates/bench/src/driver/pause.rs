//! How long the call holds up a thread that allocates.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::sleep;
use std::time::Duration;

use crate::workload::table::leak_apart;
use crate::workload::threads::start;

use super::conversation::stop;
use super::pacer::{Pacer, now};
use super::purge;
use super::store::Store;
use super::task::Task;

/// Builds, frees a random part, calls while another thread allocates. Told are the longest gaps of
/// that thread during the call, and in a time before it that is as long, or `lead` if that is less.
pub fn run(task: &Task, lead: Duration) {
    let mut store = Store::build(task.sizes, task.bytes, 1);
    let freed = store.free_part(task.freed);
    stop("before", &store.live().told(freed));
    let over: &'static AtomicBool = leak_apart(AtomicBool::new(false));
    let thread = start(leak_apart(Pacer::new(over)));
    // The first moments are those of its start.
    sleep(Duration::from_millis(100));
    let begin = now();
    sleep(lead);
    let from = now();
    let called = purge::timed();
    let to = now();
    // A gap that begins in the call ends after it.
    sleep(Duration::from_millis(20));
    over.store(true, Ordering::Relaxed);
    let pacer = thread.join();
    let during = pacer.longest(from, to);
    let before = pacer.longest(from.saturating_sub(to - from).max(begin), from);
    let pause = format!(
        "\"pause\":{{\"during\":{},\"during_own\":{},\"before\":{},\"before_own\":{}}}",
        during.any, during.own, before.any, before.own
    );
    stop("after", &format!("{},{pause}", called.told()));
    stop("end", &store.checked());
}
