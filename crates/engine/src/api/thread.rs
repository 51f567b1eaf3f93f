//! What the faces keep for each thread.

use crate::cache::slot::ThreadBlock;
use crate::heap::admit;
use core::cell::Cell;

pub use crate::cache::slot::OWNED_BLOCK;

/// The calling thread's words, zero at first, at the same place for the thread's life. Which of
/// them is whose, the faces say.
#[inline(always)]
pub fn face_words() -> &'static [Cell<usize>; 16] {
    &ThreadBlock::current().faces.0
}

/// Sees to it that the block in the word [`OWNED_BLOCK`] is freed when the thread ends. `false`: its
/// end goes unseen.
pub fn watch_end() -> bool {
    admit::end_is_watched(ThreadBlock::current())
}
