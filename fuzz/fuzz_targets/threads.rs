//! Calls in several threads that share heaps, compared with the model.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| heapmin_fuzz::Target::Threads.run(bytes));
