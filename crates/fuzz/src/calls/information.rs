//! HeapQueryInformation and HeapSetInformation. Termination on corruption is never switched on: it
//! can't be switched off again.

use crate::abi::heapapi::{
    ERROR_GEN_FAILURE, ERROR_INSUFFICIENT_BUFFER, ERROR_INVALID_HANDLE, ERROR_INVALID_PARAMETER,
    ERROR_NOACCESS, HeapQueryInformation, HeapSetInformation, HeapSummary, Summary,
};
use crate::abi::moveable::{GlobalCompact, LocalCompact, LocalShrink};
use crate::abi::native::{Trimmed, heapmin_heap_trim, heapmin_trim};
use crate::input::Choice;
use crate::model::handle;
use crate::model::heap::Extent;
use crate::model::world::World;
use crate::told::{call, quietly};
use arbitrary::Arbitrary;
use std::ptr;

/// A heap's handle or another one.
#[derive(Arbitrary, Clone, Copy, Debug)]
pub enum Handle {
    Heap(Choice),
    Other(handle::Source),
}

/// A call of one of the two.
#[derive(Arbitrary, Clone, Copy, Debug)]
pub struct Information {
    handle: Handle,
    class: u32,
    any_class: bool,
    length: u8,
    null: bool,
    value: [u32; 2],
    returned: bool,
}

const COMPATIBILITY: u32 = 0;
const TERMINATION: u32 = 1;
const OPTIMIZE: u32 = 3;
/// The low-fragmentation heap.
const LOW_FRAGMENTATION: u32 = 2;

impl Information {
    fn class(self) -> u32 {
        if self.any_class { self.class } else { self.class % 4 }
    }

    /// The handle, and the index of its heap.
    fn heap(self, world: &World) -> Option<(usize, Option<usize>)> {
        match self.handle {
            Handle::Heap(choice) => {
                let index = choice.index(world.heaps.len())?;
                Some((world.heaps[index].handle, Some(index)))
            }
            Handle::Other(source) => Some((source.resolve(world)?, None)),
        }
    }

    /// Asks for information into a buffer of exactly the length that is told.
    #[track_caller]
    pub fn query(self, world: &World) {
        const UNTOUCHED: u8 = 0xCD;
        let Some((handle, index)) = self.heap(world) else { return };
        let class = self.class();
        let length = usize::from(self.length % 16);
        let mut buffer = vec![UNTOUCHED; length];
        let place = if self.null { ptr::null_mut() } else { buffer.as_mut_ptr() };
        let mut returned = usize::MAX;
        let asked = self.returned.then_some(&mut returned);
        // SAFETY: the buffer has `length` bytes, or is null.
        let (done, told) =
            call(|| unsafe { HeapQueryInformation(handle, class, place, length, asked) });
        let value = match (class, index) {
            (COMPATIBILITY, Some(index)) => Ok(world.heaps[index].compatibility),
            (COMPATIBILITY, None) if handle == 0 => Err(ERROR_NOACCESS),
            (TERMINATION, Some(_)) => Ok(0),
            (TERMINATION, None) if handle == 0 => Ok(0),
            (COMPATIBILITY | TERMINATION, None) => Err(ERROR_INVALID_HANDLE),
            _ => Err(ERROR_INVALID_PARAMETER),
        };
        let result = match value {
            Ok(_) if length < 4 => Err(ERROR_INSUFFICIENT_BUFFER),
            Ok(_) if self.null => Err(ERROR_NOACCESS),
            other => other,
        };
        let name = format!("{self:?} of {handle:#x}");
        let told_length = match result {
            Ok(value) => {
                told.nothing();
                assert_eq!(done, 1, "{name}");
                assert_eq!(buffer[..4], value.to_ne_bytes(), "{name}");
                buffer[..4].fill(UNTOUCHED);
                4
            }
            Err(code) => {
                assert_eq!(done, 0, "{name}");
                told.last_error(code);
                if code == ERROR_INSUFFICIENT_BUFFER { 4 } else { usize::MAX }
            }
        };
        assert!(buffer.iter().all(|&byte| byte == UNTOUCHED), "{name}: {buffer:x?}");
        if self.returned {
            assert_eq!(returned, told_length, "ReturnLength of {name}");
        }
    }

