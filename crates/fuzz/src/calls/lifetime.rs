//! HeapCreate, HeapDestroy, GetProcessHeaps, HeapLock and their Rtl twins.

use crate::abi::heapapi::{
    ERROR_INVALID_HANDLE, ERROR_NOACCESS, ERROR_NOT_ENOUGH_MEMORY, ERROR_NOT_LOCKED,
    GetProcessHeap, GetProcessHeaps, HEAP_CREATE_ENABLE_EXECUTE, HEAP_GENERATE_EXCEPTIONS,
    HEAP_GROWABLE, HEAP_NO_SERIALIZE, HeapCreate, HeapDestroy, HeapLock, HeapSummary, HeapUnlock,
    Summary,
};
use crate::abi::rtl::{Parameters, RtlCreateHeap, RtlDestroyHeap, RtlLockHeap, RtlUnlockHeap};
use crate::input::{Choice, Size};
use crate::memory;
use crate::model::heap::{Extent, Heap};
use crate::model::world::World;
use crate::told::{call, quietly};
use arbitrary::Arbitrary;

const MOST_HEAPS: usize = 12;

/// A heap to make.
#[derive(Arbitrary, Clone, Copy, Debug)]
pub struct Create {
    unserialized: bool,
    raises: bool,
    executable: bool,
    /// Any other options, which are ignored.
    more: u32,
    extent: Wish,
}

#[derive(Arbitrary, Clone, Copy, Debug)]
enum Wish {
    Growable {
        initial: Size,
    },
    Fixed {
        initial: Size,
        maximum: Size,
    },
    Rtl {
        growable: bool,
        reserve: Size,
        commit: Size,
        length: u8,
    },
    /// With parameters where no memory is, or with a lock for a heap that has none.
    Refused {
        parameters: u16,
        lock: bool,
    },
    /// In memory of the program's.
    Lent {
        routine: bool,
        commits: u8,
    },
}

/// Options that mean nothing to HeapCreate, as far as that is known.
const IGNORED: u32 = 0x0400_0060;

impl Create {
    fn options(self) -> u32 {
        let mut options = self.more & IGNORED;
        for (wanted, option) in [
            (self.unserialized, HEAP_NO_SERIALIZE),
            (self.raises, HEAP_GENERATE_EXCEPTIONS),
            (self.executable, HEAP_CREATE_ENABLE_EXECUTE),
        ] {
            if wanted {
                options |= option;
            }
        }
        options
    }

    #[track_caller]
    pub fn run(self, world: &mut World) {
        if world.heaps.len() >= MOST_HEAPS {
            return;
        }
        let options = self.options();
        let made = match self.extent {
            Wish::Growable { initial } => {
                let extent = (!initial.is_too_much()).then_some(Extent::Growable);
                create(options, initial.0, 0, extent)
            }
            Wish::Fixed { initial, maximum } => {
                let maximum = Size(maximum.0.max(1));
                let reserve = maximum.0;
                let extent = (!maximum.is_too_much()).then_some(Extent::Fixed { reserve });
                create(options, initial.0, reserve, extent)
            }
            Wish::Rtl { growable, reserve, commit, length } => {
                let flags = if growable { options | HEAP_GROWABLE } else { options };
                create_rtl(flags, reserve, commit, length)
            }
            Wish::Refused { parameters, lock } => {
                let none = if lock {
                    let options = options | HEAP_NO_SERIALIZE;
                    quietly(|| RtlCreateHeap(options, 0, 0, 0, memory::base(), 0))
                } else {
                    let unmapped = usize::from(parameters % 4096).max(1);
                    quietly(|| RtlCreateHeap(options, 0, 0, 0, 0, unmapped))
                };
                assert_eq!(none, 0, "{self:?}");
                None
            }
            Wish::Lent { routine, commits } => create_lent(world, options, routine, commits),
        };
        let Some((handle, extent)) = made else { return };
        assert!(world.heaps.iter().all(|heap| heap.handle != handle), "a heap's handle came again");
        assert!(handle.is_multiple_of(0x1_0000), "the handle {handle:#x}");
        world.destroyed.retain(|&destroyed| destroyed != handle);
        world.heaps.push(Heap::new(handle, options, extent));
        if handle == memory::base() {
            // heapmin's record of it.
            world.find_residents();
        }
    }
}

/// Calls HeapCreate, which fails if there is no extent.
fn create(
    options: u32,
    initial: usize,
    maximum: usize,
    extent: Option<Extent>,
) -> Option<(usize, Extent)> {
    let (handle, told) = call(|| HeapCreate(options, initial, maximum));
    match extent {
        Some(extent) => {
            told.nothing();
            assert_ne!(handle, 0, "HeapCreate failed");
            let mut summary = Summary { cb: size_of::<Summary>() as u32, ..Summary::default() };
            assert_eq!(quietly(|| HeapSummary(handle, 0, Some(&mut summary))), 1, "HeapSummary");
            let asked = if maximum == 0 { initial } else { initial.min(maximum) };
            assert!(summary.committed >= asked, "{asked:#x} bytes of {summary:x?}");
            Some((handle, extent))
        }
        None => {
            told.last_error(ERROR_NOT_ENOUGH_MEMORY);
            assert_eq!(handle, 0, "a heap larger than any address space");
            None
        }
    }
}

