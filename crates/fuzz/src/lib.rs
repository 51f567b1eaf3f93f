//! The model of the C functions, for fuzzing.
