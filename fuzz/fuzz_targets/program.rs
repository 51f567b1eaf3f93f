//! Calls of the whole C API in one thread, compared with the model.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| heapmin_fuzz::Target::Program.run(bytes));
