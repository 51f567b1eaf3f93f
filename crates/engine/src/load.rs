//! What happens when the library, or the program with the heap in it, is loaded.

use crate::{background, control};

/// Runs before the program can have threads.
#[used]
#[unsafe(link_section = ".init_array")]
static AT_LOAD: extern "C" fn() = at_load;

extern "C" fn at_load() {
    background::prepare();
    control::prepare();
}
