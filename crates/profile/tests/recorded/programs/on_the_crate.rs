//! A program whose global allocator is the crate.

use std::hint::black_box;
use std::io::Write;

#[global_allocator]
static ALLOC: heapmin::Heapmin = heapmin::Heapmin;

#[derive(Default)]
struct Table<T> {
    rows: Vec<Vec<T>>,
}

impl<T: Clone + Default> Table<T> {
    #[inline(never)]
    fn fill(&mut self, count: usize) {
        for _ in 0..count {
            self.rows.push(black_box(vec![T::default(); 2048]));
        }
    }
}

#[inline(never)]
fn boxes(count: usize) -> Vec<Box<[u64; 512]>> {
    (0..count).map(|n| black_box(Box::new([n as u64; 512]))).collect()
}

fn line() {
    let mut line = String::new();
    std::io::stdin().read_line(&mut line).expect("there is an input");
}

fn main() {
    println!("ready");
    line();
    let mut table = Table::<u64>::default();
    table.fill(2000);
    println!("step");
    line();
    let boxes = boxes(4000);
    println!("done");
    std::io::stdout().flush().expect("there is an output");
    line();
    drop(black_box((table, boxes)));
}
