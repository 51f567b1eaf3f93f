//! What the environment says: how long unused memory stays, whether pressure is watched, and whether
//! allocations are sampled.

use super::pressure::number;
use crate::heap::decay::{Decay, OF_PROCESS};
use crate::os;
use crate::os::fatal::{Message, Sentence};
use crate::profile::{self, Lasting};
use core::cell::UnsafeCell;
use core::ffi::CStr;

const DECAY: &CStr = c"HEAPMIN_DECAY_MS";
const PRESSURE: &CStr = c"HEAPMIN_PRESSURE";
const SAMPLE: &CStr = c"HEAPMIN_SAMPLE";
const SAMPLE_PROCESS: &CStr = c"HEAPMIN_SAMPLE_PROCESS";

/// Variables that are needed later, when the program may have changed its environment.
const KEPT: [&CStr; 2] = [c"MEMORY_PRESSURE_WATCH", c"MEMORY_PRESSURE_WRITE"];
/// Longest value that is kept: a path.
const LONGEST: usize = 1024;

struct Value {
    bytes: [u8; LONGEST],
    /// `None`: the variable isn't set, or its value is too long to be one.
    length: Option<usize>,
}

struct Values(UnsafeCell<[Value; KEPT.len()]>);

// SAFETY: written once, while the library is being loaded and there is one thread.
unsafe impl Sync for Values {}

static VALUES: Values =
    Values(UnsafeCell::new([const { Value { bytes: [0; LONGEST], length: None } }; KEPT.len()]));

/// Reads the environment. Called once, while the library is being loaded. Whether pressure is to be
/// watched.
pub fn read() -> bool {
    if let Some(text) = os::environment_at_load(DECAY).filter(|text| !text.is_empty()) {
        match decay(text) {
            Some(decay) => OF_PROCESS.set(Some(decay)),
            None => complain(DECAY, text, "a number of milliseconds, 0 (at once) or never"),
        }
    }
    let wants = match os::environment_at_load(PRESSURE) {
        Some(b"1") => true,
        None | Some(b"" | b"0") => false,
        Some(text) => {
            complain(PRESSURE, text, "1 (on) or 0 (off)");
            false
        }
    };
    read_sampling();
    // SAFETY: nobody reads them yet.
    let values = unsafe { &mut *VALUES.0.get() };
    for (value, name) in values.iter_mut().zip(KEPT) {
        let text = os::environment_at_load(name);
        if let Some(text) = text.filter(|text| text.len() <= LONGEST) {
            for (to, from) in value.bytes.iter_mut().zip(text) {
                *to = *from;
            }
            value.length = Some(text.len());
        }
    }
    wants
}

/// Every process that inherits the variable samples, unless another one names the only one to do so.
fn read_sampling() {
    let Some(text) = os::environment_at_load(SAMPLE).filter(|text| !text.is_empty()) else {
        return;
    };
    let Some(bytes) = number(text) else {
        return complain(SAMPLE, text, "a number of bytes, or 0 (off)");
    };
    let only = os::environment_at_load(SAMPLE_PROCESS).filter(|text| !text.is_empty());
    // The thread that loads the heap is the first one, which has the process's number.
    if only.is_none_or(|text| number(text) == Some(u64::from(os::thread_id()))) {
        let lasting = if only.is_some() { Lasting::Ended } else { Lasting::Inherited };
        // Without memory for the samples there are none, as a reader sees.
        profile::set_rate(bytes, lasting);
    }
}

/// The value of one of [`KEPT`].
pub fn kept(name: &CStr) -> Option<&'static [u8]> {
    // SAFETY: they don't change any more.
    let values = unsafe { &*VALUES.0.get() };
    let (value, _) = values.iter().zip(KEPT).find(|(_, kept)| *kept == name)?;
    value.bytes.get(..value.length?)
}

fn decay(text: &[u8]) -> Option<Decay> {
    if text == b"never" {
        return Some(Decay::Never);
    }
    match u32::try_from(number(text)?).ok()? {
        0 => Some(Decay::AtOnce),
        milliseconds => Some(Decay::After { milliseconds }),
    }
}

/// Says that a value was not understood; the standard is used then.
#[cold]
fn complain(name: &CStr, value: &[u8], expected: &str) {
    let name = core::str::from_utf8(name.to_bytes()).unwrap_or_default();
    let value = core::str::from_utf8(value).unwrap_or("(not text)");
    let mut message = Message::begin();
    message
        .text(name)
        .text("=")
        .text(value)
        .text(" was not understood, so it is as if it were not set; ");
    message.text("it may be ").text(expected).say();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_decay_is_a_number_of_milliseconds_or_never() {
        assert_eq!(decay(b"never"), Some(Decay::Never));
        assert_eq!(decay(b"0"), Some(Decay::AtOnce));
        assert_eq!(decay(b"1500"), Some(Decay::After { milliseconds: 1500 }));
        for bad in [&b""[..], b"-1", b"1s", b" 1", b"99999999999", b"Never", b"0x10"] {
            assert_eq!(decay(bad), None, "{bad:?}");
        }
    }
}
