//! `_CrtMemDumpStatistics`.

use super::block::Type;
use super::checkpoint::State;
use super::invalid;
use super::report::{self, Kind};
use super::text::Text;
use heapmin_engine::os::fatal::Sentence;

fn label(kind: Type) -> &'static str {
    match kind {
        Type::Free => "Free",
        Type::Normal => "Normal",
        Type::Crt => "CRT",
        Type::Ignore => "Ignore",
        Type::Client => "Client",
    }
}

/// Reports a state: blocks and bytes by type, the most bytes in use at one time, and the bytes of
/// all allocations. NULL is an invalid parameter.
///
/// # Safety
/// The state is NULL or valid.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn _CrtMemDumpStatistics(state: *const State) {
    if state.is_null() {
        return invalid::raise("_CrtMemDumpStatistics", invalid::STATE);
    }
    // SAFETY: the caller's. Copied, because hooks may change it.
    let state = unsafe { state.read() };
    for kind in Type::ALL {
        let (blocks, bytes) = state.of(kind);
        let mut text = Text::new();
        text.number(bytes).text(" bytes in ").number(blocks).text(" ").text(label(kind));
        text.text(" Blocks.\n");
        report::send(Kind::Warning, &mut text);
    }
    let totals =
        [("Largest number used: ", state.most_in_use), ("Total allocations: ", state.allocated)];
    for (label, bytes) in totals {
        let mut text = Text::new();
        text.text(label).number(bytes).text(" bytes.\n");
        report::send(Kind::Warning, &mut text);
    }
}
