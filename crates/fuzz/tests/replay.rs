//! Programs from random bytes.

use heapmin_fuzz::{Target, random};

#[test]
fn programs_from_random_bytes_do_as_the_model_says() {
    for number in 0..100 {
        Target::Program.run(&random::input(number));
    }
}

#[test]
fn threads_from_random_bytes_do_as_the_model_says() {
    for number in 0..25 {
        Target::Threads.run(&random::input(number));
    }
}
