//! Huge pages: what the system does, and what is asked of it.

use super::descriptor::{Access, Descriptor};
use super::keeping_errno;
use core::ffi::c_void;
use core::ptr;
use core::sync::atomic::{AtomicU32, Ordering};

/// Bytes in a huge page where pages have 4 KiB; with larger pages it is larger, too large to matter.
pub const HUGE_PAGE: usize = 2 << 20;

/// Which mappings the system gives huge pages to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HugePages {
    /// None.
    Never,
    /// Those that asked.
    Asked,
    /// All that are large enough.
    Always,
}

/// What the system says; asked once. Where it says nothing: what most systems do.
pub fn huge_pages() -> HugePages {
    const UNKNOWN: u32 = u32::MAX;
    static MODE: AtomicU32 = AtomicU32::new(UNKNOWN);
    let mode = match MODE.load(Ordering::Relaxed) {
        UNKNOWN => {
            let mode = ask() as u32;
            MODE.store(mode, Ordering::Relaxed);
            mode
        }
        mode => mode,
    };
    [HugePages::Never, HugePages::Asked]
        .into_iter()
        .find(|&m| m as u32 == mode)
        .unwrap_or(HugePages::Always)
}

fn ask() -> HugePages {
    // SAFETY: only asks.
    let disabled = keeping_errno(|| unsafe { libc::prctl(libc::PR_GET_THP_DISABLE, 0, 0, 0, 0) });
    if disabled > 0 {
        return HugePages::Never;
    }
    let mut text = [0u8; 64];
    let path = c"/sys/kernel/mm/transparent_hugepage/enabled";
    let Some(file) = Descriptor::open(path, Access::Read) else { return HugePages::Asked };
    file.read(&mut text);
    // The chosen word is in brackets.
    let chosen = text.split(|&byte| byte == b'[').nth(1).unwrap_or_default();
    if chosen.starts_with(b"always") {
        HugePages::Always
    } else if chosen.starts_with(b"never") {
        HugePages::Never
    } else {
        HugePages::Asked
    }
}

fn advise(address: usize, bytes: usize, advice: i32) {
    let start = ptr::without_provenance_mut::<c_void>(address);
    // SAFETY: advice on the caller's own range changes no contents.
    keeping_errno(|| unsafe { libc::madvise(start, bytes, advice) });
}

/// Asks for huge pages in a committed range; a hint, so a refusal doesn't matter.
pub fn prefer_huge_pages(address: usize, bytes: usize) {
    advise(address, bytes, libc::MADV_HUGEPAGE);
}

/// Asks for pages of the usual size: the system doesn't fill the holes of the range to make huge ones.
pub fn prefer_small_pages(address: usize, bytes: usize) {
    advise(address, bytes, libc::MADV_NOHUGEPAGE);
}
