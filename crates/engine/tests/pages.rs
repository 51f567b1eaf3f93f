//! Systems with pages of 16 and 64 KiB: the engine asks for the size at run time, and everything that
//! it gives to the system or takes from it is whole pages.
//!
//! The machine that runs the tests has its own page size, so the engine is told a larger one: then
//! each of its calls is about multiples of it, which the system accepts as well. A test needs a
//! process of its own, because the size is asked once: each starts itself again.

use heapmin_engine::{os, process};
use std::env;
use std::process::Command;

/// Says to the test in its own process which page size it is for.
const ASKED: &str = "HEAPMIN_TEST_PAGE_SIZE";

/// Runs the test of this name again in a process of its own with pages of `bytes`.
fn with_pages_of(bytes: usize, test: &str) {
    if env::var_os(ASKED).is_some() {
        os::inject::pretend_page_size(bytes);
        assert_eq!(os::page_size(), bytes, "the engine sees the page size that it was told");
        work_of_all_kinds();
        return;
    }
    let program = env::current_exe().expect("the path of this test");
    let status = Command::new(program)
        .args(["--exact", test])
        .env(ASKED, "1")
        .status()
        .expect("this test starts again");
    assert!(status.success(), "{test} in a process of its own: {status}");
}

#[test]
fn blocks_of_every_size_live_on_pages_of_16_kib() {
    with_pages_of(16 << 10, "blocks_of_every_size_live_on_pages_of_16_kib");
}

#[test]
fn blocks_of_every_size_live_on_pages_of_64_kib() {
    with_pages_of(64 << 10, "blocks_of_every_size_live_on_pages_of_64_kib");
}

fn work_of_all_kinds() {
    let sizes = [1, 16, 100, 1_000, 5_000, 32 << 10, (32 << 10) + 1, 100_000, 3 << 20, 20 << 20];
    let blocks: Vec<(*mut u8, usize)> =
        (0..400).map(|n| (filled(sizes[n % sizes.len()], n as u8), n)).collect();
    for &(block, n) in &blocks {
        check(block, sizes[n % sizes.len()], n as u8);
    }
    for &(block, n) in blocks.iter().filter(|(_, n)| n % 3 != 0) {
        check(block, sizes[n % sizes.len()], n as u8);
        // SAFETY: allocated above and not used any more.
        assert_eq!(unsafe { process::free(block) }, Ok(()));
    }
    let before = process::statistics().returned_bytes;
    process::trim();
    let returned = process::statistics().returned_bytes - before;
    assert!(returned > 20 << 20, "a trim after freeing most gives back: {returned} bytes");
    // What was in memory counts, and that the system knows in pages of its own size.
    // SAFETY: only asks.
    let own = unsafe { libc::sysconf(libc::_SC_PAGESIZE) } as u64;
    assert_eq!(returned % own, 0, "in whole pages of the system");
    for &(block, n) in blocks.iter().filter(|(_, n)| n % 3 == 0) {
        let size = sizes[n % sizes.len()];
        check(block, size, n as u8);
        // SAFETY: a live block; its old address isn't used any more.
        let grown = unsafe { process::reallocate(block, size * 2) }.expect("a live block");
        check(grown, size, n as u8);
        // SAFETY: as above.
        assert_eq!(unsafe { process::free(grown) }, Ok(()));
    }
    let zeroed = process::allocate_zeroed(5 << 20);
    // SAFETY: the block is that long, and all of it is initialised.
    assert!(unsafe { std::slice::from_raw_parts(zeroed, 5 << 20) }.iter().all(|&byte| byte == 0));
    // SAFETY: allocated above.
    assert_eq!(unsafe { process::free(zeroed) }, Ok(()));
}

fn filled(size: usize, byte: u8) -> *mut u8 {
    let block = process::allocate(size);
    assert!(!block.is_null(), "{size} bytes");
    // SAFETY: the block is new and at least `size` bytes long.
    unsafe { block.write_bytes(byte, size) };
    block
}

fn check(block: *mut u8, size: usize, byte: u8) {
    // SAFETY: a live block, filled to at least `size` bytes.
    let bytes = unsafe { std::slice::from_raw_parts(block, size) };
    assert!(bytes.iter().all(|&found| found == byte), "a block of {size} bytes keeps its contents");
}
