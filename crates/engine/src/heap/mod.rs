//! A heap: which path an operation takes, large blocks, resizing, the gate, threads that come and
//! go, `fork`.

pub mod admit;
pub mod allocate;
pub mod claim;
pub mod counters;
pub mod decay;
pub mod demand;
pub mod exit;
pub mod fork;
pub mod free;
pub mod gate;
pub mod large;
pub mod layout;
pub mod record;
pub mod refusal;
pub mod registry;
pub mod resize;
pub mod sample;
pub mod slots;
pub mod units;
