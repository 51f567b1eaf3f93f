//! Has processes trim their heaps, one after the other: `trim PID…`. With a number of milliseconds in
//! `EVERY`, again and again, until one of them can't be asked.

use heapmin_inspect::control::Unread;
use heapmin_inspect::{Error, Target};
use std::time::Duration;

fn main() -> Result<(), Error> {
    let pids: Vec<i32> = std::env::args()
        .skip(1)
        .map(|word| word.parse().expect("the number of a process"))
        .collect();
    let every = std::env::var("EVERY").ok();
    let pause = every.map(|word| word.parse().expect("a number of milliseconds"));
    loop {
        for &pid in &pids {
            let trim = Target::open(pid)?.trim_despite(Unread::Refuse)?;
            println!("{pid}: {} bytes came back", trim.trimmed.released);
        }
        match pause {
            None => return Ok(()),
            Some(milliseconds) => std::thread::sleep(Duration::from_millis(milliseconds)),
        }
    }
}
