//! Heaps as values: collections with memory of their own, freed all at once.
//!
//! ```text
//! cargo run --release --example heap
//! ```

use allocator_api2::boxed::Box;
use allocator_api2::vec::Vec;
use heapmin::Heap;
use std::thread;

/// A tree that is never taken apart node by node.
struct Node<'heap> {
    value: u32,
    children: Vec<Box<Node<'heap>, &'heap Heap>, &'heap Heap>,
}

fn grow(heap: &Heap, depth: u32) -> Node<'_> {
    let mut children = Vec::new_in(heap);
    if depth > 0 {
        children.extend((0..4).map(|_| Box::new_in(grow(heap, depth - 1), heap)));
    }
    Node { value: depth, children }
}

fn sum(node: &Node<'_>) -> u32 {
    node.value + node.children.iter().map(|child| sum(child)).sum::<u32>()
}

fn main() -> Result<(), std::boxed::Box<dyn std::error::Error>> {
    let heap = Heap::new()?;

    // Threads may share a heap; none waits for another.
    let sums: std::vec::Vec<u32> = thread::scope(|scope| {
        let trees: std::vec::Vec<_> =
            (0..2).map(|_| scope.spawn(|| sum(&grow(&heap, 6)))).collect();
        trees.into_iter().map(|tree| tree.join().expect("a tree grows")).collect()
    });
    println!("sums: {sums:?}");

    // Without the destructors of its nodes, a tree is still freed: with its heap.
    let tree = std::mem::ManuallyDrop::new(grow(&heap, 6));
    println!("sum: {}, {} blocks in the heap", sum(&tree), heap.statistics().live_blocks);
    drop(heap);

    // A heap with a limit says no instead of taking all the memory there is.
    let small = Heap::with_maximum_size(1 << 20)?;
    let mut bytes: Vec<u8, &Heap> = Vec::new_in(&small);
    println!("100 KiB: {}", bytes.try_reserve(100 << 10).is_ok());
    println!("100 MiB: {}", bytes.try_reserve(100 << 20).is_ok());
    Ok(())
}
