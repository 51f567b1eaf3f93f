//! How long a heap's unused memory stays for reuse before it goes back to the OS.

use crate::base::atomic::{AtomicU32, Ordering};
use crate::base::epoch::{Epoch, ticks};

/// When memory that nobody uses goes back by itself. Every trim gives it back at once in any case.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decay {
    /// It stays.
    Never,
    /// Free spans at once, free pages of slabs that are in use soon after.
    AtOnce,
    /// After it was unused for so long.
    After {
        /// At least 1.
        milliseconds: u32,
    },
}

impl Decay {
    /// What a process starts with, unless its environment says something else. Long enough that
    /// memory which a program uses in turns of about a second stays, short enough that a peak is
    /// gone before somebody looks.
    pub const STANDARD: Self = Self::After { milliseconds: 2000 };
}

impl Default for Decay {
    fn default() -> Self {
        Self::STANDARD
    }
}

/// A [`Decay`] that can be set while others read it; or none of its own.
///
/// | word | meaning |
/// |---|---|
/// | 0 | none |
/// | 1 | at once |
/// | n | after n - 1 milliseconds |
/// | `NEVER` | never |
pub struct Setting(AtomicU32);

const NEVER: u32 = u32::MAX;

/// What heaps without a setting of their own go by; none: the standard.
pub static OF_PROCESS: Setting = Setting::new();

impl Setting {
    /// None.
    pub const fn new() -> Self {
        Self(AtomicU32::new(0))
    }

    /// Changes it; `None`: to that of the process.
    pub fn set(&self, decay: Option<Decay>) {
        let word = match decay {
            None => 0,
            Some(Decay::Never) => NEVER,
            Some(Decay::AtOnce) => 1,
            Some(Decay::After { milliseconds }) => milliseconds.clamp(1, NEVER - 2) + 1,
        };
        self.0.store(word, Ordering::Relaxed);
    }

    /// What it says; that of the process where it says nothing.
    pub fn get(&self) -> Decay {
        self.own().or_else(|| OF_PROCESS.own()).unwrap_or(Decay::STANDARD)
    }

    fn own(&self) -> Option<Decay> {
        match self.0.load(Ordering::Relaxed) {
            0 => None,
            1 => Some(Decay::AtOnce),
            NEVER => Some(Decay::Never),
            word => Some(Decay::After { milliseconds: word - 1 }),
        }
    }
}

impl Decay {
    /// When memory that is given up now may go back.
    pub fn due(self) -> Epoch {
        match self {
            Self::Never => Epoch::now().never(),
            Self::AtOnce => Epoch::now(),
            Self::After { milliseconds } => Epoch::now().after(ticks(milliseconds)),
        }
    }

    /// Whether memory that was last touched at `epoch` may go back.
    pub fn is_over(self, epoch: Epoch) -> bool {
        match self {
            Self::Never => false,
            Self::AtOnce => true,
            Self::After { milliseconds } => epoch.after(ticks(milliseconds)).has_come(),
        }
    }
}

/// When memory of no heap in particular that is given up now may go back.
pub fn due() -> Epoch {
    OF_PROCESS.get().due()
}
