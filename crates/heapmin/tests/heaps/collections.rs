//! Collections that borrow or own a heap.

use crate::heap;
use allocator_api2::boxed::Box;
use allocator_api2::vec;
use allocator_api2::vec::Vec;
use heapmin::Heap;

#[test]
fn a_vector_grows_and_shrinks_in_its_heap() {
    let heap = heap();
    let mut numbers = Vec::new_in(&heap);
    numbers.extend(0..3_000_000u32);
    assert!(heap.statistics().live_bytes >= 12_000_000);
    numbers.truncate(1000);
    numbers.shrink_to_fit();
    assert!(heap.statistics().live_bytes < 16_000);
    assert!(numbers.iter().zip(0..).all(|(&found, number)| found == number));
    drop(numbers);
    assert_eq!(heap.statistics().live_blocks, 0);
}

#[test]
fn several_collections_share_a_heap() {
    let heap = heap();
    let mut lists: Vec<Vec<u64, &Heap>, &Heap> = Vec::new_in(&heap);
    for length in 0..300 {
        let mut list = vec![in &heap; 7u64; length];
        list.push(length as u64);
        lists.push(list);
    }
    let boxed = Box::new_in([1u8; 100], &heap);
    let slice: Box<[Vec<u64, &Heap>], &Heap> = lists.into_boxed_slice();
    for (length, list) in slice.iter().enumerate() {
        assert_eq!(list.len(), length + 1);
        assert_eq!(list[length], length as u64);
    }
    assert_eq!(heap.statistics().live_blocks, 302);
    drop((slice, boxed));
    assert_eq!(heap.statistics().live_blocks, 0);
}

#[test]
fn a_vector_may_own_its_heap_and_be_moved_with_it() {
    let mut numbers = Vec::new_in(heap());
    numbers.extend(0..1000u32);
    let moved = std::boxed::Box::new(numbers);
    let mut numbers = *moved;
    numbers.extend(1000..100_000);
    assert!(numbers.iter().zip(0..).all(|(&found, number)| found == number));
    assert_eq!(numbers.allocator().statistics().live_blocks, 1);
    let mut left = numbers.into_iter();
    assert_eq!(left.by_ref().take(10).sum::<u32>(), 45);
    drop(left);
}

#[test]
fn a_leaked_value_keeps_the_heap_that_it_owns() {
    let leaked: &'static mut [u32; 500] = Box::leak(Box::new_in([9; 500], heap()));
    // Others take memory meanwhile; the leaked heap isn't theirs.
    let others: std::vec::Vec<_> = (0..100).map(|_| Box::new_in([1u32; 500], heap())).collect();
    leaked[0] += others[0][0];
    assert_eq!(leaked.iter().sum::<u32>(), 4501);
}

#[test]
fn trait_objects_and_closures_live_in_heaps() {
    let heap = heap();
    let text = Box::new_in(std::string::String::from("closed over"), &heap);
    let closure = Box::new_in(move || text.len(), &heap);
    assert_eq!(closure(), 11);
    assert_eq!(heap.statistics().live_blocks, 2);
    drop(closure);
    assert_eq!(heap.statistics().live_blocks, 0);
}

#[test]
fn values_without_a_size_take_no_memory() {
    let heap = heap();
    let nothings = vec![in &heap; (); 1000];
    let empty: Vec<u64, &Heap> = Vec::new_in(&heap);
    assert_eq!((nothings.len(), empty.len()), (1000, 0));
    assert_eq!(heap.statistics().live_blocks, 0);
}
