//! Names in this very program, and in files that are something else.

use super::*;
use std::io::Write;
use std::os::unix::fs::FileExt;

/// Where this program is mapped, and its build id.
fn own() -> (String, Range<u64>, ElfFile) {
    let path = std::env::current_exe().expect("a test knows its own path");
    let path = path.to_str().expect("a plain path").to_owned();
    let maps = std::fs::read_to_string("/proc/self/maps").expect("its own mappings");
    let mappings = crate::code::maps::parse(&maps);
    let first = mappings.into_iter().find(|mapping| mapping.path == path && mapping.offset == 0);
    let file = ElfFile::new(File::open(&path).expect("its own file")).expect("it is ELF");
    (path, first.expect("it is mapped").range, file)
}

#[inline(never)]
fn a_function_to_find(number: u64) -> u64 {
    std::hint::black_box(number) + 1
}

#[test]
fn functions_have_names_and_lines() {
    let (path, mapped, file) = own();
    let pid = std::process::id() as i32;
    let source = Source::open(pid, &path, &mapped, &file.build_id).expect("it is there");
    let address = a_function_to_find as fn(u64) -> u64 as usize as u64 - mapped.start;
    let names = source.names(&[address, 1 << 40]);
    let found = names.functions[0].last().expect("a name");
    assert_eq!(found.function, "heapmin_profile::symbols::tests::a_function_to_find");
    assert!(found.file.as_deref().is_some_and(|file| file.ends_with("src/symbols/tests.rs")));
    assert!(found.line.is_some() && !found.inlined);
    assert!(names.functions[1].is_empty());
    assert!(names.has_names && names.has_lines);
}

#[test]
fn a_file_that_was_replaced_is_not_believed() {
    let maps = std::fs::read_to_string("/proc/self/maps").expect("its own mappings");
    let mappings = crate::code::maps::parse(&maps);
    let libc = mappings.into_iter().find(|mapping| mapping.path.contains("/libc.so"));
    let path = libc.expect("it has a C library").path;
    let file = ElfFile::new(File::open(&path).expect("it is a file")).expect("it is ELF");
    let pid = std::process::id() as i32;
    let mut other = file.build_id.clone();
    other[0] ^= 1;
    // No such mapping: only the path is left.
    let mapped = 0..0;
    assert!(Source::open(pid, &path, &mapped, &file.build_id).is_some());
    assert!(Source::open(pid, &path, &mapped, &other).is_none());
    assert!(Source::open(pid, &format!("{path} (deleted)"), &mapped, &[]).is_none());
    assert!(Source::open(pid, "[vdso]", &(0..0), &[]).is_none());
    assert!(Source::open(pid, "/dev/zero", &(0..0), &[]).is_none());
}

#[test]
fn the_table_gives_the_name_and_where_it_begins() {
    let (_, mapped, file) = own();
    let table = Table::read(&file);
    let address = a_function_to_find as fn(u64) -> u64 as usize as u64 - mapped.start;
    let (name, begin) = table.find(address + 1).expect("it is in the table");
    assert_eq!(begin, address);
    assert_eq!(names::demangle(name), "heapmin_profile::symbols::tests::a_function_to_find");
    assert!(table.find(1).is_none());
    assert!(table.find(u64::MAX).is_none());
}

#[test]
fn damaged_files_give_no_names_and_no_harm() {
    let (path, _, _) = own();
    let original = File::open(&path).expect("its own file");
    let length = original.metadata().expect("it is a file").len();
    let mut head = vec![0; 64];
    original.read_exact_at(&mut head, 0).expect("it has a header");
    let table_at = u64::from_le_bytes(head[40..48].try_into().expect("8 bytes"));
    let mut table = vec![0; (length - table_at) as usize];
    original.read_exact_at(&mut table, table_at).expect("it has a table of sections");
    let mut random = 1u64;
    for _ in 0..300 {
        // Sections anywhere in a file of a few pages, with any lengths.
        let (mut head, mut table) = (head.clone(), table.clone());
        head[40..48].copy_from_slice(&4096u64.to_le_bytes());
        for _ in 0..20 {
            random = random.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
            let at = (random >> 40) as usize % table.len();
            table[at] = (random >> 32) as u8;
        }
        let file = scratch();
        file.write_all_at(&head, 0).expect("room");
        file.write_all_at(&table, 4096).expect("room");
        if let Some(file) = ElfFile::new(file) {
            let source = Source { image: Some(file), debug: None, shared: None };
            source.names(&[0x1000, 0x2000]);
        }
    }
}

/// A file without a name.
fn scratch() -> File {
    use std::os::unix::fs::OpenOptionsExt;
    let mut file = OpenOptions::new()
        .read(true)
        .write(true)
        .custom_flags(libc::O_TMPFILE)
        .open(std::env::temp_dir())
        .expect("room for a file");
    file.flush().expect("nothing to do");
    file
}
