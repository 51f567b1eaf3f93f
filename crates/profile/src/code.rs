//! The code of a process: which files it is in, and how its stack frames are unwound.
//!
//! | module | |
//! |---|---|
//! | `maps` | what is mapped where |
//! | `image` | what memory says about an ELF file |
//! | `unwinder` | registers and stack bytes to addresses |
//! | `signal` | who was interrupted by a signal |

mod image;
pub mod maps;
mod signal;
mod unwinder;

use crate::memory::Memory;
use crate::symbols::Source;
use crate::tree::Location;
use image::Image;
use maps::Mapping;
use signal::{Trampolines, interrupted};
use std::collections::HashSet;
use std::ops::Range;
use unwinder::{CopiedStack, MAXIMUM_FRAMES, Registers, Unwinder};

/// The outermost "frame" of a stack that could not be followed to its end.
pub const CUT: Location = Location { module: None, address: 0 };

/// Most files that are kept open, to find names in them when the process is gone.
const MAXIMUM_SOURCES: usize = 256;

/// A file with code. It stays in the list when it is no longer mapped: samples speak of it by its
/// place.
pub struct Module {
    pub path: String,
    /// Device and inode.
    file: (String, u64),
    /// The mapping of its beginning.
    header: Range<u64>,
    /// The addresses of the whole file, from its first to its last segment.
    pub range: Range<u64>,
    pub bias: u64,
    /// The addresses of its code.
    pub code: Range<u64>,
    pub code_offset: u64,
    pub build_id: Vec<u8>,
    /// Whether it is mapped now.
    mapped: bool,
    /// Where its names are; opened when code in it is seen the first time.
    pub source: Option<Source>,
    sought: bool,
}

/// See the module.
pub struct Code {
    pid: i32,
    pub modules: Vec<Module>,
    unwinder: Unwinder,
    /// The addresses that may be executed, in order.
    executable: Vec<Range<u64>>,
    /// The addresses of the mapped modules, in order, with their places.
    mapped: Vec<(Range<u64>, u32)>,
    sources: usize,
    trampolines: Trampolines,
}

/// What came of following a stack.
pub enum Followed {
    /// The locations, from the innermost outwards.
    Stack(Vec<Location>),
    /// There is an address at which there was no code when the process was last looked at.
    Strange,
}

impl Code {
    /// Looks for the code of a process. `near` is an address in a file of its architecture.
    pub fn new(pid: i32, memory: &dyn Memory, maps: &str, near: u64) -> Self {
        let machine = maps::parse(maps)
            .iter()
            .filter(|mapping| mapping.offset == 0 && !mapping.path.is_empty())
            .filter_map(|mapping| Image::read(memory, mapping.range.start))
            .find(|image| image.range.contains(&near))
            .map(|image| image.machine);
        let unwinder = machine.and_then(Unwinder::new).unwrap_or_else(Unwinder::native);
        let mut code = Self {
            pid,
            modules: Vec::new(),
            unwinder,
            executable: Vec::new(),
            mapped: Vec::new(),
            sources: 0,
            trampolines: Trampolines::default(),
        };
        code.refresh(memory, maps);
        code
    }

    /// Takes over what was mapped and unmapped since the last time.
    pub fn refresh(&mut self, memory: &dyn Memory, maps: &str) {
        let mappings = maps::parse(maps);
        self.executable.clear();
        self.trampolines.forget();
        for mapping in mappings.iter().filter(|mapping| mapping.executable) {
            match self.executable.last_mut() {
                Some(last) if last.end == mapping.range.start => last.end = mapping.range.end,
                _ => self.executable.push(mapping.range.clone()),
            }
        }
        // A file that is only read, not executed, may have a header too.
        let files: HashSet<&(String, u64)> = mappings
            .iter()
            .filter(|mapping| mapping.executable && !mapping.path.is_empty())
            .map(|mapping| &mapping.file)
            .collect();
        let headers: Vec<&Mapping> = mappings
            .iter()
            .filter(|mapping| mapping.offset == 0 && !mapping.path.is_empty())
            .filter(|mapping| files.contains(&mapping.file))
            .collect();
        for module in self.modules.iter_mut().filter(|module| module.mapped) {
            let there = headers
                .iter()
                .any(|header| module.range.contains(&header.range.start) && same(module, header));
            if !there {
                module.mapped = false;
                self.unwinder.remove(module.range.start);
            }
        }
        for header in headers {
            let known = self
                .modules
                .iter()
                .any(|module| module.mapped && module.range.contains(&header.range.start));
            if !known {
                self.add(memory, header, &mappings);
            }
        }
        let places = self.modules.iter().zip(0..).filter(|(module, _)| module.mapped);
        self.mapped = places.map(|(module, place)| (module.range.clone(), place)).collect();
        self.mapped.sort_by_key(|(range, _)| range.start);
    }

