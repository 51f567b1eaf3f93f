//! The one door to the system. Everything that differs between systems is behind the functions
//! re-exported here; a port is one more `imp` with the same signatures.
//!
//! Memory has three states, in the Win32 vocabulary: *reserved* (address space that nobody else
//! gets, inaccessible), *committed* (readable, writable, zero when fresh) and, after [`decommit`],
//! committed again with its pages given back (on Linux the next touch brings zero pages; a system
//! that needs an explicit second commit does it in [`commit`]).
//!
//! No function here changes `errno`, so that `free` never does.

pub mod fatal;
pub mod inject;
pub mod lock;

#[cfg(target_os = "linux")]
#[path = "linux/mod.rs"]
mod imp;

#[cfg(not(target_os = "linux"))]
compile_error!("heapmin has no OS layer for this system yet: add one beside os/linux");

pub use imp::clock::{nanoseconds, sleep, thread_nanoseconds};
pub use imp::descriptor;
pub use imp::environment::environment_at_load;
pub use imp::huge_pages::{
    HUGE_PAGE, HugePages, huge_pages, prefer_huge_pages, prefer_small_pages,
};
pub use imp::memory::{
    Pages, address_space_limit, allow_execution, allow_reading, clear, commit, decommit,
    decommit_many, move_pages, page_size, physical_memory, populate, recommit, release, reserve,
};
pub use imp::probe::{copy_readable, is_readable, random_word};
pub use imp::process::{
    abort, at_fork, is_first_thread, on_thread_exit, thread_id, watch_thread_exit, write_error,
};
pub use imp::residency::{resident_bytes, resident_pages};
pub use imp::rights::has_raised_rights;
pub use imp::sync::{
    barrier_all_threads, enable_barrier, look, wait, wait_at_most, wait_briefly, wake_all, wake_one,
};
pub use imp::thread::{
    BARE_POINTER_BYTES, BARE_STACK_BYTES, fits_bare_thread, introduce_bare_thread,
    keep_from_children, start_bare_thread, thread_offsets,
};
pub use imp::{thread_block, thread_token};
