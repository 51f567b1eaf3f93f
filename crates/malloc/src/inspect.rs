//! What the heap holds: `malloc_usable_size`, `mallinfo`, `mallinfo2`, `malloc_stats`,
//! `malloc_info`.

use crate::text::Text;
use crate::{errno, report, resident};
use core::ffi::{c_int, c_void};
use heapmin_engine::{Statistics, process, refuse_and_abort};

/// Bytes that the block's owner may use, at least what was asked for; 0 for a null pointer.
///
/// # Safety
/// `block` is null or a live block; anything else ends the process.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn malloc_usable_size(block: *mut c_void) -> usize {
    if block.is_null() {
        return 0;
    }
    match process::usable_size(block.cast()) {
        Ok(size) => size,
        Err(refusal) => refuse_and_abort("malloc_usable_size", refusal),
    }
}

/// The result of [`mallinfo2`]; field names as in `malloc.h`.
#[repr(C)]
pub struct Mallinfo2 {
    /// Bytes of slabs, free blocks included; large blocks apart.
    pub arena: usize,
    /// Free blocks; not counted, the bitmaps hold them.
    pub ordblks: usize,
    /// Free blocks in the fast bins of the GNU allocator, which aren't here.
    pub smblks: usize,
    /// Large blocks: those with a span of their own.
    pub hblks: usize,
    /// Bytes in large blocks.
    pub hblkhd: usize,
    /// Unused, always 0.
    pub usmblks: usize,
    /// Bytes in fast bins, which aren't here.
    pub fsmblks: usize,
    /// Bytes in live blocks, large blocks apart.
    pub uordblks: usize,
    /// Bytes of slabs in no live block.
    pub fordblks: usize,
    /// Bytes in memory beyond those in live blocks: about what `malloc_trim` looks through.
    pub keepcost: usize,
}

/// The result of [`mallinfo`]: the same in `int`s. What doesn't fit is shown as the largest.
#[repr(C)]
pub struct Mallinfo {
    pub arena: c_int,
    pub ordblks: c_int,
    pub smblks: c_int,
    pub hblks: c_int,
    pub hblkhd: c_int,
    pub usmblks: c_int,
    pub fsmblks: c_int,
    pub uordblks: c_int,
    pub fordblks: c_int,
    pub keepcost: c_int,
}

/// What the heap holds.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn mallinfo2() -> Mallinfo2 {
    let statistics = process::statistics();
    let arena = statistics.committed_bytes.saturating_sub(statistics.large.live_bytes);
    let live = statistics.live_bytes.saturating_sub(statistics.large.live_bytes);
    let free = arena.saturating_sub(live);
    let resident = statistics.resident_bytes.saturating_add(statistics.free_dirty_bytes);
    Mallinfo2 {
        arena,
        ordblks: 0,
        smblks: 0,
        hblks: statistics.large.live_blocks,
        hblkhd: statistics.large.live_bytes,
        usmblks: 0,
        fsmblks: 0,
        uordblks: live,
        fordblks: free,
        keepcost: resident.saturating_sub(statistics.live_bytes),
    }
}

/// What the heap holds, in `int`s.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn mallinfo() -> Mallinfo {
    let wide = mallinfo2();
    let narrow = |value: usize| c_int::try_from(value).unwrap_or(c_int::MAX);
    Mallinfo {
        arena: narrow(wide.arena),
        ordblks: narrow(wide.ordblks),
        smblks: narrow(wide.smblks),
        hblks: narrow(wide.hblks),
        hblkhd: narrow(wide.hblkhd),
        usmblks: narrow(wide.usmblks),
        fsmblks: narrow(wide.fsmblks),
        uordblks: narrow(wide.uordblks),
        fordblks: narrow(wide.fordblks),
        keepcost: narrow(wide.keepcost),
    }
}

/// A line to a stream of the C library; failures show in the stream's error flag.
///
/// # Safety
/// `stream` is an open stream.
unsafe fn put(stream: *mut libc::FILE, line: &Text) {
    let mut line = *line;
    let bytes = line.text("\n").as_bytes();
    // SAFETY: the bytes are valid for reading, the stream is open.
    unsafe { libc::fwrite(bytes.as_ptr().cast(), 1, bytes.len(), stream) };
}

/// Writes a table of memory use to `stderr`. Counts of operations are in it while they are kept,
/// see [`crate::exit_report`].
#[unsafe(no_mangle)]
pub extern "C-unwind" fn malloc_stats() {
    unsafe extern "C" {
        static stderr: *mut libc::FILE;
    }
    let statistics = process::statistics();
    let resident = resident::measure();
    // SAFETY: the program's standard error stream; programs may set the variable to another.
    let stream = unsafe { stderr };
    // SAFETY: an open stream.
    unsafe { put(stream, Text::new().text("heapmin:")) };
    report::write(&statistics, resident, &mut |line| {
        // SAFETY: an open stream.
        unsafe { put(stream, line) }
    });
}

/// Writes the state of the heap to a stream, as XML. The result is 0, or -1 with `EINVAL` if
/// `options` is not 0.
///
/// The elements that the GNU C library documents are there with its meanings (`total`, `system`,
/// `aspace`), for programs that add them up; in place of its lists of free chunks there is a
/// `class` for each size class in use, and `resident` is how much of `system` is in memory.
///
/// # Safety
/// `stream` is an open stream.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn malloc_info(options: c_int, stream: *mut libc::FILE) -> c_int {
    if options != 0 {
        errno::set(libc::EINVAL);
        return -1;
    }
    let statistics = process::statistics();
    write_xml(&statistics, &mut |line| {
        // SAFETY: the contract of this function.
        unsafe { put(stream, line) }
    });
    0
}

fn write_xml(statistics: &Statistics, line: &mut dyn FnMut(&Text)) {
    line(Text::new().text("<malloc version=\"1\">"));
    line(Text::new().text("<heap nr=\"0\">"));
    line(Text::new().text("<sizes>"));
    for class in &statistics.classes {
        if class.live_blocks > 0 {
            let mut text = Text::new();
            text.text("<class");
            attribute(&mut text, "size", class.block_size);
            attribute(&mut text, "live", class.live_blocks);
            attribute(&mut text, "slabs", class.slabs);
            line(text.text("/>"));
        }
    }
    line(Text::new().text("</sizes>"));
    summary(statistics, line);
    line(Text::new().text("</heap>"));
    summary(statistics, line);
    line(Text::new().text("</malloc>"));
}

/// The totals, which stand in the heap's element and, for all heaps, after it.
fn summary(statistics: &Statistics, line: &mut dyn FnMut(&Text)) {
    let held = statistics.committed_bytes;
    let free = held.saturating_sub(statistics.live_bytes);
    let mut element = |name: &str, kind: &str, count: Option<usize>, size: usize| {
        let mut text = Text::new();
        text.text("<").text(name).text(" type=\"").text(kind).text("\"");
        if let Some(count) = count {
            attribute(&mut text, "count", count);
        }
        attribute(&mut text, "size", size);
        line(text.text("/>"));
    };
    element("total", "fast", Some(0), 0);
    element("total", "rest", Some(0), free);
    element("total", "mmap", Some(statistics.large.live_blocks), statistics.large.live_bytes);
    element("system", "current", None, held);
    element("system", "max", None, held);
    element("resident", "current", None, statistics.resident_bytes);
    element("aspace", "total", None, statistics.mapped_bytes);
    element("aspace", "mprotect", None, held);
}

fn attribute(text: &mut Text, name: &str, value: usize) {
    text.text(" ").text(name).text("=\"").digits(value as u64).text("\"");
}
