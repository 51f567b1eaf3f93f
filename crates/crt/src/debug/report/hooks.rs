//! Report hooks: functions of the program's that see reports first.

use super::super::callback::{Callback, Function};
use super::super::invalid;
use super::super::text::Text;
use super::Kind;
use crate::errno;
use crate::side::Side;
use core::ffi::{c_char, c_int};
use core::{mem, ptr};
use heapmin_engine::os::lock::Lock;

/// `_CRT_REPORT_HOOK`: type, text, result; not zero: the report is done with.
pub type ReportHook = unsafe extern "C-unwind" fn(c_int, *mut c_char, *mut c_int) -> c_int;

// SAFETY: function pointers.
unsafe impl Function for ReportHook {}

/// Most different hooks that `_CrtSetReportHook2` keeps.
const MOST: usize = 64;
/// `_CRT_RPTHOOK_INSTALL`
const INSTALL: c_int = 0;
/// `_CRT_RPTHOOK_REMOVE`
const REMOVE: c_int = 1;

/// The hook of `_CrtSetReportHook`.
static HOOK: Callback<ReportHook> = Callback::none();
/// Those of `_CrtSetReportHook2`, the last installed first, with how often each was installed.
static HOOKS: Lock<[Option<(ReportHook, c_int)>; MOST]> = Lock::new([None; MOST]);

/// Shows a report to the hooks. `Some`: one of them dealt with it, with this result.
pub fn offer(kind: Kind, text: &mut Text) -> Option<c_int> {
    // Copied, because hooks may install and remove hooks.
    let hooks = *HOOKS.lock();
    let installed = hooks.into_iter().map_while(|entry| entry.map(|(hook, _)| hook));
    for hook in installed.chain(HOOK.get()) {
        let mut result = 0;
        // SAFETY: a hook that the program set may be called with what is documented for hooks; it
        // may change the text, but not make it longer.
        let done = unsafe { hook(kind.number(), text.as_c_string(), &mut result) };
        text.measure_again();
        if done != 0 {
            return Some(result);
        }
    }
    None
}

/// Sets the hook that sees reports, and returns the one before. NULL: none.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn _CrtSetReportHook(hook: Option<ReportHook>) -> Option<ReportHook> {
    HOOK.set(hook)
}

/// The hook set by `_CrtSetReportHook`.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn _CrtGetReportHook() -> Option<ReportHook> {
    HOOK.get()
}

/// Adds a hook before the others, or removes it. Returns how often it is installed now; -1: the
/// mode isn't known, there is no hook or it isn't installed (`EINVAL`), or 64 others are installed
/// (`ENOMEM`).
#[unsafe(no_mangle)]
pub extern "C-unwind" fn _CrtSetReportHook2(mode: c_int, hook: Option<ReportHook>) -> c_int {
    const NAME: &str = "_CrtSetReportHook2";
    let Some(hook) = hook else {
        invalid::raise(NAME, invalid::FUNCTION);
        return -1;
    };
    let code = match mode {
        INSTALL => match install(hook) {
            Some(count) => return count,
            None => errno::ENOMEM,
        },
        REMOVE => match remove(hook) {
            Some(count) => return count,
            None => errno::EINVAL,
        },
        _ => {
            invalid::raise(NAME, invalid::CHOICE);
            return -1;
        }
    };
    errno::set(Side::Program, code);
    -1
}

/// Puts a hook first. `None`: there are too many.
fn install(hook: ReportHook) -> Option<c_int> {
    let mut hooks = HOOKS.lock();
    let known = take_out(&mut hooks, hook);
    if known.is_none() && hooks.last().is_some_and(Option::is_some) {
        return None;
    }
    let count = known.unwrap_or(0).saturating_add(1);
    let mut carried = Some((hook, count));
    for entry in hooks.iter_mut() {
        mem::swap(entry, &mut carried);
    }
    Some(count)
}

/// Takes one installation of a hook back. `None`: it isn't installed.
fn remove(hook: ReportHook) -> Option<c_int> {
    let mut hooks = HOOKS.lock();
    let entry = hooks.iter_mut().flatten().find(|entry| is_same(entry.0, hook))?;
    entry.1 -= 1;
    let count = entry.1;
    if count == 0 {
        take_out(&mut hooks, hook);
    }
    Some(count)
}

/// Takes a hook out, closing the gap. Returns how often it was installed.
fn take_out(hooks: &mut [Option<(ReportHook, c_int)>; MOST], hook: ReportHook) -> Option<c_int> {
    let at = hooks.iter().position(|entry| entry.is_some_and(|entry| is_same(entry.0, hook)))?;
    let mut carried = None;
    for entry in hooks.iter_mut().skip(at).rev() {
        mem::swap(entry, &mut carried);
    }
    carried.map(|(_, count)| count)
}

fn is_same(one: ReportHook, other: ReportHook) -> bool {
    ptr::fn_addr_eq(one, other)
}
