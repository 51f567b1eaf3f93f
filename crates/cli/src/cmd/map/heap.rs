//! Which heap is meant.

use heapmin_inspect::model::map::Map;
use heapmin_inspect::{Error, Target};

use crate::failure::Failure;

/// For clap: a heap's number, decimal, or its handle, hexadecimal with 0x.
pub fn number(word: &str) -> Result<u64, String> {
    let (digits, radix) = match word.strip_prefix("0x").or_else(|| word.strip_prefix("0X")) {
        Some(digits) => (digits, 16),
        None => (word, 10),
    };
    // `from_str_radix` would take a sign.
    let number = u64::from_str_radix(digits, radix).ok().filter(|_| !digits.starts_with('+'));
    number.ok_or_else(|| "it takes a heap's number, or its handle as 0x7f0c3a470000".to_owned())
}

/// The number of the heap that was asked for by number or handle.
pub fn resolve(target: &Target, map: &Map, asked: Option<u64>) -> Result<Option<u32>, Failure> {
    let Some(asked) = asked else {
        return Ok(None);
    };
    let by_number = map.heaps.iter().find(|(number, _)| u64::from(*number) == asked);
    if let Some((number, _)) = by_number {
        return Ok(Some(*number));
    }
    let snapshot = target.snapshot()?;
    let by_handle = snapshot.heaps.iter().find(|heap| heap.handle == asked && asked != 0);
    match by_handle {
        Some(heap) => Ok(Some(heap.number)),
        None => Err(Error::NoSuchHeap(map.process.pid, asked).into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn heaps_are_named_by_number_or_handle() {
        assert_eq!(number("7"), Ok(7));
        assert_eq!(number("0x7f0c3a470000"), Ok(0x7f0c_3a47_0000));
        for word in ["", "0x", "+7", "0x+7", "-1", "7g", "0x10000000000000000"] {
            assert!(number(word).is_err(), "{word}");
        }
    }
}
