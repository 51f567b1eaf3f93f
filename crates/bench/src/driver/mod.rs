//! The process whose memory is looked at: it builds blocks, frees some, and asks the allocator to
//! give back what is free.
//!
//! ```text
//!   runner ── task ──► [ start ] build [ peak ] free [ before ] call [ after ] check [ end ]
//! ```
//! At each stop in brackets it tells a line of JSON and waits for the runner, which reads
//! `/proc/PID/smaps` meanwhile: so nothing here allocates to look at its own memory, and a process
//! that is said to sleep really does. Pointers to blocks are in mappings of their own name, which
//! the runner leaves out.

mod conversation;
mod idle;
mod pacer;
mod pause;
mod phases;
mod purge;
mod remote;
mod sizes;
mod store;
mod task;
mod throughput;

pub use sizes::{Sizes, THREE};
pub use task::{Task, Work};

use conversation::stop;
use store::Store;

/// Does what the arguments of the process say.
pub fn run(arguments: &[&str]) -> Result<(), String> {
    let task = Task::parse(arguments)?;
    stop("start", &purge::name_told());
    match task.work {
        Work::Free => free(&task),
        Work::FreeElsewhere { threads } => remote::run(&task, threads),
        Work::Phases { period } => phases::run(&task, period),
        Work::Idle { threads } => idle::run(&task, threads),
        Work::Pause { lead } => pause::run(&task, lead),
        Work::Throughput { time } => throughput::run(&task, time),
    }
    Ok(())
}

/// Builds, frees a random part, calls.
fn free(task: &Task) {
    let mut store = Store::build(task.sizes, task.bytes, 1);
    stop("peak", "");
    let freed = store.free_part(task.freed);
    stop("before", &store.live().told(freed));
    stop("after", &purge::timed().told());
    stop("end", &store.checked());
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_task_that_is_none_is_refused() {
        let error = super::run(&["dance"]).expect_err("no task");
        assert!(error.contains("dance"), "{error}");
    }
}
