//! `errno` stays as it is, whatever is given back.

use crate::kit::alone::in_own_process;
use crate::kit::target::Target;
use crate::memory::{MIB, PATIENCE, blocks, holds_within, threads};
use heapmin_engine::exact::ExactHeap;
use heapmin_engine::{Decay, process};

const MARK: i32 = 7777;

/// Runs something with `errno` marked, and sees the mark afterwards.
#[track_caller]
fn kept<T>(body: impl FnOnce() -> T) -> T {
    // SAFETY: the C library gives each thread its own errno at a fixed address.
    let error = unsafe { libc::__errno_location() };
    // SAFETY: as above.
    unsafe { error.write(MARK) };
    let result = body();
    // SAFETY: as above.
    assert_eq!(unsafe { error.read() }, MARK, "errno was changed");
    result
}

#[test]
fn trims_settings_and_frees_that_start_the_thread_leave_it() {
    in_own_process(
        "error_number::trims_settings_and_frees_that_start_the_thread_leave_it",
        &[],
        || {
            let before = threads();
            kept(|| process::set_decay(Decay::After { milliseconds: 100 }));
            kept(process::decay);
            let mut came = false;
            for _ in 0..20 {
                for block in blocks(Target::Process, MIB, 60 * MIB) {
                    let address = block.into_address();
                    // SAFETY: a live block that nobody uses any more.
                    assert_eq!(kept(|| unsafe { process::free(address) }), Ok(()));
                }
                came |= threads().len() > before.len();
            }
            assert!(came, "no thread was started");
            kept(process::trim);
            let heap = ExactHeap::process().expect("a process heap");
            kept(|| heap.trim());
            kept(|| heap.try_trim());
            kept(ExactHeap::trim_all);
            let private = Target::create();
            drop(blocks(private, 5000, 10 * MIB));
            kept(|| private.trim());
            // SAFETY: nobody uses the heap or its blocks any more.
            kept(|| unsafe { private.destroy() });
            kept(|| process::set_pressure(true));
            kept(|| process::set_pressure(false));
            assert!(holds_within(PATIENCE, || threads().len() <= before.len()));
        },
    );
}
