//! What an ELF file says about itself: for which machine it is and how it wants to be loaded.

use std::ffi::OsString;
use std::fmt;
use std::fs::File;
use std::os::unix::ffi::OsStringExt;
use std::path::PathBuf;

use object::elf::{self, ELFCLASS64, ELFMAG, FileClass, FileHeader32, FileHeader64, Machine};
use object::read::elf::{FileHeader, ProgramHeader};
use object::read::{ReadCache, ReadCacheOps, ReadRef};
use object::{Endian, Endianness};

/// For which machine code was made. Equal architectures can share a process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Architecture {
    machine: Machine,
    bits: u8,
    big_endian: bool,
}

/// What kind of file it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// A program with fixed addresses.
    Executable,
    /// A shared library or a position-independent program: the format doesn't tell them apart.
    SharedObject,
    /// An object file, a core dump or something else that isn't for running.
    Other,
}

/// The header of an ELF file, as far as it matters for loading.
#[derive(Debug)]
pub struct Image {
    /// For which machine.
    pub architecture: Architecture,
    /// What kind of file.
    pub form: Form,
    /// The dynamic loader it asks for; none in a static program.
    pub loader: Option<PathBuf>,
}

/// Reads the headers of `file`; `None` if it is not ELF at all.
pub fn read(file: File) -> Result<Option<Image>, object::Error> {
    let data = ReadCache::new(file);
    let Ok([magic @ .., class]) = (&data).read_at::<[u8; 5]>(0) else {
        return Ok(None);
    };
    if *magic != ELFMAG {
        return Ok(None);
    }
    if FileClass(*class) == ELFCLASS64 {
        image::<FileHeader64<Endianness>, _>(&data, 64).map(Some)
    } else {
        image::<FileHeader32<Endianness>, _>(&data, 32).map(Some)
    }
}

fn image<Header, Source>(data: &ReadCache<Source>, bits: u8) -> Result<Image, object::Error>
where
    Header: FileHeader<Endian = Endianness>,
    Source: ReadCacheOps,
{
    let header = Header::parse(data)?;
    let endian = header.endian()?;
    let architecture = Architecture {
        machine: header.e_machine(endian),
        bits,
        big_endian: endian.is_big_endian(),
    };
    let form = match header.e_type(endian) {
        elf::ET_EXEC => Form::Executable,
        elf::ET_DYN => Form::SharedObject,
        _ => Form::Other,
    };
    let mut loader = None;
    for segment in header.program_headers(endian, data)? {
        if let Some(name) = segment.interpreter(endian, data)? {
            loader = Some(PathBuf::from(OsString::from_vec(name.to_vec())));
            break;
        }
    }
    Ok(Image { architecture, form, loader })
}

impl fmt::Display for Architecture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bits = self.bits;
        match self.machine {
            elf::EM_X86_64 => write!(f, "{bits}-bit x86-64"),
            elf::EM_386 => write!(f, "{bits}-bit x86"),
            elf::EM_AARCH64 | elf::EM_ARM => write!(f, "{bits}-bit Arm"),
            elf::EM_RISCV => write!(f, "{bits}-bit RISC-V"),
            elf::EM_PPC64 | elf::EM_PPC => write!(f, "{bits}-bit PowerPC"),
            elf::EM_S390 => write!(f, "{bits}-bit IBM Z"),
            elf::EM_LOONGARCH => write!(f, "{bits}-bit LoongArch"),
            elf::EM_MIPS => write!(f, "{bits}-bit MIPS"),
            Machine(number) => write!(f, "{bits}-bit machine number {number}"),
        }?;
        if self.big_endian && self.machine != elf::EM_S390 {
            write!(f, " (big-endian)")?;
        }
        Ok(())
    }
}