    fn add(&mut self, memory: &dyn Memory, header: &Mapping, mappings: &[Mapping]) {
        let Some(image) = Image::read(memory, header.range.start) else {
            return;
        };
        let Some(begin) = image.bias.checked_add(image.code.start) else {
            return;
        };
        let executed = mappings.iter().any(|mapping| {
            mapping.executable && mapping.range.contains(&begin) && mapping.file == header.file
        });
        let overlaps = self.modules.iter().any(|module| {
            module.mapped
                && module.range.start < image.range.end
                && image.range.start < module.range.end
        });
        if !executed || overlaps {
            return;
        }
        self.unwinder.add(image.range.clone(), image.bias, image.tables(memory));
        self.modules.push(Module {
            path: header.path.clone(),
            file: header.file.clone(),
            header: header.range.clone(),
            range: image.range,
            bias: image.bias,
            code: begin..image.bias.saturating_add(image.code.end),
            code_offset: image.code_offset,
            build_id: image.build_id,
            mapped: true,
            source: None,
            sought: false,
        });
    }

    /// Follows a stack. With `certain`, it ends in front of addresses without code.
    pub fn follow(
        &mut self,
        memory: &dyn Memory,
        registers: &[u64; 8],
        stack: &[u8],
        certain: bool,
    ) -> Followed {
        let mut from = Registers::of_sample(registers);
        let stack = CopiedStack { begin: from.stack, bytes: stack };
        let mut calls: Vec<(u64, u64)> = Vec::with_capacity(64);
        let complete = loop {
            let first = calls.len();
            let (complete, strange) = self.steps(&from, &stack, &mut calls);
            if complete {
                break true;
            }
            // Handlers interrupt handlers: the innermost of those that were just found.
            let returns = |&(address, _): &(u64, u64)| {
                self.trampolines.contain(memory, address.wrapping_add(1))
            };
            let handler = calls[first..].iter().position(returns).map(|place| first + place);
            let interrupted =
                handler.and_then(|place| Some((place, interrupted(&stack, calls[place].1)?)));
            match interrupted {
                Some((place, registers)) if place + 1 < MAXIMUM_FRAMES => {
                    calls.truncate(place + 1);
                    from = registers;
                }
                _ if strange && !certain => return Followed::Strange,
                _ => break false,
            }
        };
        let mut locations: Vec<Location> =
            calls.iter().map(|&(address, _)| self.locate(address)).collect();
        if !complete {
            locations.push(CUT);
        }
        Followed::Stack(locations)
    }

    /// Adds the calls with their stack pointers. Returns whether the last one is the outermost, and
    /// whether there came an address without code.
    fn steps(
        &mut self,
        from: &Registers,
        stack: &CopiedStack<'_>,
        calls: &mut Vec<(u64, u64)>,
    ) -> (bool, bool) {
        let executable = &self.executable;
        let mut strange = false;
        let complete = self.unwinder.unwind(from, stack, &mut |address, pointer| {
            let after = executable.partition_point(|range| range.start <= address);
            strange = after == 0 || executable[after - 1].end <= address;
            if strange || calls.len() == MAXIMUM_FRAMES {
                return false;
            }
            calls.push((address, pointer));
            true
        });
        (complete, strange)
    }

    /// The module whose code is at an address now.
    pub fn module_at(&self, address: u64) -> Option<u32> {
        let after = self.mapped.partition_point(|(range, _)| range.start <= address);
        let (range, place) = self.mapped.get(after.checked_sub(1)?)?;
        range.contains(&address).then_some(*place)
    }

    fn locate(&mut self, address: u64) -> Location {
        let module = self.module_at(address);
        if let Some(place) = module {
            let module = &mut self.modules[place as usize];
            if !module.sought && self.sources < MAXIMUM_SOURCES {
                module.sought = true;
                module.source =
                    Source::open(self.pid, &module.path, &module.header, &module.build_id);
                self.sources += usize::from(module.source.is_some());
            }
        }
        Location { module, address }
    }
}

fn same(module: &Module, header: &Mapping) -> bool {
    module.path == header.path && module.file == header.file
}

#[cfg(test)]
mod tests;
