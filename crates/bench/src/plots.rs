//! Plots.
use crate::tables::View;
pub fn draw(_: &View<'_>, _: &std::path::Path) -> anyhow::Result<()> { Ok(()) }
