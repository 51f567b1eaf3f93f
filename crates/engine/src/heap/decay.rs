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
pub struct Setting(AtomicU32);

const NONE: u32 = u32::MAX;
const NEVER: u32 = u32::MAX - 1;
const LONGEST: u32 = u32::MAX - 2;

/// What heaps without a setting of their own go by.
pub static OF_PROCESS: Setting = Setting::new(Some(Decay::STANDARD));

impl Setting {
    /// A setting; `None`: that of the process.
    pub const fn new(decay: Option<Decay>) -> Self {
        Self(AtomicU32::new(match decay {
            None => NONE,
            Some(Decay::Never) => NEVER,
            Some(Decay::AtOnce) => 0,
            Some(Decay::After { milliseconds }) if milliseconds > LONGEST => LONGEST,
            Some(Decay::After { milliseconds }) => milliseconds,
        }))
    }

    /// Changes it.
    pub fn set(&self, decay: Option<Decay>) {
        self.0.store(Self::new(decay).0.into_inner(), Ordering::Relaxed);
    }

    /// What it says; that of the process where it says nothing.
    pub fn get(&self) -> Decay {
        match self.0.load(Ordering::Relaxed) {
            NONE => OF_PROCESS.own().unwrap_or(Decay::STANDARD),
            _ => self.own().unwrap_or(Decay::STANDARD),
        }
    }

    fn own(&self) -> Option<Decay> {
        match self.0.load(Ordering::Relaxed) {
            NONE => None,
            NEVER => Some(Decay::Never),
            0 => Some(Decay::AtOnce),
            milliseconds => Some(Decay::After { milliseconds }),
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
