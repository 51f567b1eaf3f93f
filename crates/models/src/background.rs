//! The engine's `background`: its thread as it is; what it does in a round and what tells it of
//! pressure are played.

pub mod pressure;
pub mod rounds;
pub mod settings;
#[path = "../../engine/src/background/thread.rs"]
pub mod thread;

pub use thread::set_pressure;
