//! Large blocks: header, map, tail.

use super::finding::{Finding, Wrong};
use super::scene::{Look, Scene};
use crate::directory::UNIT;
use crate::memory::Fault;
use crate::model::outcome::DamageKind;
use crate::tables::{Header, Kind};

/// Looks at the large block that starts at a unit.
pub fn look(scene: &Scene<'_>, unit: u32) -> Result<Look, Fault> {
    let tables = &scene.tables;
    if unit >= tables.end() {
        return Ok(Look::nothing());
    }
    let entry = tables.entry(unit)?;
    if tables.kind(entry) != Kind::LargeHead {
        return Ok(Look::nothing());
    }
    let header = tables.header(unit)?;
    let wrong = judge(scene, unit, &header)?;
    let start = tables.address(unit);
    let mut look = Look::default();
    match wrong {
        Some((wrong, evidence)) => look.findings.push(Finding {
            kind: DamageKind::Metadata,
            heap: header.heap,
            address: start,
            bytes: u64::from(header.units) * UNIT,
            wrong,
            evidence,
        }),
        None if scene.heaps.get(&header.heap).is_some_and(|heap| heap.sized) => {
            if let Some(Err(torn)) = scene.reader.large_tail(start, header.size)? {
                look.findings.push(Finding::tail(header.heap, start, header.size, &torn));
            }
        }
        None => {}
    }
    look.still = tables.entry(unit)? == entry && tables.header(unit)? == header;
    if !look.still {
        look.findings.clear();
    }
    Ok(look)
}

/// What is wrong with the header, or with the map beside it.
fn judge(scene: &Scene<'_>, unit: u32, header: &Header) -> Result<Option<(Wrong, Vec<u8>)>, Fault> {
    let tables = &scene.tables;
    let fits =
        header.units >= 1 && u64::from(unit) + u64::from(header.units) <= u64::from(tables.end());
    if !fits {
        return Ok(Some((Wrong::Units, header.units.to_le_bytes().to_vec())));
    }
    let page = rustix::param::page_size() as u64;
    let whole = u64::from(header.units) * UNIT;
    if header.size == 0 || header.size > whole || !header.size.is_multiple_of(page) {
        return Ok(Some((Wrong::LargeSize, header.size.to_le_bytes().to_vec())));
    }
    if !scene.heaps.contains_key(&header.heap) {
        return Ok(Some((Wrong::NoHeap, header.heap.to_le_bytes().to_vec())));
    }
    for body in unit + 1..unit + header.units {
        let entry = tables.entry(body)?;
        if tables.kind(entry) != Kind::LargeBody {
            return Ok(Some((Wrong::LargeBody, entry.0.to_le_bytes().to_vec())));
        }
    }
    Ok(None)
}
