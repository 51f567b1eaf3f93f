//! Signals that arrive while the allocator works.

use crate::harness::{c, rules};

rules! { c("signals.c") =>
    a_storm_of_signals_does_no_harm,
    a_handler_on_another_thread_allocates,
    a_fault_handler_allocates,
    a_handler_on_a_small_alternate_stack_allocates,
    threads_with_the_least_stack_allocate,
}
