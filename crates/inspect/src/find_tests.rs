//! Notes and lines, good and bad.

use super::*;

/// A note as a linker lays it out.
fn note(name: &[u8], kind: u32, description: &[u8], align: usize) -> Vec<u8> {
    let mut bytes = Vec::new();
    for word in [name.len() as u32, description.len() as u32, kind] {
        bytes.extend(word.to_le_bytes());
    }
    for part in [name, description] {
        bytes.extend(part);
        bytes.resize(bytes.len().next_multiple_of(align), 0);
    }
    bytes
}

fn ours(version: u32, offset: i32) -> Vec<u8> {
    let description = [version.to_le_bytes(), offset.to_le_bytes()].concat();
    note(note::NAME, note::TYPE, &description, 4)
}

#[test]
fn the_note_is_found_behind_others() {
    let mut section = note(b"GNU\0", 3, &[7; 20], 4);
    let word = section.len() as u64 + 12 + 8 + 4;
    section.extend(ours(note::VERSION, -0x100));
    assert_eq!(note_in(&section, 0x5000, 4), Some(0x5000 + word - 0x100));
}

#[test]
fn other_notes_are_not_ours() {
    assert_eq!(note_in(&note(b"GNU\0", 1, &[0; 8], 4), 0x5000, 4), None);
    assert_eq!(note_in(&note(note::NAME, 2, &[0; 8], 4), 0x5000, 4), None);
    assert_eq!(note_in(&note(note::NAME, note::TYPE, &[1, 0, 0, 0], 4), 0x5000, 4), None);
    assert_eq!(note_in(&ours(note::VERSION + 1, 8), 0x5000, 4), None);
}

#[test]
fn notes_that_are_cut_or_claim_too_much_end_the_search() {
    let whole = ours(note::VERSION, 8);
    for length in 0..whole.len() {
        assert_eq!(note_in(&whole[..length], 0x5000, 4), None, "{length}");
    }
    for at in 0..12 {
        let mut bad = whole.clone();
        bad[at] = 0xff;
        assert_eq!(note_in(&bad, 0x5000, 4), None, "{at}");
    }
    assert_eq!(note_in(&[0; 4096], 0x5000, 4), None);
    assert_eq!(note_in(&[0xff; 4096], 0x5000, 8), None);
}

#[test]
fn lines_of_mappings_are_read() {
    let line = b"7f00a000-7f00b000 r--p 00000000 fe:00 1234                       /lib/a b.so";
    let file = Mapped { start: 0x7f00_a000, end: 0x7f00_b000, file: "/lib/a b.so".into() };
    assert_eq!(mapped(line), Some(file));
    for line in [
        &b"7f00a000-7f00b000 r--p 00001000 fe:00 1234 /lib/a.so"[..],
        b"7f00a000-7f00b000 ---p 00000000 fe:00 1234 /lib/a.so",
        b"7f00a000-7f00b000 rw-p 00000000 00:00 0 [heap]",
        b"7f00b000-7f00a000 r--p 00000000 fe:00 1234 /lib/a.so",
        b"/",
        b"",
    ] {
        assert_eq!(mapped(line), None, "{}", String::from_utf8_lossy(line));
    }
}

#[test]
fn what_is_no_program_has_no_headers() {
    assert_eq!(program_headers(b"#!/bin/sh"), None);
    let mut header = [0u8; ELF_HEADER];
    header[..6].copy_from_slice(&[0x7f, b'E', b'L', b'F', 2, 1]);
    header[32] = 64;
    header[54] = PROGRAM_HEADER as u8;
    header[56] = 9;
    assert_eq!(program_headers(&header), Some((64, 9)));
    header[57] = 0xff;
    assert_eq!(program_headers(&header), None);
    header[4] = 1;
    assert_eq!(program_headers(&header), None);
}

#[test]
fn a_program_without_the_note_has_no_directory() {
    // This test program itself: all is read from memory, to the end.
    let pid = std::process::id() as i32;
    let files = mapped_files(pid).expect("the own mappings can be read");
    assert!(files.len() > 1);
    assert_eq!(directories(&Memory::of(pid), &files).expect("they can be read"), []);
}
