//! Giving memory back: trims in the middle of everything else, memory that goes back by itself while
//! the program sleeps, the thread that does it, what reports and counts say; and no block loses a
//! byte by it.

#[path = "../exact/child.rs"]
mod child;
#[path = "../kit/mod.rs"]
mod kit;
#[allow(dead_code, reason = "what runs long is in the stress tests")]
#[path = "../stress/watch.rs"]
mod watch;

mod accounting;
mod asleep;
mod at_once;
mod at_work;
mod children;
mod claims;
mod destruction;
mod error_number;
mod locks;
mod memory;
mod pauses;
mod report;
mod settings;
mod signals;
mod thread;
