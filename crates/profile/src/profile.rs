//! What a recording has found, as data that can be written as JSON.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The version of [`Profile`].
pub const SCHEMA: u32 = 1;

/// Which call stacks have taken memory.
///
/// Bytes and blocks are estimates: each sample stands for as many bytes as were allocated, on
/// average, from one sample to the next, and for as many blocks of its size as make up these bytes.
/// A figure made of n samples is off by about 1 / √n of itself.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Profile {
    /// Version of this structure.
    pub schema: u32,
    /// The process.
    pub pid: i32,
    /// Its command line.
    pub command: String,
    /// Bytes from sample to sample, on average.
    pub rate_bytes: u64,
    /// Samples that were evaluated.
    pub samples: u64,
    /// Samples that were overwritten before they were read: their bytes are missing everywhere.
    pub lost_samples: u64,
    /// Samples taken before the recording began; those of the last ones that could still be read
    /// count in `samples`.
    pub earlier_samples: u64,
    /// Frees that were overwritten before they were read: live bytes are too high by them unless the
    /// live blocks were counted at the end.
    pub lost_frees: u64,
    /// When the recording began, in milliseconds since 1970.
    pub started_ms: u64,
    /// How long it lasted.
    pub duration_ms: u64,
    /// When the live bytes were at their peak, in milliseconds from the beginning.
    pub peak_ms: u64,
    /// The sums over all stacks.
    pub totals: Amounts,
    /// The files that code was in.
    pub modules: Vec<Module>,
    /// Functions on call stacks, with their places.
    pub frames: Vec<Frame>,
    /// The call stacks, those with the most allocated bytes first.
    pub stacks: Vec<Stack>,
}

/// A file that code was in.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Module {
    /// Its path, as the process sees it; `[vdso]` for the system's own.
    pub path: String,
    /// Its build id, in hexadecimal digits; empty: it has none.
    pub build_id: String,
    /// The address at which its code begins in the process.
    pub start: u64,
    /// The first address behind its code.
    pub end: u64,
    /// The offset of its code in the file.
    pub offset: u64,
    /// Whether functions' names were found for it.
    pub has_names: bool,
    /// Whether files and lines were found for it.
    pub has_lines: bool,
}

/// A function on a call stack.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
pub struct Frame {
    /// Its name, demangled. Where there is none, `libc.so.6+0x1234`: the module's file and the virtual
    /// address in it, as `addr2line` takes it; `0x1234` in no module: the address in the process.
    pub function: String,
    /// The path of the module, as in [`Module::path`]; empty: code that is in no file, as a compiler at
    /// run time makes it.
    pub module: String,
    /// The source file.
    pub file: Option<String>,
    /// The line of the call.
    pub line: Option<u32>,
    /// Whether it was inlined into the next frame outwards.
    pub inlined: bool,
    /// The address of the call in the process; the same for what was inlined there. 0: the frame
    /// stands for others that are not known.
    pub address: u64,
}

/// A call stack, and what was allocated there.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Stack {
    /// Places in [`Profile::frames`], the innermost first: the caller of the allocating function.
    pub frames: Vec<u32>,
    /// What was allocated.
    #[serde(flatten)]
    pub amounts: Amounts,
}

/// Estimated bytes and blocks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Amounts {
    /// Bytes allocated in all.
    pub allocated_bytes: u64,
    /// Blocks allocated in all.
    pub allocated_blocks: u64,
    /// Bytes that were live at the end.
    pub live_bytes: u64,
    /// Blocks that were live at the end.
    pub live_blocks: u64,
    /// Bytes that were live when the live bytes of the whole process were at their peak.
    pub peak_bytes: u64,
    /// Blocks that were live then.
    pub peak_blocks: u64,
    /// Of the allocated blocks, those that were freed before the same thread had allocated another
    /// [`Profile::rate_bytes`] or so: before its next sample.
    pub temporary_blocks: u64,
}

/// One of the sums of a [`Stack`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Measure {
    /// Bytes allocated in all.
    Allocated,
    /// Bytes that were live at the end.
    Live,
    /// Bytes that were live at the peak.
    Peak,
}

impl Measure {
    /// For titles.
    pub fn title(self) -> &'static str {
        match self {
            Self::Allocated => "allocated bytes",
            Self::Live => "live bytes at the end",
            Self::Peak => "live bytes at the peak",
        }
    }
}

impl Amounts {
    /// The bytes of a measure.
    pub fn bytes(&self, measure: Measure) -> u64 {
        match measure {
            Measure::Allocated => self.allocated_bytes,
            Measure::Live => self.live_bytes,
            Measure::Peak => self.peak_bytes,
        }
    }

    /// Adds others.
    pub fn add(&mut self, other: &Self) {
        let Self {
            allocated_bytes,
            allocated_blocks,
            live_bytes,
            live_blocks,
            peak_bytes,
            peak_blocks,
            temporary_blocks,
        } = self;
        for (sum, more) in [
            (allocated_bytes, other.allocated_bytes),
            (allocated_blocks, other.allocated_blocks),
            (live_bytes, other.live_bytes),
            (live_blocks, other.live_blocks),
            (peak_bytes, other.peak_bytes),
            (peak_blocks, other.peak_blocks),
            (temporary_blocks, other.temporary_blocks),
        ] {
            *sum = sum.saturating_add(more);
        }
    }
}
