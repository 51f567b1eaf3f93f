//! Which code has taken memory: samples of a process's allocations, with their call stacks.
