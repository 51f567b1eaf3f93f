//! Heaps whose blocks record the size asked for: against a model, seen by a walk, locked, forked,
//! trimmed, destroyed.

#[path = "../kit/mod.rs"]
mod kit;
#[allow(dead_code, reason = "what runs long is in the stress tests")]
#[path = "../stress/watch.rs"]
mod watch;

mod block;
mod child;
mod forks;
mod handles;
mod lives;
mod locks;
mod model;
mod threads;
mod twice;
mod walk;
mod world;

use std::sync::{Mutex, MutexGuard, PoisonError};

/// All heaps take memory from one pool, and all tests share the process heap: so one at a time.
fn alone() -> MutexGuard<'static, ()> {
    static ALONE: Mutex<()> = Mutex::new(());
    ALONE.lock().unwrap_or_else(PoisonError::into_inner)
}
