//! An ELF file on disk, of which only those parts are read that are needed. Its contents may be
//! anything: lengths are bounded, and what doesn't fit is taken as not there.

use object::read::elf::{ElfFile64, FileHeader as _};
use object::{CompressionFormat, LittleEndian, Object, ObjectSection, ReadCache, elf};
use std::fs::File;
use std::os::unix::fs::FileExt;

/// Most bytes of a section.
const MAXIMUM_SECTION: u64 = 4 << 30;

/// See the module.
pub struct ElfFile {
    file: File,
    bytes: u64,
    sections: Vec<Section>,
    pub build_id: Vec<u8>,
    /// Name and checksum of the file with the debug information.
    pub debug_link: Option<(Vec<u8>, u32)>,
    /// Path and build id of the file that several such files share.
    pub debug_alt_link: Option<(Vec<u8>, Vec<u8>)>,
}

struct Section {
    name: String,
    offset: u64,
    stored: u64,
    /// Bytes after decompression, and how.
    compressed: Option<(u64, CompressionFormat)>,
}

impl ElfFile {
    /// Reads the list of sections.
    pub fn new(file: File) -> Option<Self> {
        let metadata = file.metadata().ok()?;
        metadata.is_file().then_some(())?;
        let bytes = metadata.len();
        let cache = ReadCache::new(&file);
        let parsed = ElfFile64::<LittleEndian, _>::parse(&cache).ok()?;
        parsed.elf_header().is_little_endian().then_some(())?;
        let build_id = parsed.build_id().ok().flatten().unwrap_or_default().to_vec();
        let debug_link = parsed.gnu_debuglink().ok().flatten();
        let debug_link = debug_link.map(|(name, checksum)| (name.to_vec(), checksum));
        let debug_alt_link = parsed.gnu_debugaltlink().ok().flatten();
        let debug_alt_link = debug_alt_link.map(|(path, id)| (path.to_vec(), id.to_vec()));
        let sections = parsed
            .sections()
            .filter(|section| {
                section.elf_section_header().sh_type.get(LittleEndian) != elf::SHT_NOBITS
            })
            .filter_map(|section| {
                let range = section.compressed_file_range().ok()?;
                let end = range.offset.checked_add(range.compressed_size)?;
                let compressed = match range.format {
                    CompressionFormat::None => None,
                    format => Some((range.uncompressed_size, format)),
                };
                let length = compressed.map_or(range.compressed_size, |(length, _)| length);
                (end <= bytes && length <= MAXIMUM_SECTION).then(|| Section {
                    name: section.name().unwrap_or_default().to_owned(),
                    offset: range.offset,
                    stored: range.compressed_size,
                    compressed,
                })
            })
            .collect();
        drop(cache);
        Some(Self { file, bytes, sections, build_id, debug_link, debug_alt_link })
    }

    /// Whether there is a section.
    pub fn has(&self, name: &str) -> bool {
        self.sections.iter().any(|section| section.name == name)
    }

    /// The contents of a section; empty where there is none.
    pub fn section(&self, name: &str) -> Vec<u8> {
        let found = self.sections.iter().find(|section| section.name == name);
        found.and_then(|section| self.contents(section)).unwrap_or_default()
    }

    fn contents(&self, section: &Section) -> Option<Vec<u8>> {
        let mut stored = Vec::new();
        stored.try_reserve_exact(usize::try_from(section.stored).ok()?).ok()?;
        stored.resize(section.stored as usize, 0);
        self.file.read_exact_at(&mut stored, section.offset).ok()?;
        let Some((uncompressed_size, format)) = section.compressed else {
            return Some(stored);
        };
        let data = object::CompressedData { format, data: &stored, uncompressed_size };
        Some(data.decompress().ok()?.into_owned())
    }

    /// The CRC-32 of the whole file, as a debug link has it; `None` where it is too long to look.
    pub fn checksum(&self) -> Option<u32> {
        (self.bytes <= MAXIMUM_SECTION).then_some(())?;
        let mut sum = flate2::Crc::new();
        let mut buffer = vec![0; 1 << 20];
        let mut at = 0;
        while at < self.bytes {
            let length = self.file.read_at(&mut buffer, at).ok().filter(|&length| length > 0)?;
            sum.update(&buffer[..length]);
            at += length as u64;
        }
        Some(sum.sum())
    }
}
