//! The engine against a plain map of live blocks: random operations by two threads in turn, and by
//! several at once, on the process heap and on private ones.

#[path = "../kit/mod.rs"]
mod kit;

mod at_once;
mod in_turn;
mod op;
mod refusals;
mod sizes;
mod world;

use std::sync::{Mutex, MutexGuard, PoisonError};

/// All heaps take memory from one pool, and what a freed address is refused as depends on who has
/// it next. So tests that look at that run one at a time.
fn alone() -> MutexGuard<'static, ()> {
    static ALONE: Mutex<()> = Mutex::new(());
    ALONE.lock().unwrap_or_else(PoisonError::into_inner)
}
