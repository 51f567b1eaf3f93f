//! What the memory of a process says about an ELF file that is mapped there: where its code is, how
//! its stack frames are unwound, and its build id. No file is opened.
//!
//! ```text
//!   header mapping ─► program headers ─► PT_LOAD           address = bias + virtual address
//!                                     ─► PT_GNU_EH_FRAME   .eh_frame_hdr ─► .eh_frame
//!                                     ─► PT_NOTE           build id
//! ```

use crate::memory::Memory;
use gimli::{BaseAddresses, EhFrameHdr, LittleEndian, Pointer};
use object::elf;
use object::read::elf::{FileHeader, NoteIterator, ProgramHeader};
use std::ops::Range;
use std::sync::Arc;

/// Most bytes of unwinding tables of a file.
const MAXIMUM_TABLE: u64 = 256 << 20;
/// Bytes that are read for the headers.
const HEADER_BYTES: usize = 4096;
/// Most bytes of notes.
const MAXIMUM_NOTES: u64 = 64 << 10;

/// Bytes of a file that its memory shows, with their virtual address.
#[derive(Clone)]
pub struct Section {
    pub range: Range<u64>,
    pub bytes: Arc<[u8]>,
}

/// See the module.
pub struct Image {
    /// `EM_X86_64` or `EM_AARCH64`.
    pub machine: elf::Machine,
    /// What is added to virtual addresses.
    pub bias: u64,
    /// The addresses from the first to the last segment.
    pub range: Range<u64>,
    /// The virtual addresses of the first executable segment.
    pub code: Range<u64>,
    /// Its offset in the file.
    pub code_offset: u64,
    pub build_id: Vec<u8>,
    /// The place of the table of frames, for [`Image::tables`].
    eh_frame_hdr: Option<Range<u64>>,
    segments: Vec<Range<u64>>,
}

impl Image {
    /// Reads the headers of a file that is mapped from its beginning at `start`.
    pub fn read(memory: &dyn Memory, start: u64) -> Option<Self> {
        let bytes = memory.prefix(start, HEADER_BYTES);
        let endian = object::LittleEndian;
        let header = elf::FileHeader64::<object::LittleEndian>::parse(&bytes[..]).ok()?;
        header.is_little_endian().then_some(())?;
        let headers = header.program_headers(endian, &bytes[..]).ok()?;
        let loads = || headers.iter().filter(|header| header.p_type(endian) == elf::PT_LOAD);
        let extent = |header: &elf::ProgramHeader64<object::LittleEndian>| {
            let begin = header.p_vaddr(endian);
            Some(begin..begin.checked_add(header.p_memsz(endian))?)
        };
        let first = loads().find(|header| header.p_offset(endian) == 0)?;
        let bias = start.checked_sub(first.p_vaddr(endian))?;
        let segments: Vec<Range<u64>> = loads().filter_map(extent).collect();
        let begin = segments.iter().map(|segment| segment.start).min()?;
        let end = segments.iter().map(|segment| segment.end).max()?;
        let code =
            loads().find(|header| header.p_flags(endian) & elf::PF_X != elf::ProgramFlags(0))?;
        let notes = headers
            .iter()
            .filter(|header| header.p_type(endian) == elf::PT_NOTE)
            .find_map(|header| build_id(memory, bias, extent(header)?, header.p_align(endian)));
        Some(Self {
            machine: header.e_machine(endian),
            bias,
            range: bias.checked_add(begin)?..bias.checked_add(end)?,
            code: extent(code)?,
            code_offset: code.p_offset(endian),
            build_id: notes.unwrap_or_default(),
            eh_frame_hdr: headers
                .iter()
                .find(|header| header.p_type(endian) == elf::PT_GNU_EH_FRAME)
                .and_then(extent),
            segments,
        })
    }

    /// Reads the tables that unwinding needs: `.eh_frame_hdr` and `.eh_frame`.
    pub fn tables(&self, memory: &dyn Memory) -> Option<(Section, Section)> {
        let header = self.section(memory, self.eh_frame_hdr.clone()?)?;
        let bases = BaseAddresses::default().set_eh_frame_hdr(header.range.start);
        let parsed = EhFrameHdr::new(&header.bytes, LittleEndian).parse(&bases, 8).ok()?;
        let Pointer::Direct(begin) = parsed.eh_frame_ptr() else {
            return None;
        };
        let segment = self.segments.iter().find(|segment| segment.contains(&begin))?;
        let frames = self.section(memory, begin..segment.end)?;
        Some((header, frames))
    }

    fn section(&self, memory: &dyn Memory, range: Range<u64>) -> Option<Section> {
        let length = (range.end - range.start).min(MAXIMUM_TABLE);
        let bytes = memory.prefix(self.bias.checked_add(range.start)?, length as usize);
        let end = range.start + bytes.len() as u64;
        (!bytes.is_empty()).then(|| Section { range: range.start..end, bytes: bytes.into() })
    }
}

fn build_id(memory: &dyn Memory, bias: u64, range: Range<u64>, align: u64) -> Option<Vec<u8>> {
    let length = (range.end - range.start).min(MAXIMUM_NOTES);
    let bytes = memory.prefix(bias.checked_add(range.start)?, length as usize);
    let endian = object::LittleEndian;
    let mut notes =
        NoteIterator::<elf::FileHeader64<object::LittleEndian>>::new(endian, align, &bytes).ok()?;
    while let Ok(Some(note)) = notes.next() {
        if note.name() == elf::ELF_NOTE_GNU && note.n_type(endian) == elf::NT_GNU_BUILD_ID {
            return Some(note.desc().to_vec());
        }
    }
    None
}
