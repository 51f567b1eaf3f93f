//! Is a heap's record what it was made to be?

use super::finding::{Finding, Wrong};
use crate::directory::UNIT;
use crate::heaps::HeapRecord;
use crate::memory::Fault;
use crate::model::outcome::DamageKind;
use crate::tables::{Kind, Tables};

/// `closed` of a heap that the program has locked, the highest.
const LOCKED: u32 = 2;

/// What is wrong with a record.
pub fn judge(tables: &Tables<'_>, heap: &HeapRecord) -> Result<Vec<Finding>, Fault> {
    let mut findings = Vec::new();
    let mut complain = |wrong, evidence: &[u8]| {
        findings.push(Finding {
            kind: DamageKind::Header,
            heap: heap.number,
            address: heap.address,
            bytes: u64::from(tables.directory().heap.bytes),
            wrong,
            evidence: evidence.to_vec(),
        });
    };
    if !heap.is_intact {
        let at = heap.address.wrapping_add(u64::from(tables.directory().heap.signature));
        let mut signature = [0; 8];
        tables.memory().read(at, &mut signature)?;
        complain(Wrong::Signature, &signature);
        // What else there is to say depends on it.
        return Ok(findings);
    }
    if heap.charged > heap.limit {
        complain(Wrong::Record("the bytes charged"), &heap.charged.to_le_bytes());
    }
    if heap.maximum != 0 && heap.sized {
        complain(Wrong::Record("the most bytes"), &heap.maximum.to_le_bytes());
    }
    if heap.closed > LOCKED {
        complain(Wrong::Record("its lock"), &heap.closed.to_le_bytes());
    }
    if heap.reserve.checked_shr(heap.beside).unwrap_or(0) != 0 {
        complain(Wrong::Record("the units beside it"), &heap.reserve.to_le_bytes());
    }
    if heap.first_span >= tables.end().max(1) {
        complain(Wrong::Record("its first slab"), &heap.first_span.to_le_bytes());
    }
    for (name, address) in [("its first cache", heap.caches), ("its shared cache", heap.shared)] {
        if address != 0 && !is_cache(tables, address)? {
            complain(Wrong::Record(name), &address.to_le_bytes());
        }
    }
    Ok(findings)
}

/// Whether a cache can be at an address: at the start of a unit of the engine's own.
pub fn is_cache(tables: &Tables<'_>, address: u64) -> Result<bool, Fault> {
    match tables.unit_of(address) {
        Some(unit) if address.is_multiple_of(UNIT) => {
            Ok(tables.kind(tables.entry(unit)?) == Kind::Engine)
        }
        _ => Ok(false),
    }
}
