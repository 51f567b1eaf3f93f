//! Checking all heaps of a process by reading them: does everything that is known twice agree, and is
//! the end of every block that records its size whole?
//!
//! The process goes on meanwhile. So what seems to be wrong is looked at again and again, with
//! everything that it involves.
//!
//! | module | |
//! |---|---|
//! | `sweep` | the first look at everything |
//! | `scene` | looking at one thing |
//! | `record`, `lists`, `slab`, `stacks`, `large` | what has to agree |
//! | `threads` | whether all threads have gone on meanwhile |
//! | `settle` | looking again, until it is clear |
//! | `finding` | what seems to be wrong, and how it is told |

mod finding;
mod large;
mod lists;
mod record;
mod scene;
mod settle;
mod slab;
mod stacks;
mod sweep;
mod threads;

use crate::memory::Fault;
use crate::model::outcome::Checked;
use crate::tables::Tables;
use crate::target::Progress;
use scene::Scene;

/// Most damaged places that are told.
const MOST_DAMAGES: usize = 1000;

/// Checks all heaps of the process with this number.
pub(crate) fn check(
    pid: i32,
    tables: &Tables<'_>,
    progress: Progress<'_>,
) -> Result<Checked, Fault> {
    let scene = Scene::read(tables)?;
    let swept = sweep::sweep(&scene, &mut *progress)?;
    let heaps = scene.heaps.len() as u32;
    let mut checked = Checked { heaps, blocks: Some(swept.blocks), ..Checked::default() };
    if swept.stopped {
        checked.unsettled_units = u64::from(tables.end());
        return Ok(checked);
    }
    let mut settled = settle::settle(pid, tables, swept.suspects, progress)?;
    checked.unsettled_units = settled.unsettled;
    checked.stopped = settled.stopped;
    settled.damage.sort_by_key(|finding| finding.address);
    settled.damage.truncate(MOST_DAMAGES);
    let name =
        |number| scene.heaps.get(&number).map_or_else(|| "unknown".to_owned(), |heap| heap.name());
    checked.damages =
        settled.damage.iter().map(|finding| finding.damage(name(finding.heap))).collect();
    Ok(checked)
}