fn create_rtl(flags: u32, reserve: Size, commit: Size, length: u8) -> Option<(usize, Extent)> {
    const PAGE: usize = 0x1000;
    // Of any length, which is that of a structure that is known or not.
    let parameters = Parameters { length: u32::from(length % 100), ..Parameters::default() };
    let parameters = if length < 100 { address_of(&parameters) } else { 0 };
    let handle = quietly(|| RtlCreateHeap(flags, 0, reserve.0, commit.0, 0, parameters));
    let bytes = match (reserve.0, commit.0) {
        (0, 0) => 64 * PAGE,
        (0, commit) => commit.checked_next_multiple_of(16 * PAGE).unwrap_or(usize::MAX),
        (reserve, _) => reserve,
    };
    if Size(bytes).is_too_much() {
        assert_eq!(handle, 0, "a heap larger than any address space");
        return None;
    }
    assert_ne!(handle, 0, "RtlCreateHeap failed");
    let is_growable = flags & HEAP_GROWABLE != 0;
    let extent = if is_growable { Extent::Growable } else { Extent::Fixed { reserve: bytes } };
    Some((handle, extent))
}

fn address_of(parameters: &Parameters) -> usize {
    std::ptr::from_ref(parameters).expose_provenance()
}

fn create_lent(world: &World, options: u32, routine: bool, commits: u8) -> Option<(usize, Extent)> {
    let (base, reserve) = (memory::base(), memory::RESERVE);
    let parameters = Parameters {
        length: size_of::<Parameters>() as u32,
        initial_commit: memory::COMMITTED,
        initial_reserve: reserve,
        commit_routine: Some(memory::commit),
        ..Parameters::default()
    };
    let is_taken = world.heaps.iter().any(|heap| heap.handle == base);
    if !is_taken {
        memory::set_commits(commits.into());
    }
    let parameters = if routine { address_of(&parameters) } else { 0 };
    let handle = quietly(|| RtlCreateHeap(options, base, reserve, 0, 0, parameters));
    if is_taken {
        assert_eq!(handle, 0, "two heaps in the same memory");
        return None;
    }
    assert_eq!(handle, base, "the handle of a heap in the program's memory");
    // The base of a routine has to be NULL without one.
    let without = Parameters { commit_routine: Some(memory::commit), ..Parameters::default() };
    let without = Parameters { length: size_of::<Parameters>() as u32, ..without };
    let none = quietly(|| RtlCreateHeap(options, 0, reserve, 0, 0, address_of(&without)));
    assert_eq!(none, 0, "a CommitRoutine without memory");
    let extent = if routine { Extent::Committed { reserve } } else { Extent::Fixed { reserve } };
    Some((handle, extent))
}

/// Destroys a heap with all its blocks.
#[track_caller]
pub fn destroy(world: &mut World, heap: Choice, rtl: bool) {
    let handle = world.pick_heap(heap);
    let is_process = handle == world.process();
    if rtl {
        let failed = quietly(|| RtlDestroyHeap(handle));
        assert_eq!(failed, if is_process { handle } else { 0 }, "RtlDestroyHeap");
    } else {
        let (done, told) = call(|| HeapDestroy(handle));
        if is_process {
            told.last_error(ERROR_INVALID_HANDLE)
        } else {
            told.nothing()
        }
        assert_eq!(done, i32::from(!is_process), "HeapDestroy");
    }
    if is_process {
        return;
    }
    world.forget_heap(handle);
    if handle == memory::base() {
        world.find_residents();
    }
}

/// Lists the heaps into an array with so much room.
#[track_caller]
pub fn list(world: &World, room: u8) {
    const UNTOUCHED: usize = usize::MAX;
    let room = usize::from(room % 16);
    let mut handles = [UNTOUCHED; 16];
    // SAFETY: the array is longer than the room that is told.
    let total = quietly(|| unsafe { GetProcessHeaps(room as u32, handles.as_mut_ptr()) });
    assert_eq!(total as usize, world.heaps.len(), "the number of heaps");
    for (index, &handle) in handles.iter().enumerate() {
        let expected = world.heaps.get(index).filter(|_| index < room);
        assert_eq!(handle, expected.map_or(UNTOUCHED, |heap| heap.handle), "heap {index}");
    }
    // SAFETY: without room, nothing is written.
    let total = quietly(|| unsafe { GetProcessHeaps(0, std::ptr::null_mut()) });
    assert_eq!(total as usize, world.heaps.len(), "the number of heaps");
    // SAFETY: null is refused.
    let (total, told) = call(|| unsafe { GetProcessHeaps(1, std::ptr::null_mut()) });
    assert_eq!(total, 0, "room at NULL");
    told.last_error(ERROR_NOACCESS);
    assert_eq!(quietly(|| GetProcessHeap()), world.process());
}

/// Locks a heap once more.
#[track_caller]
pub fn lock(world: &mut World, heap: Choice, rtl: bool) {
    let handle = world.pick_heap(heap);
    let done =
        if rtl { quietly(|| RtlLockHeap(handle)).into() } else { quietly(|| HeapLock(handle)) };
    assert_eq!(done, 1, "locking heap {handle:#x}");
    let heap = world.heap_mut(handle);
    if heap.is_serialized() {
        heap.locks += 1;
    }
}

/// Unlocks a heap, locked or not.
#[track_caller]
pub fn unlock(world: &mut World, heap: Choice, rtl: bool) {
    let handle = world.pick_heap(heap);
    let (done, told) = call(|| if rtl { RtlUnlockHeap(handle).into() } else { HeapUnlock(handle) });
    let heap = world.heap_mut(handle);
    if heap.is_serialized() && heap.locks == 0 {
        assert_eq!(done, 0, "unlocking heap {handle:#x}, which isn't locked");
        return told.last_error(ERROR_NOT_LOCKED);
    }
    assert_eq!(done, 1, "unlocking heap {handle:#x}");
    told.nothing();
    heap.locks = heap.locks.saturating_sub(1);
}
