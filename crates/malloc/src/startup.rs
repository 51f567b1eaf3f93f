//! What happens when the library is loaded.

use crate::exit_report;
use heapmin_engine::process;

#[used]
#[unsafe(link_section = ".init_array")]
static AT_START: extern "C-unwind" fn() = at_start;

extern "C-unwind" fn at_start() {
    // The first allocation makes the engine register its hooks for fork and for the end of a
    // thread. Before main is the best time: `fork` runs the hooks of the program, which may
    // allocate, inside those that were registered before them.
    let block = process::allocate(0);
    // SAFETY: nobody else knows the block. It is live, so it can't be refused.
    let _ = unsafe { process::free(block) };
    exit_report::start();
}
