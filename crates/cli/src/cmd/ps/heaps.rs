//! The heaps of a process as a table.

use std::io::{self, Write};

use heapmin_inspect::model::snapshot::{Heap, Snapshot};

use crate::output::bytes::bytes;
use crate::output::table::{Side, Table};
use crate::output::visible::visible;

/// Writes it.
pub fn write(snapshot: &Snapshot, out: &mut impl Write) -> io::Result<()> {
    let mut table = Table::new(&[
        ("HEAP", Side::Right),
        ("LIVE", Side::Right),
        ("BLOCKS", Side::Right),
        ("COMMITTED", Side::Right),
        ("RESIDENT", Side::Right),
        ("RECLAIMABLE", Side::Right),
        ("FRAGMENTED", Side::Right),
        ("DECAY", Side::Left),
        ("NAME", Side::Left),
    ]);
    for heap in &snapshot.heaps {
        table.row([
            heap.number.to_string(),
            bytes(heap.live_bytes),
            heap.live_blocks.to_string(),
            bytes(heap.committed_bytes),
            bytes(heap.resident_bytes),
            bytes(heap.reclaimable_bytes),
            bytes(heap.fragmented_bytes),
            heap.decay.clone(),
            name(heap),
        ]);
    }
    table.write(out, None)
}

/// The name, with what is special about the heap.
fn name(heap: &Heap) -> String {
    let mut notes = Vec::new();
    if let Some(maximum) = heap.maximum_bytes {
        notes.push(format!("at most {}", bytes(maximum)));
    }
    if !heap.serialized {
        notes.push("not serialized".to_owned());
    }
    if heap.executable {
        notes.push("executable".to_owned());
    }
    if heap.locked {
        notes.push("locked".to_owned());
    }
    let name = visible(&heap.name);
    if notes.is_empty() { name.into_owned() } else { format!("{name} ({})", notes.join(", ")) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::made_up;

    #[test]
    fn each_heap_has_a_line() {
        let mut snapshot = made_up::snapshot();
        snapshot.heaps[1].maximum_bytes = Some(64 << 20);
        snapshot.heaps[1].serialized = false;
        let mut text = Vec::new();
        write(&snapshot, &mut text).unwrap();
        let text = String::from_utf8(text).unwrap();
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines.len(), 1 + snapshot.heaps.len());
        assert!(lines[1].ends_with("2000 ms  process"), "{text}");
        assert!(lines[2].ends_with("(at most 64 MiB, not serialized)"), "{text}");
    }
}
