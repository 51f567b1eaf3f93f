//! JSON: one document, or a stream with one value a line.

use std::io::Write;

use serde::Serialize;

use crate::failure::Failure;

/// Writes a document, indented, and a line's end.
pub fn document(out: &mut impl Write, value: &impl Serialize) -> Result<(), Failure> {
    serde_json::to_writer_pretty(&mut *out, value).map_err(std::io::Error::from)?;
    out.write_all(b"\n")?;
    Ok(())
}

/// Writes a value in one line, and passes it on at once.
pub fn line(out: &mut impl Write, value: &impl Serialize) -> Result<(), Failure> {
    serde_json::to_writer(&mut *out, value).map_err(std::io::Error::from)?;
    out.write_all(b"\n")?;
    out.flush()?;
    Ok(())
}
