//! From the registers and a copy of the stack to the addresses of the calls.

use super::image::Section;
use framehop::aarch64::{CacheAarch64, PtrAuthMask, UnwindRegsAarch64, UnwinderAarch64};
use framehop::x86_64::{CacheX86_64, UnwindRegsX86_64, UnwinderX86_64};
use framehop::{ExplicitModuleSectionInfo, FrameAddress, Module, Unwinder as _};
use object::elf;
use std::ops::Range;
use std::sync::Arc;

/// Most frames of a stack; those further out are left away.
pub const MAXIMUM_FRAMES: usize = 512;

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

    /// Gives the address of each call to `each`, from the innermost outwards, with the stack pointer
    /// there, until it says `false` or there are too many. Returns whether the outermost frame was
    /// reached.
    pub fn unwind(
        &mut self,
        from: &Registers,
        stack: &CopiedStack<'_>,
        each: &mut dyn FnMut(u64, u64) -> bool,
    ) -> bool {
        match self {
            Self::X86(both) => {
                let registers = UnwindRegsX86_64::new(from.counter, from.stack, from.frame);
                let (unwinder, cache) = &mut **both;
                steps(unwinder, cache, registers, |r| r.sp(), from.counter, stack, each)
            }
            Self::Arm(both) => {
                let (link, stack_pointer, frame) = (from.link, from.stack, from.frame);
                let registers = UnwindRegsAarch64::new_with_ptr_auth_mask(
                    SIGNED_ADDRESS,
                    link,
                    stack_pointer,
                    frame,
                );
                let (unwinder, cache) = &mut **both;
                steps(unwinder, cache, registers, |r| r.sp(), from.counter, stack, each)
            }
        }
    }
}

/// The bits of a return address on Arm that are address: the others may be its signature.
const SIGNED_ADDRESS: PtrAuthMask = PtrAuthMask((1 << 48) - 1);

/// Where unwinding begins.
#[derive(Clone, Copy, Debug)]
pub struct Registers {
    pub counter: u64,
    pub stack: u64,
    pub frame: u64,
    /// On Arm, where a function returns to that calls no other.
    pub link: u64,
}

impl Registers {
    /// Of a sample; see [`heapmin_directory::profile::Sample::registers`].
    pub fn of_sample(registers: &[u64; 8]) -> Self {
        let [counter, stack, frame, link, ..] = *registers;
        Self { counter, stack, frame, link }
    }
}

/// The copy of a part of a stack.
#[derive(Clone, Copy)]
pub struct CopiedStack<'a> {
    /// Where it begins.
    pub begin: u64,
    pub bytes: &'a [u8],
}

impl CopiedStack<'_> {
    /// The word at an address, if it was copied.
    pub fn word(&self, address: u64) -> Option<u64> {
        let offset = usize::try_from(address.checked_sub(self.begin)?).ok()?;
        let word = self.bytes.get(offset..)?.first_chunk()?;
        Some(u64::from_le_bytes(*word))
    }
}

fn steps<U: framehop::Unwinder>(
    unwinder: &U,
    cache: &mut U::Cache,
    mut registers: U::UnwindRegs,
    stack_pointer: impl Fn(&U::UnwindRegs) -> u64,
    counter: u64,
    stack: &CopiedStack<'_>,
    each: &mut dyn FnMut(u64, u64) -> bool,
) -> bool {
    let mut read = |address: u64| stack.word(address).ok_or(());
    let mut frame = FrameAddress::from_instruction_pointer(counter);
    for _ in 0..MAXIMUM_FRAMES {
        if !each(frame.address_for_lookup(), stack_pointer(&registers)) {
            return false;
        }
        match unwinder.unwind_frame(frame, &mut registers, cache, &mut read) {
            Ok(Some(address)) => match FrameAddress::from_return_address(address) {
                Some(next) => frame = next,
                None => return false,
            },
            Ok(None) => return true,
            Err(_) => return false,
        }
    }
    false
}
