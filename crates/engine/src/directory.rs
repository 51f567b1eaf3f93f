//! The directory of heaps, for whoever looks into the process from outside, and the note by which it
//! is found. Layout: [`heapmin_directory`]. It takes part in nothing: the process itself never reads
//! it.

use crate::base::size_class::{CLASS_COUNT, SIZES};
use crate::base::units::{GRANULE_SHIFT, UNIT_SHIFT};
use crate::cache::Cache;
use crate::control;
use crate::heap::decay::OF_PROCESS;
use crate::heap::layout::HEAP;
use crate::heap::registry::{BY_NUMBER, NUMBERS, PROCESS, SIZED, TAKEN};
use crate::os::lock::Lock;
use crate::profile;
use crate::sized::tail::SECRET;
use crate::span::header::{Remote, SpanHeader};
use crate::span::pool::Pool;
use crate::span::window::REGION;
use crate::span::{POOL, WINDOW};
use core::arch::global_asm;
use core::mem::offset_of;
use heapmin_directory::layout::{HeaderLayout, RemoteLayout};
use heapmin_directory::{Address, Directory, MAGIC, MAJOR, MINOR, note};

/// See the module.
#[used]
static DIRECTORY: Directory = Directory {
    magic: MAGIC,
    major: MAJOR,
    minor: MINOR,
    bytes: size_of::<Directory>() as u32,
    engine: padded(env!("CARGO_PKG_VERSION").as_bytes()),
    unit_shift: UNIT_SHIFT,
    granule_shift: GRANULE_SHIFT,
    class_count: CLASS_COUNT as u32,
    region_units: REGION,
    class_sizes: Address::of(&SIZES),
    window: Address::of(&WINDOW),
    process: [Address::of(&PROCESS), Address::of(&SIZED)],
    heaps: Address::of(&BY_NUMBER),
    numbers: Address::of(&TAKEN),
    number_count: NUMBERS as u32,
    standard_decay: 0,
    process_decay: Address::of(&OF_PROCESS),
    returned_bytes: Address::within(&POOL, Lock::<Pool>::VALUE + Pool::RETURNED_BYTES),
    frontier: Address::within(&POOL, Lock::<Pool>::VALUE + Pool::FRONTIER),
    secret: Address::of(&SECRET),
    profile: Address::of(&profile::STATE),
    thread_words: Address::of(&control::THREAD_WORDS),
    control: Address::of_function(control::entry),
    heap: HEAP,
    cache: Cache::LAYOUT,
    header: HeaderLayout {
        bytes: size_of::<SpanHeader>() as u32,
        units: offset_of!(SpanHeader, units) as u32,
        first: offset_of!(SpanHeader, first) as u32,
        heap: offset_of!(SpanHeader, heap) as u32,
        heap_next: offset_of!(SpanHeader, heap_next) as u32,
        free_granules: offset_of!(SpanHeader, free_granules) as u32,
        carved: offset_of!(SpanHeader, carved) as u32,
        class: offset_of!(SpanHeader, class) as u32,
        returned: offset_of!(SpanHeader, returned) as u32,
        size: offset_of!(SpanHeader, size) as u32,
        sample: SpanHeader::SAMPLE as u32,
    },
    remote: RemoteLayout {
        bytes: size_of::<Remote>() as u32,
        bits: offset_of!(Remote, bits) as u32,
    },
};

// The linker puts it where the program headers say that notes are.
global_asm!(
    ".pushsection .note.heapmin,\"a\",@note",
    ".p2align 2",
    ".long {name_bytes}",
    ".long {description_bytes}",
    ".long {kind}",
    ".asciz \"heapmin\"",
    ".long {version}",
    ".long {directory} - .",
    ".popsection",
    name_bytes = const note::NAME.len(),
    description_bytes = const note::DESCRIPTION_BYTES,
    kind = const note::TYPE,
    version = const note::VERSION,
    directory = sym DIRECTORY,
);

const fn padded(version: &[u8]) -> [u8; 16] {
    let mut padded = [0; 16];
    let mut index = 0;
    while index < version.len() {
        padded[index] = version[index];
        index += 1;
    }
    padded
}
