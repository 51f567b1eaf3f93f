//! Programs from random bytes.

use heapmin_fuzz::{random, run};

#[test]
fn programs_from_random_bytes_do_as_the_model_says() {
    for number in 0..300 {
        run(&random::input(number));
    }
}
