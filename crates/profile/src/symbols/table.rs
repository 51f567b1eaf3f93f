//! The names in a symbol table: all there is without debug information.

use super::elf_file::ElfFile;
use object::{LittleEndian, elf};

/// What is taken for the length of a function that has none.
const LENGTH_UNKNOWN: u64 = 64 << 10;

/// The functions of a file, by address.
#[derive(Default)]
pub struct Table {
    functions: Vec<Function>,
    names: Vec<u8>,
}

struct Function {
    address: u64,
    bytes: u64,
    /// Where its name begins.
    name: usize,
    /// Of several names at one address, the one with the least rank is shown.
    rank: u8,
}

impl Table {
    /// Of a file: its full table if it has one, else that for the dynamic linker.
    pub fn read(file: &ElfFile) -> Self {
        let full = Self::parse(&file.section(".symtab"), file.section(".strtab"));
        if full.is_empty() {
            return Self::parse(&file.section(".dynsym"), file.section(".dynstr"));
        }
        full
    }

    fn parse(symbols: &[u8], names: Vec<u8>) -> Self {
        let bytes = size_of::<elf::Sym64<LittleEndian>>();
        let count = symbols.len() / bytes;
        let endian = LittleEndian;
        let symbols = object::slice_from_bytes::<elf::Sym64<LittleEndian>>(symbols, count)
            .map_or(&[][..], |all| all.0);
        let mut functions: Vec<Function> = symbols
            .iter()
            .filter(|symbol| {
                matches!(symbol.st_info.st_type(), elf::STT_FUNC | elf::STT_GNU_IFUNC)
                    && symbol.st_shndx.get(endian) != elf::SHN_UNDEF
                    && symbol.st_value.get(endian) != 0
            })
            .map(|symbol| Function {
                address: symbol.st_value.get(endian),
                bytes: symbol.st_size.get(endian),
                name: symbol.st_name.get(endian) as usize,
                rank: match symbol.st_info.st_bind() {
                    elf::STB_GLOBAL => 0,
                    elf::STB_WEAK => 1,
                    _ => 2,
                },
            })
            .collect();
        functions.sort_by_key(|function| (function.address, function.bytes == 0, function.rank));
        functions.dedup_by_key(|function| function.address);
        Self { functions, names }
    }

    /// Whether it has no functions.
    pub fn is_empty(&self) -> bool {
        self.functions.is_empty()
    }

    /// The function that an address is in: its name as it stands in the table, and where it begins.
    pub fn find(&self, address: u64) -> Option<(&str, u64)> {
        let after = self.functions.partition_point(|function| function.address <= address);
        let function = self.functions.get(after.checked_sub(1)?)?;
        // Hand-written ones have no length; they end where the next one begins, at the latest.
        let bytes = if function.bytes == 0 { LENGTH_UNKNOWN } else { function.bytes };
        let within = address - function.address < bytes;
        let name = self.names.get(function.name..)?;
        let name = name.split(|&byte| byte == 0).next()?;
        let name = std::str::from_utf8(name).ok().filter(|name| !name.is_empty())?;
        within.then_some((name, function.address))
    }
}
