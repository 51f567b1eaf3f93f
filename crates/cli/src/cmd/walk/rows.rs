//! Comma-separated values. Addresses are hexadecimal; a cell that doesn't apply is empty.

use std::io;

use heapmin_inspect::Target;
use heapmin_inspect::model::entry::{Entry, EntryKind};
use serde::Serialize;

use crate::failure::Failure;
use crate::output::writer::Out;

/// A line.
#[derive(Serialize)]
struct Row {
    heap: u32,
    region: u8,
    kind: &'static str,
    address: Address,
    bytes: u64,
    overhead: u8,
    committed_bytes: Option<u64>,
    uncommitted_bytes: Option<u64>,
    first_block: Option<Address>,
    last_block: Option<Address>,
    moveable: Option<Address>,
    ddeshare: Option<bool>,
}

/// An address, shown as 0x7f0c3a470000.
struct Address(u64);

impl Serialize for Address {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&format_args!("{:#x}", self.0))
    }
}

impl From<&Entry> for Row {
    fn from(entry: &Entry) -> Self {
        let mut row = Self {
            heap: entry.heap,
            region: entry.region,
            kind: "",
            address: Address(entry.address),
            bytes: entry.bytes,
            overhead: entry.overhead,
            committed_bytes: None,
            uncommitted_bytes: None,
            first_block: None,
            last_block: None,
            moveable: None,
            ddeshare: None,
        };
        row.kind = match entry.kind {
            EntryKind::Region { committed_bytes, uncommitted_bytes, first_block, last_block } => {
                row.committed_bytes = Some(committed_bytes);
                row.uncommitted_bytes = Some(uncommitted_bytes);
                row.first_block = Some(Address(first_block));
                row.last_block = Some(Address(last_block));
                "region"
            }
            EntryKind::Uncommitted => "uncommitted",
            EntryKind::Busy { moveable, ddeshare } => {
                row.moveable = moveable.map(Address);
                row.ddeshare = Some(ddeshare);
                "busy"
            }
            EntryKind::Free => "free",
            EntryKind::Slack => "slack",
        };
        row
    }
}

/// Writes all elements.
pub fn write(target: &Target, heap: Option<u64>, out: &mut Out) -> Result<(), Failure> {
    let mut writer = csv::Writer::from_writer(OpenOut(out));
    let mut result = Ok(());
    let walked = target.walk(heap, &mut |entry| {
        result = writer.serialize(Row::from(entry)).map_err(io::Error::from);
        result.is_ok() && writer.get_ref().0.is_open()
    });
    result?;
    walked?;
    Ok(writer.flush()?)
}

/// What the writer of CSV writes to, at the buffer's pace.
struct OpenOut<'a>(&'a mut Out);

impl io::Write for OpenOut<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(entries: &[Entry]) -> String {
        let mut writer = csv::Writer::from_writer(Vec::new());
        for entry in entries {
            writer.serialize(Row::from(entry)).unwrap();
        }
        String::from_utf8(writer.into_inner().unwrap()).unwrap()
    }

    #[test]
    fn every_element_has_all_cells() {
        let entry =
            |kind| Entry { heap: 1, address: 0xab0, bytes: 5, overhead: 11, region: 2, kind };
        let region = EntryKind::Region {
            committed_bytes: 3,
            uncommitted_bytes: 4,
            first_block: 16,
            last_block: 32,
        };
        let busy = |moveable| EntryKind::Busy { moveable, ddeshare: moveable.is_some() };
        let entries =
            [entry(region), entry(busy(None)), entry(busy(Some(8))), entry(EntryKind::Free)];
        let expected = "heap,region,kind,address,bytes,overhead,committed_bytes,uncommitted_bytes,\
                        first_block,last_block,moveable,ddeshare\n\
                        1,2,region,0xab0,5,11,3,4,0x10,0x20,,\n\
                        1,2,busy,0xab0,5,11,,,,,,false\n\
                        1,2,busy,0xab0,5,11,,,,,0x8,true\n\
                        1,2,free,0xab0,5,11,,,,,,\n";
        assert_eq!(text(&entries), expected);
    }
}
