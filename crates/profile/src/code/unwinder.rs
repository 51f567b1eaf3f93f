//! From the registers and a copy of the stack to the addresses of the calls.

use super::image::Section;
use framehop::aarch64::{CacheAarch64, PtrAuthMask, UnwindRegsAarch64, UnwinderAarch64};
use framehop::x86_64::{CacheX86_64, UnwindRegsX86_64, UnwinderX86_64};
use framehop::{ExplicitModuleSectionInfo, FrameAddress, Module, Unwinder as _};
use object::elf;
use std::ops::Range;
use std::sync::Arc;

/// Most frames of a stack; those further out are left away.
const MAXIMUM_FRAMES: usize = 512;

/// See the module. Code without tables is unwound by its frame pointers.
pub enum Unwinder {
    /// x86-64.
    X86(Box<(UnwinderX86_64<Arc<[u8]>>, CacheX86_64)>),
    /// 64-bit Arm.
    Arm(Box<(UnwinderAarch64<Arc<[u8]>>, CacheAarch64)>),
}

impl Unwinder {
    /// For an ELF machine; `None`: another one.
    pub fn new(machine: elf::Machine) -> Option<Self> {
        match machine {
            elf::EM_X86_64 => Some(Self::X86(Box::default())),
            elf::EM_AARCH64 => Some(Self::Arm(Box::default())),
            _ => None,
        }
    }

    /// The machine that this program runs on.
    pub fn native() -> Self {
        if cfg!(target_arch = "aarch64") {
            Self::Arm(Box::default())
        } else {
            Self::X86(Box::default())
        }
    }

    /// Adds a file's tables.
    pub fn add(&mut self, range: Range<u64>, bias: u64, tables: Option<(Section, Section)>) {
        let mut sections = ExplicitModuleSectionInfo::default();
        if let Some((header, frames)) = tables {
            sections.eh_frame_hdr_svma = Some(header.range);
            sections.eh_frame_hdr = Some(header.bytes);
            sections.eh_frame_svma = Some(frames.range);
            sections.eh_frame = Some(frames.bytes);
        }
        let module = Module::new(String::new(), range, bias, sections);
        match self {
            Self::X86(both) => both.0.add_module(module),
            Self::Arm(both) => both.0.add_module(module),
        }
    }

    /// Takes the tables of the file at `start` away.
    pub fn remove(&mut self, start: u64) {
        match self {
            Self::X86(both) => both.0.remove_module(start),
            Self::Arm(both) => both.0.remove_module(start),
        }
    }

    /// Gives the address of each call to `each`, from the innermost outwards, until it says `false`.
    /// Returns whether the outermost frame was reached.
    pub fn unwind(
        &mut self,
        registers: &[u64; 8],
        stack: &[u8],
        each: &mut dyn FnMut(u64) -> bool,
    ) -> bool {
        let pointer = registers[1];
        let mut read = |address: u64| {
            let offset = address.checked_sub(pointer).ok_or(())?;
            let offset = usize::try_from(offset).map_err(|_| ())?;
            let word = stack.get(offset..).and_then(<[u8]>::first_chunk).ok_or(())?;
            Ok(u64::from_le_bytes(*word))
        };
        let mut take = |next: Result<Option<FrameAddress>, framehop::Error>| match next {
            Ok(Some(frame)) => (!each(frame.address_for_lookup())).then_some(false),
            Ok(None) => Some(true),
            Err(_) => Some(false),
        };
        match self {
            Self::X86(both) => {
                let (unwinder, cache) = &mut **both;
                let from = UnwindRegsX86_64::new(registers[0], pointer, registers[2]);
                let mut frames = unwinder.iter_frames(registers[0], from, cache, &mut read);
                (0..MAXIMUM_FRAMES).find_map(|_| take(frames.next())).unwrap_or(false)
            }
            Self::Arm(both) => {
                let (unwinder, cache) = &mut **both;
                // The upper bits of a return address may be its signature.
                let mask = PtrAuthMask((1 << 48) - 1);
                let from = UnwindRegsAarch64::new_with_ptr_auth_mask(
                    mask,
                    registers[3],
                    pointer,
                    registers[2],
                );
                let mut frames = unwinder.iter_frames(registers[0], from, cache, &mut read);
                (0..MAXIMUM_FRAMES).find_map(|_| take(frames.next())).unwrap_or(false)
            }
        }
    }
}
