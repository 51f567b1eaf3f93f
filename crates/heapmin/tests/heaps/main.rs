//! `Heap` under collections, threads and layouts, and what becomes of its memory.

mod collections;
mod layouts;
mod memory;
mod sharing;

use heapmin::Heap;

fn heap() -> Heap {
    Heap::new().expect("memory for a heap")
}
