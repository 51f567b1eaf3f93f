//! What happens when the library, or the program with the heap in it, is loaded.

use crate::{background, control, profile};

/// Runs before the program can have threads, with what `main` will get.
#[used]
#[unsafe(link_section = ".init_array")]
static AT_LOAD: extern "C" fn(i32, *const *const u8) = at_load;

extern "C" fn at_load(_: i32, arguments: *const *const u8) {
    // Only the GNU C library hands the arguments to whoever is loaded.
    if cfg!(target_env = "gnu") {
        profile::set_end_of_stack(arguments.addr());
    }
    background::prepare();
    control::prepare();
}
