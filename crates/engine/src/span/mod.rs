//! Address space in units of 64 KiB: the window, the map of what each unit is, the headers of
//! spans (runs of units with one use), and the pool of free spans.

mod bins;
pub mod header;
pub mod map;
pub mod pool;
pub mod purge;
pub mod tables;
pub mod window;

pub use header::SpanHeader;
pub use map::Entry;
pub use pool::POOL;
pub use window::WINDOW;
