//! What the system says of this process's own pages, in both ways.

#![allow(unsafe_code, reason = "memory is mapped to look at its pages")]

use super::*;

/// Fresh memory that begins a region.
struct Area {
    mapped: *mut libc::c_void,
    bytes: usize,
    start: u64,
}

impl Area {
    fn new(regions: u64) -> Self {
        let bytes = ((regions + 1) * REGION) as usize;
        let (rights, kind) =
            (libc::PROT_READ | libc::PROT_WRITE, libc::MAP_PRIVATE | libc::MAP_ANONYMOUS);
        // SAFETY: new memory, wherever there is room.
        let mapped = unsafe { libc::mmap(std::ptr::null_mut(), bytes, rights, kind, -1, 0) };
        assert_ne!(mapped, libc::MAP_FAILED);
        let start = (mapped.expose_provenance() as u64).next_multiple_of(REGION);
        Self { mapped, bytes, start }
    }

    fn advise(&self, region: u64, advice: i32) {
        let at = std::ptr::with_exposed_provenance_mut((self.start + region * REGION) as usize);
        // SAFETY: a region of the mapped memory.
        assert_eq!(unsafe { libc::madvise(at, REGION as usize, advice) }, 0);
    }

    fn touch(&self, page: u64) {
        let at = (self.start + page * PAGE) as usize;
        // SAFETY: inside the mapped memory, which nobody else knows.
        unsafe { std::ptr::with_exposed_provenance_mut::<u8>(at).write_volatile(1) };
    }

    fn peek(&self, page: u64) {
        let at = (self.start + page * PAGE) as usize;
        // SAFETY: as above.
        unsafe { std::ptr::with_exposed_provenance::<u8>(at).read_volatile() };
    }
}

impl Drop for Area {
    fn drop(&mut self) {
        // SAFETY: mapped by `new`, used by nobody any more.
        unsafe { libc::munmap(self.mapped, self.bytes) };
    }
}

fn own_pagemap() -> File {
    File::open("/proc/self/pagemap").expect("everybody may read their own")
}

fn both(file: &File, area: &Area, units: usize) -> [Pages; 2] {
    [true, false].map(|can_scan| {
        let residency = Residency::new(file);
        residency.can_scan.set(can_scan);
        let mut pages = Pages::default();
        residency.pages(area.start, units, &mut pages).expect("the own pages can be asked about");
        pages
    })
}

#[test]
fn both_ways_see_the_pages_that_were_written() {
    let area = Area::new(2);
    area.advise(0, libc::MADV_NOHUGEPAGE);
    area.advise(1, libc::MADV_NOHUGEPAGE);
    let file = own_pagemap();
    for page in [0, 1, 15, 16, 40, 511, 512] {
        area.touch(page);
    }
    let mut masks = vec![0u16; 64];
    for (unit, mask) in [(0, 0x8003), (1, 1), (2, 1 << 8), (31, 0x8000), (32, 1)] {
        masks[unit] = mask;
    }
    for pages in both(&file, &area, 64) {
        assert_eq!(pages.masks, masks);
        assert_eq!(pages.huge, [Some(false); 2]);
    }
    let residency = Residency::new(&file);
    assert_eq!(residency.bytes(area.start..area.start + 2 * REGION).expect("as above"), 7 * PAGE);
    assert_eq!(residency.bytes(area.start..area.start).expect("nothing is asked"), 0);
}

#[test]
fn memory_that_was_only_read_takes_none() {
    let area = Area::new(1);
    area.advise(0, libc::MADV_NOHUGEPAGE);
    area.peek(3);
    area.touch(4);
    let file = own_pagemap();
    let residency = Residency::new(&file);
    let mut pages = Pages::default();
    residency.pages(area.start, 1, &mut pages).expect("the own pages can be asked about");
    // Older systems don't tell the two apart.
    let expected = if residency.can_scan.get() { 1 << 4 } else { 0b11 << 3 };
    assert_eq!(pages.masks, [expected]);
}

#[test]
fn a_huge_page_is_seen_where_the_system_gives_one() {
    let area = Area::new(2);
    area.advise(0, libc::MADV_HUGEPAGE);
    area.advise(1, libc::MADV_NOHUGEPAGE);
    for page in 0..1024 {
        area.touch(page);
    }
    let file = own_pagemap();
    let [scanned, walked] = both(&file, &area, 64);
    assert_eq!(scanned.masks, [u16::MAX; 64]);
    assert_eq!(walked.masks, [u16::MAX; 64]);
    assert_eq!(scanned.huge[1], Some(false));
    assert_ne!(walked.huge[1], Some(true));
    // The system may have none at hand, and tells only root.
    if walked.huge[0].is_some() {
        assert_eq!(scanned.huge[0], walked.huge[0]);
    }
}
