//! When unused memory goes back by itself: what is set where, and whom it concerns.
//!
//! The settings are the process's, so this is one test.

use heapmin::{Decay, Heap, HeapOptions};

/// A time in milliseconds.
const fn after(milliseconds: u32) -> Decay {
    Decay::After { milliseconds }
}

#[test]
fn heaps_go_by_the_process_until_they_are_set() {
    let follower = Heap::new().expect("memory for a heap");
    let options = HeapOptions { decay: Some(after(70)), ..HeapOptions::default() };
    let own = Heap::with_options(options).expect("memory for a heap");
    let limited = Heap::with_maximum_size(1 << 20).expect("memory for a heap");
    for decay in [Decay::Never, Decay::AtOnce, after(1), after(5000), Decay::default()] {
        heapmin::set_decay(decay);
        assert_eq!(heapmin::decay(), decay);
        assert_eq!([follower.decay(), limited.decay(), own.decay()], [decay, decay, after(70)]);
        assert_eq!(Heap::new().expect("memory for a heap").decay(), decay);
    }
    for decay in [Decay::Never, Decay::AtOnce, after(1), after(9)] {
        follower.set_decay(decay);
        assert_eq!([follower.decay(), own.decay()], [decay, after(70)]);
        assert_eq!([limited.decay(), heapmin::decay()], [Decay::default(); 2]);
    }
    // Set to what the process has: a setting of its own all the same.
    follower.set_decay(Decay::default());
    heapmin::set_decay(Decay::Never);
    assert_eq!([follower.decay(), limited.decay()], [Decay::default(), Decay::Never]);
}
