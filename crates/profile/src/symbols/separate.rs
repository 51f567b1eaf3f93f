//! Debug information in a file of its own: by build id or by name, in the places where distributions
//! and debuggers have it. First as the process sees the files, then as this program does.

use super::elf_file::ElfFile;
use std::path::{Path, PathBuf};

const DEBUG_DIRECTORY: &str = "/usr/lib/debug";

/// The debug information of a file.
pub fn find(root: &str, path: &str, image: Option<&ElfFile>, build_id: &[u8]) -> Option<ElfFile> {
    if let Some(found) = by_build_id(root, build_id) {
        return Some(found);
    }
    let (name, checksum) = image?.debug_link.as_ref()?;
    let name = plain_name(name)?;
    let directory = Path::new(path).parent()?;
    let below = directory.strip_prefix("/").ok()?;
    let places = [
        directory.join(name),
        directory.join(".debug").join(name),
        Path::new(DEBUG_DIRECTORY).join(below).join(name),
    ];
    places
        .iter()
        .flat_map(|place| ways(root, place))
        .filter_map(|way| ElfFile::new(super::open(&way)?))
        .find(|file| {
            file.has(".debug_info")
                && if build_id.is_empty() {
                    file.checksum() == Some(*checksum)
                } else {
                    file.build_id == build_id
                }
        })
}

/// What a file with debug information shares with others.
pub fn shared(root: &str, debug: &ElfFile) -> Option<ElfFile> {
    let (path, build_id) = debug.debug_alt_link.as_ref()?;
    if let Some(found) = by_build_id(root, build_id) {
        return Some(found);
    }
    // Relative to the directory of the file by its build id; the last part is enough there.
    let path = std::str::from_utf8(path).ok()?;
    let name = plain_name(Path::new(path).file_name()?.as_encoded_bytes())?;
    let machine = [std::env::consts::ARCH, "-linux-gnu"].concat();
    let dwz = Path::new(DEBUG_DIRECTORY).join(".dwz");
    [Path::new(path).to_owned(), dwz.join(machine).join(name), dwz.join(name)]
        .iter()
        .filter(|place| place.is_absolute())
        .flat_map(|place| ways(root, place))
        .filter_map(|way| ElfFile::new(super::open(&way)?))
        .find(|file| file.build_id == *build_id)
}

fn by_build_id(root: &str, build_id: &[u8]) -> Option<ElfFile> {
    let (first, rest) = build_id.split_first()?;
    (!rest.is_empty()).then_some(())?;
    let directory = Path::new(DEBUG_DIRECTORY).join(".build-id").join(format!("{first:02x}"));
    let place = directory.join(format!("{}.debug", super::hexadecimal(rest)));
    ways(root, &place)
        .into_iter()
        .filter_map(|way| ElfFile::new(super::open(&way)?))
        .find(|file| file.build_id == build_id)
}

/// An absolute path below the process's root, and as it is.
fn ways(root: &str, path: &Path) -> [PathBuf; 2] {
    let below = path.strip_prefix("/").unwrap_or(path);
    [Path::new(root).join(below), path.to_owned()]
}

/// A file name that leads to no other directory.
fn plain_name(name: &[u8]) -> Option<&str> {
    let name = std::str::from_utf8(name).ok()?;
    (!name.is_empty() && !name.contains('/') && name != "..").then_some(name)
}
