//! From addresses to functions, files and lines.
//!
//! | module | |
//! |---|---|
//! | `elf_file` | a file on disk |
//! | `separate` | the debug information that is in a file of its own |
//! | `table` | the symbol table |
//! | `names` | demangling |

mod elf_file;
mod names;
mod separate;
mod table;

use addr2line::Context;
use elf_file::ElfFile;
use gimli::{Dwarf, DwarfSections, EndianSlice, LittleEndian};
use std::fs::{File, OpenOptions};
use std::ops::Range;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use table::Table;

/// Where the names of a module are. Its files are open, so that they are there when the process, and
/// with it the way to them, is gone.
pub struct Source {
    /// The file that was mapped, if it is still the same.
    image: Option<ElfFile>,
    debug: Option<ElfFile>,
    /// What `debug` shares with others.
    shared: Option<ElfFile>,
}

/// A function at an address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Named {
    pub function: String,
    pub file: Option<String>,
    pub line: Option<u32>,
    pub inlined: bool,
}

/// What was found for a module.
#[derive(Default)]
pub struct Names {
    /// For each address the functions there, those that were inlined first.
    pub functions: Vec<Vec<Named>>,
    pub has_names: bool,
    pub has_lines: bool,
}

impl Source {
    /// Opens the file that is mapped at `header` in a process, and its debug information.
    pub fn open(pid: i32, path: &str, header: &Range<u64>, build_id: &[u8]) -> Option<Self> {
        let plain = path.strip_suffix(" (deleted)").unwrap_or(path);
        if !plain.starts_with('/') {
            return None;
        }
        let root = format!("/proc/{pid}/root");
        let exe = format!("/proc/{pid}/exe");
        let is_program = std::fs::read_link(&exe).is_ok_and(|program| program == Path::new(path));
        let ways = [
            // As it is mapped, whatever has become of its name; for root only.
            (format!("/proc/{pid}/map_files/{:x}-{:x}", header.start, header.end), true),
            (exe, is_program),
            (format!("{root}{plain}"), false),
        ];
        let image = ways.iter().find_map(|(way, mapped)| {
            let file = ElfFile::new(open(Path::new(way))?)?;
            // By path alone only where there is no build id, and nothing was deleted.
            let same = file.build_id == build_id && !(build_id.is_empty() && plain != path);
            (same || *mapped).then_some(file)
        });
        let debug = match &image {
            Some(image) if image.has(".debug_info") => None,
            _ => separate::find(&root, plain, image.as_ref(), build_id),
        };
        let shared = debug.as_ref().and_then(|debug| separate::shared(&root, debug));
        (image.is_some() || debug.is_some()).then_some(Self { image, debug, shared })
    }

    /// The names at virtual addresses.
    pub fn names(&self, addresses: &[u64]) -> Names {
        let mut found = Names { functions: vec![Vec::new(); addresses.len()], ..Names::default() };
        if let Some(file) = self.with_debug_info() {
            self.look_up(file, addresses, &mut found);
        }
        let tables: Vec<Table> =
            [&self.debug, &self.image].into_iter().flatten().map(Table::read).collect();
        for (&address, functions) in addresses.iter().zip(&mut found.functions) {
            let outermost = functions.last().filter(|named| !named.function.is_empty());
            if outermost.is_some() {
                continue;
            }
            let Some((name, _)) = tables.iter().find_map(|table| table.find(address)) else {
                continue;
            };
            let function = names::demangle(name);
            match functions.last_mut() {
                Some(outermost) => outermost.function = function,
                None => {
                    functions.push(Named { function, file: None, line: None, inlined: false });
                }
            }
        }
        for functions in &mut found.functions {
            functions.retain(|named| !named.function.is_empty());
        }
        found.has_names = found.functions.iter().any(|functions| !functions.is_empty());
        found
    }

    fn with_debug_info(&self) -> Option<&ElfFile> {
        [&self.debug, &self.image].into_iter().flatten().find(|file| file.has(".debug_info"))
    }

    fn look_up(&self, file: &ElfFile, addresses: &[u64], found: &mut Names) {
        let load = |file: &ElfFile| -> Option<DwarfSections<Vec<u8>>> {
            DwarfSections::load(|id| Ok::<_, gimli::Error>(file.section(id.name()))).ok()
        };
        let Some(sections) = load(file) else {
            return;
        };
        let shared = self.shared.as_ref().and_then(load);
        let dwarf: Dwarf<EndianSlice<'_, LittleEndian>> = sections
            .borrow_with_sup(shared.as_ref(), |bytes| EndianSlice::new(bytes, LittleEndian));
        let Ok(context) = Context::from_dwarf(dwarf) else {
            return;
        };
        for (&address, functions) in addresses.iter().zip(&mut found.functions) {
            let Ok(mut frames) = context.find_frames(address).skip_all_loads() else {
                continue;
            };
            while let Ok(Some(frame)) = frames.next() {
                let name = frame.function.as_ref().and_then(|name| name.raw_name().ok());
                let location = frame.location.as_ref();
                found.has_lines |= location.is_some_and(|location| location.line.is_some());
                functions.push(Named {
                    function: name.map(|name| names::demangle(&name)).unwrap_or_default(),
                    file: location.and_then(|location| location.file).map(str::to_owned),
                    line: location.and_then(|location| location.line),
                    inlined: true,
                });
            }
            if let Some(outermost) = functions.last_mut() {
                outermost.inlined = false;
            }
        }
    }
}

/// Bytes as digits, as build ids are written.
pub fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Opens a file for reading, without waiting for what only looks like a file.
fn open(path: &Path) -> Option<File> {
    OpenOptions::new().read(true).custom_flags(libc::O_NONBLOCK | libc::O_NOCTTY).open(path).ok()
}

#[cfg(test)]
mod tests;
