//! Rounds, played: a count of freed bytes stands for all memory, and every round finds old
//! whatever it sees.
//!
//! The count changes under a lock, as what it stands for does: slabs with the heap's gate, which a
//! round closes (`trim/subject.rs`), spans with the pool's lock (`heap/units.rs`, `span/purge.rs`).

use crate::base::atomic::{AtomicU64, Ordering};
use crate::heap::demand;
use crate::os::lock::Lock;
use crate::trim::Released;

/// Bytes that no round has seen.
static UNSEEN: AtomicU64 = AtomicU64::new(0);
/// Held by whoever changes it.
static HEAP: Lock<()> = Lock::new(());
/// Rounds done by threads of the program's own.
static IN_PLACE: AtomicU64 = AtomicU64::new(0);

/// Gives back all that it sees.
pub fn round() -> Released {
    demand::take();
    let heap = HEAP.lock();
    UNSEEN.store(0, Ordering::Relaxed);
    drop(heap);
    if !crate::bare_thread::is_current() {
        IN_PLACE.fetch_add(1, Ordering::Relaxed);
    }
    // Nothing is too young, and nobody waits for more.
    Released::default()
}

/// Any: time doesn't pass in a model.
pub fn period() -> u32 {
    500
}

/// Frees so many bytes; `tell` is told with the lock held how many no round has seen.
pub fn come_free(bytes: usize, tell: impl FnOnce(usize)) {
    let heap = HEAP.lock();
    let free = UNSEEN.load(Ordering::Relaxed) + bytes as u64;
    UNSEEN.store(free, Ordering::Relaxed);
    tell(free as usize);
    drop(heap);
}

/// Bytes that no round has seen.
pub fn unseen() -> u64 {
    UNSEEN.load(Ordering::Relaxed)
}

/// Rounds done by threads of the program's own.
pub fn done_in_place() -> u64 {
    IN_PLACE.load(Ordering::Relaxed)
}
