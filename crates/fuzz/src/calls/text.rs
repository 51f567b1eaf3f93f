//! Texts in buffers that may be too short, and the numbers that they are about.

use crate::abi::crt::{
    _get_doserrno, _get_errno, _set_doserrno, _set_errno, _strerror_s, _wcserror_s, EINVAL,
    strerror_s,
};
use crate::abi::native::{Damage, heapmin_damage_text};
use crate::told::{call, quietly};
use arbitrary::Arbitrary;
use std::ptr;

/// Filled into buffers before.
const UNTOUCHED: u8 = 0xCD;

/// A text.
#[derive(Arbitrary, Clone, Copy, Debug)]
pub enum Text {
    Message { number: i32, room: u8, null: bool },
    Wide { number: i32, room: u8 },
    LastError { words: [u8; 4], room: u8 },
    Damage { heap: usize, address: usize, size: usize, kind: i32, room: u8 },
    Numbers { errno: i32, doserrno: u32 },
}

/// Numbers near those that have messages, mostly.
fn near(number: i32) -> i32 {
    if number % 2 == 0 { number % 150 } else { number }
}

/// Writes a text into a buffer of exactly the size that is told.
#[track_caller]
pub fn write(text: Text) {
    match text {
        Text::Message { number, room, null } => {
            let mut buffer = vec![UNTOUCHED; usize::from(room % 100)];
            let place = if null { ptr::null_mut() } else { buffer.as_mut_ptr() };
            // SAFETY: the buffer has so much room, or is null.
            let (result, told) = call(|| unsafe { strerror_s(place, buffer.len(), near(number)) });
            if null || buffer.is_empty() {
                assert_eq!(result, EINVAL, "{text:?}");
                assert!(buffer.iter().all(|&byte| byte == UNTOUCHED), "{text:?}");
                return told.errno(EINVAL, 1);
            }
            told.nothing();
            assert_eq!(result, 0, "{text:?}");
            assert!(buffer.contains(&0), "a message without an end: {text:?}");
        }
        Text::Wide { number, room } => {
            let mut buffer = vec![u32::MAX; usize::from(room % 100) + 1];
            // SAFETY: the buffer has so much room.
            let result =
                quietly(|| unsafe { _wcserror_s(buffer.as_mut_ptr(), buffer.len(), near(number)) });
            assert_eq!(result, 0, "{text:?}");
            assert!(buffer.contains(&0), "a message without an end: {text:?}");
        }
        Text::LastError { words: [first, second, third, _], room } => {
            let words = [first, second, third, 0];
            let mut buffer = vec![UNTOUCHED; usize::from(room % 100) + 1];
            // SAFETY: the buffer has so much room, and the words end.
            let result = quietly(|| unsafe {
                _strerror_s(buffer.as_mut_ptr(), buffer.len(), words.as_ptr())
            });
            assert_eq!(result, 0, "{text:?}");
            assert!(buffer.contains(&0), "a message without an end: {text:?}");
        }
        Text::Damage { heap, address, size, kind, room } => {
            let damage =
                Damage { heap, address, size, kind: if kind % 2 == 0 { kind % 6 } else { kind } };
            let mut buffer = vec![UNTOUCHED; usize::from(room)];
            // SAFETY: the buffer has so much room.
            let length = quietly(|| unsafe {
                heapmin_damage_text(Some(&damage), buffer.as_mut_ptr(), buffer.len())
            });
            assert_ne!(length, 0, "no sentence for {damage:x?}");
            if let Some(end) = buffer.iter().position(|&byte| byte == 0) {
                assert_eq!(end, length.min(buffer.len() - 1), "{damage:x?}");
                assert!(buffer[end + 1..].iter().all(|&byte| byte == UNTOUCHED), "{damage:x?}");
            } else {
                assert!(buffer.is_empty(), "a sentence without an end: {damage:x?}");
            }
        }
        Text::Numbers { errno, doserrno } => numbers(errno, doserrno),
    }
}

/// errno and `_doserrno` hold any number.
#[track_caller]
fn numbers(errno: i32, doserrno: u32) {
    assert_eq!(_set_errno(errno), 0, "_set_errno");
    assert_eq!(_set_doserrno(doserrno), 0, "_set_doserrno");
    let (mut first, mut second) = (0, 0);
    assert_eq!(_get_errno(Some(&mut first)), 0, "_get_errno");
    assert_eq!(_get_doserrno(Some(&mut second)), 0, "_get_doserrno");
    assert_eq!((first, second), (errno, doserrno), "what was stored");
    let (result, told) = call(|| _get_errno(None));
    assert_eq!(result, EINVAL, "_get_errno(NULL)");
    told.errno(EINVAL, 1);
    let (result, told) = call(|| _get_doserrno(None));
    assert_eq!(result, EINVAL, "_get_doserrno(NULL)");
    told.errno(EINVAL, 1);
}
