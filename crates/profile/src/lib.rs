//! Which code has taken memory: samples of a process's allocations, with their call stacks.
//!
//! The heap of a process copies some of its allocations' stacks into a ring, unless nobody asked for
//! it ([`heapmin_directory::profile`]). This crate reads them from outside, finds the calls in them,
//! then the functions' names, and adds up.
//!
//! ```no_run
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! use heapmin_inspect::Target;
//! use heapmin_profile::{Measure, Recorder};
//!
//! let target = Target::open(4711)?;
//! target.sample(Some(512 << 10))?; // not if it was started with HEAPMIN_SAMPLE
//! let mut recorder = Recorder::new(&target)?;
//! while recorder.poll(&target).is_ok() {
//!     // At least every 100 ms: the rings are short.
//!     std::thread::sleep(std::time::Duration::from_millis(50));
//! }
//! let profile = recorder.finish();
//! for stack in profile.stacks.iter().take(10) {
//!     let innermost = stack.frames.first().map(|&frame| &profile.frames[frame as usize]);
//!     println!("{} {:?}", stack.amounts.live_bytes, innermost.map(|frame| &frame.function));
//! }
//! std::fs::write("heap.pb.gz", profile.to_pprof())?;
//! std::fs::write("heap.svg", profile.flame_graph(Measure::Live)?)?;
//! # Ok(())
//! # }
//! ```
//!
//! The order of calls:
//!
//! 1. `HEAPMIN_SAMPLE=BYTES` in the environment of a new program, or [`Target::sample`] for one that
//!    runs.
//! 2. [`Recorder::new`], as soon as there is a directory in the process.
//! 3. [`Recorder::poll`] every 50 to 100 ms. `Ended` and `Replaced` are the usual ends; what was
//!    recorded until then is intact. Other errors may pass: try again.
//! 4. At the end one more `poll`, while the process is stopped if that can be arranged (at its exit,
//!    the last samples and frees are still in the rings as long as its memory is there).
//! 5. If [`Recorder::lost_frees`]: look through the live blocks and call [`Recorder::set_live`].
//! 6. [`Target::sample`] with `None`, if it was switched on from outside. (Without a heartbeat, it ends
//!    by itself within ten seconds.)
//! 7. [`Recorder::finish`], for the [`Profile`]. The process may be gone by then. Takes up to seconds:
//!    debug information is read here.
//! 8. [`Profile::to_pprof`], [`Profile::to_collapsed`], [`Profile::flame_graph`], and JSON by serde.
//!
//! Sums are in [`Stack::amounts`] and, of all stacks, in [`Profile::totals`].
//!
//! | module | |
//! |---|---|
//! | `profile` | what was found |
//! | `recorder` | following a process |
//! | `ring` | taking samples from the process |
//! | `code` | the files that code is in, and from stacks to addresses |
//! | `tree`, `tally` | stacks, and what was allocated there |
//! | `symbols` | from addresses to names |
//! | `own` | which frames are the heap's own |
//! | `finish` | from a recording to a profile |
//! | `export` | the forms of other tools |
//!
//! [`Target::sample`]: heapmin_inspect::Target::sample

#![warn(missing_docs)]

mod code;
mod export;
mod finish;
mod memory;
mod own;
pub mod profile;
mod recorder;
mod ring;
mod symbols;
mod tally;
mod tree;

pub use export::FlameError;
pub use profile::{Amounts, Frame, Measure, Module, Profile, Stack};
pub use recorder::Recorder;
