//! A moveable object of Local* or Global*.

use super::block::Block;
use crate::abi::heapapi::{ERROR_DISCARDED, ERROR_NOT_LOCKED, HeapValidate, NO_ERROR};
use crate::abi::moveable::{
    DISCARDED, GMEM_DDESHARE, GMEM_DISCARDABLE, GlobalFix, GlobalFlags, GlobalHandle, GlobalLock,
    GlobalSize, GlobalUnWire, GlobalUnfix, GlobalUnlock, GlobalWire, LMEM_DISCARDABLE, LocalFlags,
    LocalHandle, LocalLock, LocalSize, LocalUnlock,
};
use crate::told::{call, quietly};

/// The lock count stays here.
const MOST_LOCKS: u32 = 255;

/// A live object; its data, if it has any, is a block of the process heap with its handle.
#[derive(Clone, Debug)]
pub struct Object {
    pub handle: usize,
    pub discardable: bool,
    pub shared: bool,
    pub locks: u32,
}

/// User flag of the data's block.
pub const BLOCK_FLAGS: u32 = 0x200;

impl Object {
    /// Checks everything that can be asked of the object, whose data this is.
    #[track_caller]
    pub fn check(&mut self, process: usize, data: Option<&Block>) {
        let handle = self.handle;
        assert_eq!(handle % 16, 8, "a moveable handle: {self:x?}");
        assert_eq!(quietly(|| HeapValidate(process, 0, handle - 8)), 0, "an entry is no block");
        let size = data.map_or(0, |data| data.size);
        assert_eq!(quietly(|| GlobalSize(handle)), size, "GlobalSize of {self:x?}");
        assert_eq!(quietly(|| LocalSize(handle)), size, "LocalSize of {self:x?}");
        self.check_flags(data.is_none());
        self.lock(false, data);
        self.unlock(true);
        if let Some(data) = data {
            assert_eq!(quietly(|| GlobalWire(handle)), data.address, "GlobalWire of {self:x?}");
            quietly(|| GlobalFix(handle));
            let _ = call(|| GlobalUnfix(handle));
            let _ = call(|| GlobalUnWire(handle));
            // Where the count stays at the most, taking back counts all the same.
            self.locks = (self.locks + 2).min(MOST_LOCKS) - 2;
            self.check_flags(false);
            assert_eq!(quietly(|| LocalHandle(data.address)), handle, "LocalHandle: {data:x?}");
            assert_eq!(quietly(|| GlobalHandle(data.address)), handle, "GlobalHandle: {data:x?}");
        }
    }

    #[track_caller]
    fn check_flags(&self, discarded: bool) {
        let mut common = self.locks;
        if discarded {
            common |= DISCARDED;
        }
        let mut global = common;
        if self.discardable {
            global |= GMEM_DISCARDABLE;
        }
        if self.shared {
            global |= GMEM_DDESHARE;
        }
        assert_eq!(quietly(|| GlobalFlags(self.handle)), global, "GlobalFlags of {self:x?}");
        let local = quietly(|| LocalFlags(self.handle));
        // Which of the bits stands for it, isn't documented.
        assert_eq!(local & !LMEM_DISCARDABLE, common, "LocalFlags of {self:x?}");
        assert_eq!(local & LMEM_DISCARDABLE != 0, self.discardable, "LocalFlags of {self:x?}");
    }

    /// Locks it once.
    #[track_caller]
    pub fn lock(&mut self, global: bool, data: Option<&Block>) {
        let lock = if global { GlobalLock } else { LocalLock };
        let (found, told) = call(|| lock(self.handle));
        match data {
            Some(data) => {
                told.nothing();
                assert_eq!(found, data.address, "the locked data of {self:x?}");
                self.locks = (self.locks + 1).min(MOST_LOCKS);
            }
            None => {
                told.last_error(ERROR_DISCARDED);
                assert_eq!(found, 0, "locking a discarded object: {self:x?}");
            }
        }
    }

    /// Unlocks it once.
    #[track_caller]
    pub fn unlock(&mut self, global: bool) {
        let unlock = if global { GlobalUnlock } else { LocalUnlock };
        let (still, told) = call(|| unlock(self.handle));
        match self.locks {
            0 => told.last_error(ERROR_NOT_LOCKED),
            1 => told.last_error(NO_ERROR),
            _ => told.nothing(),
        }
        assert_eq!(still, i32::from(self.locks > 1), "unlocking {self:x?}");
        self.locks = self.locks.saturating_sub(1);
    }
}
