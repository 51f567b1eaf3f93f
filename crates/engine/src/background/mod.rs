//! Giving back without being asked, also while the program sleeps.
//!
//! A thread of the engine's own looks after memory that is no longer used. It is started when some
//! MiB have been freed, and ends when there is nothing left to give back; so most programs never
//! have it, and none has it for long. Where no thread can be made, those that free memory do its
//! work now and then.
//!
//! | module | |
//! |---|---|
//! | `thread` | the thread: start, rounds, end; what a forked child knows of it |
//! | `rounds` | what is done in a round |
//! | `settings` | what the environment says |
//! | `pressure` | knowing when memory gets scarce |

mod pressure;
mod rounds;
mod settings;
mod thread;

pub use thread::set_pressure;

/// Does what the environment says. Called once, when the library is loaded.
pub fn prepare() {
    let wants_pressure = settings::read();
    thread::install();
    if wants_pressure {
        thread::ask_for_pressure();
    }
}
