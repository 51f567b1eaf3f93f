//! Threads that hand blocks around while others trim, count, fork, start and end: every block's
//! contents are checked wherever it goes. Short by default; `HEAPMIN_SOAK=1` runs for minutes.

#[path = "../kit/mod.rs"]
mod kit;

mod adoption;
mod children;
mod destruction;
mod hand_around;
mod lives;
mod watch;