    /// Sets information.
    #[track_caller]
    pub fn set(self, world: &mut World) {
        let class = self.class();
        if class == TERMINATION {
            return;
        }
        let Some((handle, index)) = self.heap(world) else { return };
        let [first, second] =
            self.value.map(|value| if value & 8 == 0 { value % 4 } else { value });
        let mut buffer = first.to_ne_bytes().to_vec();
        buffer.extend(second.to_ne_bytes());
        buffer.resize(usize::from(self.length % 12), 0);
        let length = buffer.len();
        let place = if self.null { ptr::null() } else { buffer.as_ptr() };
        // SAFETY: the buffer has `length` bytes, or is null.
        let (done, told) = call(|| unsafe { HeapSetInformation(handle, class, place, length) });
        let result = match class {
            COMPATIBILITY => match index {
                None => Err(ERROR_INVALID_HANDLE),
                Some(_) if length < 4 => Err(ERROR_INSUFFICIENT_BUFFER),
                Some(_) if self.null => Err(ERROR_NOACCESS),
                Some(index) => set_compatibility(world, index, first),
            },
            OPTIMIZE if index.is_none() && handle != 0 => Err(ERROR_INVALID_HANDLE),
            OPTIMIZE if self.null || length != 8 || (first, second) != (1, 0) => {
                Err(ERROR_INVALID_PARAMETER)
            }
            OPTIMIZE => Ok(()),
            _ => Err(ERROR_INVALID_PARAMETER),
        };
        match result {
            Ok(()) => told.nothing(),
            Err(code) => told.last_error(code),
        }
        assert_eq!(done, i32::from(result.is_ok()), "{self:?} of {handle:#x}");
    }
}

/// A heap's compatibility value.
#[track_caller]
pub fn compatibility(heap: usize) -> u32 {
    let mut value = [0; 4];
    // SAFETY: the buffer has four bytes.
    let done = quietly(|| unsafe { HeapQueryInformation(heap, 0, value.as_mut_ptr(), 4, None) });
    assert_eq!(done, 1, "HeapQueryInformation of {heap:#x}");
    u32::from_ne_bytes(value)
}

fn set_compatibility(world: &mut World, index: usize, value: u32) -> Result<(), u32> {
    let heap = &mut world.heaps[index];
    match value {
        LOW_FRAGMENTATION if heap.is_serialized() && heap.extent == Extent::Growable => {
            heap.compatibility = value;
            Ok(())
        }
        0 | 1 => Err(ERROR_GEN_FAILURE),
        _ => Err(ERROR_INVALID_PARAMETER),
    }
}

/// A summary with a size that may be wrong.
#[track_caller]
pub fn summarize(world: &World, heap: Choice, cb: u32, flags: u32, null: bool) {
    let heap = world.pick_heap(heap);
    let cb = if cb & 1 == 0 { size_of::<Summary>() as u32 } else { cb };
    let mut summary = Summary { cb, ..Summary::default() };
    let place = (!null).then_some(&mut summary);
    let (done, told) = call(|| HeapSummary(heap, flags, place));
    if null || cb as usize != size_of::<Summary>() {
        assert_eq!(done, 0, "HeapSummary with cb {cb}");
        assert_eq!(summary, Summary { cb, ..Summary::default() }, "a refused summary");
        return told.last_error(ERROR_INVALID_PARAMETER);
    }
    told.nothing();
    let own: usize = world.residents.values().sum();
    let residents = if heap == world.process() { own } else { 0 };
    let blocks = world.blocks.iter().filter(|block| block.heap == heap);
    let allocated = residents + blocks.map(|block| block.base_size).sum::<usize>();
    assert_eq!((done, summary.cb, summary.allocated), (1, cb, allocated), "{summary:x?}");
}

/// Gives memory back, of one heap or all.
#[track_caller]
pub fn trim(world: &World, heap: Choice, all: bool) {
    let heap = if all { 0 } else { world.pick_heap(heap) };
    let mut report = Trimmed::default();
    assert_eq!(quietly(|| heapmin_heap_trim(heap, Some(&mut report))), 1, "heapmin_heap_trim");
    assert!(report.after <= report.before || report.released == 0, "{report:x?}");
    quietly(|| heapmin_trim());
    let largest = quietly(|| GlobalCompact(0));
    assert_eq!((quietly(|| LocalCompact(0)), quietly(|| LocalShrink(0, 0))), (largest, largest));
}
