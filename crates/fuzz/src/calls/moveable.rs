//! Local* and Global*.

use crate::abi::heapapi::{
    ERROR_INVALID_HANDLE, ERROR_INVALID_PARAMETER, ERROR_NOACCESS, ERROR_NOT_ENOUGH_MEMORY,
    ERROR_NOT_LOCKED,
};
use crate::abi::moveable::{
    GMEM_DDESHARE, GMEM_DISCARDABLE, GMEM_VALID_FLAGS, GlobalAlloc, GlobalFlags, GlobalFree,
    GlobalHandle, GlobalLock, GlobalReAlloc, GlobalSize, GlobalUnlock, INVALID_HANDLE,
    LMEM_DISCARDABLE, LMEM_VALID_FLAGS, LocalAlloc, LocalFlags, LocalFree, LocalHandle, LocalLock,
    LocalReAlloc, LocalSize, LocalUnlock, MODIFY, MOVEABLE, ZEROINIT,
};
use crate::input::{Choice, Size};
use crate::model::block::{Block, Kind, flags_now};
use crate::model::object::{BLOCK_FLAGS, Object};
use crate::model::pointer::{self, Memory};
use crate::model::world::World;
use crate::pattern;
use crate::told::{Told, call, quietly};
use arbitrary::Arbitrary;

/// Flags of an object.
#[derive(Arbitrary, Clone, Copy, Debug)]
pub struct Flags {
    moveable: bool,
    zero: bool,
    modify: bool,
    discardable: bool,
    shared: bool,
    more: u32,
}

impl Flags {
    fn bits(self, global: bool) -> u32 {
        let mut bits = 0;
        for (wanted, flag) in [
            (self.moveable, MOVEABLE),
            (self.zero, ZEROINIT),
            (self.modify && self.more.is_multiple_of(3), MODIFY),
            (self.shared && global, GMEM_DDESHARE),
            (self.discardable && self.more.is_multiple_of(5), discardable_bits(global)),
        ] {
            if wanted {
                bits |= flag;
            }
        }
        if self.more.is_multiple_of(16) { bits | self.more } else { bits }
    }
}

fn discardable_bits(global: bool) -> u32 {
    if global { GMEM_DISCARDABLE } else { LMEM_DISCARDABLE }
}

/// The data of an object with this handle.
fn data_of(world: &World, handle: usize) -> Option<usize> {
    world.blocks.iter().position(|block| block.kind == Kind::Moveable { handle })
}

/// Checks an object and takes its data into the model.
#[track_caller]
fn adopt_data(world: &mut World, handle: usize, size: usize) -> Option<usize> {
    if size == 0 {
        return None;
    }
    let address = quietly(|| GlobalLock(handle));
    assert_ne!(address, 0, "GlobalLock of {handle:#x}");
    let (still, told) = call(|| GlobalUnlock(handle));
    if still == 0 {
        told.last_error(0)
    } else {
        told.nothing()
    }
    let process = world.process();
    let plain = Block::plain(process, address, size);
    let kind = Kind::Moveable { handle };
    Some(world.adopt(Block { kind, value: Some(handle), flags: BLOCK_FLAGS, ..plain }))
}

#[track_caller]
fn check_object(world: &mut World, index: usize) {
    let process = world.process();
    let data = data_of(world, world.objects[index].handle).map(|data| world.blocks[data].clone());
    world.objects[index].check(process, data.as_ref());
}

/// Allocates an object.
#[track_caller]
pub fn allocate(world: &mut World, global: bool, flags: Flags, size: Size) {
    if world.is_full() {
        return;
    }
    let bits = flags.bits(global);
    let size = world.limited(size);
    let (allocate, valid) = match global {
        true => (GlobalAlloc as extern "C-unwind" fn(u32, usize) -> usize, GMEM_VALID_FLAGS),
        false => (LocalAlloc as extern "C-unwind" fn(u32, usize) -> usize, LMEM_VALID_FLAGS),
    };
    let (handle, told) = call(|| allocate(bits, size));
    if bits & !valid != 0 {
        assert_eq!(handle, 0, "an object with flags {bits:#x}");
        return told.last_error(ERROR_INVALID_PARAMETER);
    }
    if Size(size).is_too_much() {
        assert_eq!(handle, 0, "an object of {size} bytes");
        return told.last_error(ERROR_NOT_ENOUGH_MEMORY);
    }
    told.nothing();
    assert_ne!(handle, 0, "no object of {size} bytes, {bits:#x}");
    if bits & MOVEABLE == 0 {
        let size = if global { size.max(1) } else { size };
        if bits & ZEROINIT != 0 {
            // SAFETY: a block of this size that was just allocated.
            unsafe { pattern::check_all(handle, 0, size, 0) };
        }
        let process = world.process();
        world.adopt(Block::plain(process, handle, size));
        return check_fixed(handle, size);
    }
    assert!(world.objects.iter().all(|object| object.handle != handle), "a handle came twice");
    world.freed_objects.retain(|&freed| freed != handle);
    if bits & ZEROINIT != 0 && size != 0 {
        let address = quietly(|| GlobalLock(handle));
        // SAFETY: the object's data, which has this size.
        unsafe { pattern::check_all(address, 0, size, 0) };
        let _ = call(|| GlobalUnlock(handle));
    }
    let discardable = bits & discardable_bits(global) != 0;
    let shared = global && bits & GMEM_DDESHARE != 0;
    world.objects.push(Object { handle, discardable, shared, locks: 0 });
    adopt_data(world, handle, size);
    check_object(world, world.objects.len() - 1);
}

/// What Local and Global say of a fixed object.
#[track_caller]
fn check_fixed(address: usize, size: usize) {
    for (lock, unlock, flags, handle, size_of) in [
        (
            GlobalLock as extern "C-unwind" fn(usize) -> usize,
            GlobalUnlock as extern "C-unwind" fn(usize) -> i32,
            GlobalFlags as extern "C-unwind" fn(usize) -> u32,
            GlobalHandle as extern "C-unwind" fn(usize) -> usize,
            GlobalSize as extern "C-unwind" fn(usize) -> usize,
        ),
        (LocalLock, LocalUnlock, LocalFlags, LocalHandle, LocalSize),
    ] {
        assert_eq!(quietly(|| lock(address)), address, "locking a fixed object");
        let (unlocked, told) = call(|| unlock(address));
        if unlocked == 0 {
            told.last_error(ERROR_NOT_LOCKED)
        } else {
            told.nothing()
        }
        assert_eq!(quietly(|| flags(address)), 0, "flags of a fixed object");
        assert_eq!(quietly(|| handle(address)), address, "handle of a fixed object");
        assert_eq!(quietly(|| size_of(address)), size, "size of a fixed object");
    }
    assert_eq!(quietly(|| GlobalUnlock(address)), 1, "GlobalUnlock of a fixed object");
    let (unlocked, told) = call(|| LocalUnlock(address));
    assert_eq!(unlocked, 0, "LocalUnlock of a fixed object");
    told.last_error(ERROR_NOT_LOCKED);
}

/// Changes a fixed object: any plain block of the process heap.
#[track_caller]
pub fn reallocate_fixed(world: &mut World, block: Choice, global: bool, flags: Flags, size: Size) {
    let Some(index) = world.pick_of_process(block) else { return };
    let old = world.blocks[index].clone();
    let bits = flags.bits(global);
    let size = world.limited(size);
    let reallocate = if global { GlobalReAlloc } else { LocalReAlloc };
    let (result, told) = call(|| reallocate(old.address, size, bits));
    if bits & MODIFY != 0 {
        told.nothing();
        if !global || bits & MOVEABLE == 0 {
            assert_eq!(result, old.address, "GMEM_MODIFY changed a fixed object");
            return world.blocks[index].check();
        }
        return convert(world, index, result, bits & GMEM_DISCARDABLE != 0);
    }
    let failed = |told: Told, codes: &[u32]| {
        assert_eq!(result, 0, "resizing {old:x?} to {size}, {bits:#x}");
        told.one_of(codes);
        world.blocks[index].check();
    };
    if bits & discardable_bits(global) != 0 {
        return failed(told, &[ERROR_INVALID_PARAMETER]);
    }
    let may_fail = size > old.size && bits & MOVEABLE == 0;
    if Size(size).is_too_much() || may_fail && result == 0 {
        return failed(told, &[ERROR_NOT_ENOUGH_MEMORY]);
    }
    told.nothing();
    let may_move = size > old.size && bits & MOVEABLE != 0;
    assert!(result == old.address || may_move && result != 0, "{result:#x} of {old:x?}, {bits:#x}");
    old.check_kept(result, size);
    if bits & ZEROINIT != 0 {
        // SAFETY: the block has this size now.
        unsafe { pattern::check_all(result, old.size, size, 0) };
    }
    let flags = if size > old.size { flags_now(old.heap, result) } else { old.flags };
    world.replace(index, Block { value: old.value, flags, ..Block::plain(old.heap, result, size) });
}

/// A fixed object became a moveable one.
#[track_caller]
fn convert(world: &mut World, index: usize, handle: usize, discardable: bool) {
    let old = world.blocks[index].clone();
    assert_eq!(handle % 16, 8, "the moveable object of {old:x?}");
    if old.size != 0 {
        let data = quietly(|| GlobalLock(handle));
        old.check_kept(data, old.size);
        let _ = call(|| GlobalUnlock(handle));
    }
    world.forget_block(index);
    world.freed_objects.retain(|&freed| freed != handle);
    world.objects.push(Object { handle, discardable, shared: false, locks: 0 });
    adopt_data(world, handle, old.size);
    world.freed(&old);
    check_object(world, world.objects.len() - 1);
}

/// Changes a moveable object.
#[track_caller]
pub fn reallocate(world: &mut World, object: Choice, global: bool, flags: Flags, size: Size) {
    let Some(index) = object.index(world.objects.len()) else { return };
    let bits = flags.bits(global);
    let size = world.limited(size);
    let Object { handle, locks, .. } = world.objects[index];
    let data = data_of(world, handle);
    let old = data.map(|data| world.blocks[data].clone());
    let old_size = old.as_ref().map_or(0, |old| old.size);
    let reallocate = if global { GlobalReAlloc } else { LocalReAlloc };
    let (result, told) = call(|| reallocate(handle, size, bits));
    let discardable = bits & discardable_bits(global) != 0;
    let (is_locked, asks_to_move) = (locks != 0, bits & MOVEABLE != 0);
    let name = format!("{} to {size}, {bits:#x}, of {:x?}", old_size, world.objects[index]);

    if bits & MODIFY != 0 {
        told.nothing();
        assert_eq!(result, handle, "{name}");
        world.objects[index].discardable |= discardable;
        return check_object(world, index);
    }
    let refused = discardable || size == 0 && (!asks_to_move || is_locked);
    let is_open = is_locked && !asks_to_move && size > old_size && old.is_some();
    if refused || Size(size).is_too_much() || is_open && result == 0 {
        assert_eq!(result, 0, "{name}");
        told.one_of(&[ERROR_INVALID_PARAMETER, ERROR_NOT_ENOUGH_MEMORY]);
        return check_object(world, index);
    }
    told.nothing();
    assert_eq!(result, handle, "{name}");
    let address = if size == 0 { 0 } else { quietly(|| GlobalLock(handle)) };
    if size != 0 {
        let _ = call(|| GlobalUnlock(handle));
    }
    if let Some(old) = &old {
        if size != 0 {
            old.check_kept(address, size);
            let may_move = size > old_size && (asks_to_move || !is_locked);
            assert!(address == old.address || may_move, "the data moved to {address:#x}: {name}");
        }
        world.forget_block(data.expect("it has data"));
    }
    if bits & ZEROINIT != 0 && size != 0 {
        // SAFETY: the object's data, which has this size.
        unsafe { pattern::check_all(address, old_size, size, 0) };
    }
    adopt_data(world, handle, size);
    if let Some(old) = old.filter(|old| old.address != address) {
        world.freed(&old);
    }
    check_object(world, index);
}

/// Frees a moveable object, locked or not.
#[track_caller]
pub fn free(world: &mut World, object: Choice, global: bool) {
    let Some(index) = object.index(world.objects.len()) else { return };
    check_object(world, index);
    let Object { handle, .. } = world.objects.swap_remove(index);
    let data = data_of(world, handle).map(|data| world.release(data));
    let free = if global { GlobalFree } else { LocalFree };
    assert_eq!(quietly(|| free(handle)), 0, "freeing the object {handle:#x}");
    if let Some(data) = data {
        world.freed(&data);
    }
    world.freed_object(handle);
}

/// Locks or unlocks a moveable object.
#[track_caller]
pub fn lock(world: &mut World, object: Choice, global: bool, unlock: bool, times: u8) {
    let Some(index) = object.index(world.objects.len()) else { return };
    let data = data_of(world, world.objects[index].handle).map(|data| world.blocks[data].clone());
    // Sometimes often enough for the count to stay.
    let times = if times < 240 { times % 4 + 1 } else { times };
    for _ in 0..times {
        if unlock {
            world.objects[index].unlock(global);
        } else {
            world.objects[index].lock(global, data.as_ref());
        }
    }
    check_object(world, index);
}

/// What functions of both families say to a handle that is none.
#[derive(Arbitrary, Clone, Copy, Debug)]
pub enum Bad {
    /// An object that was freed.
    Freed(Choice),
    /// A number that looks like a handle.
    Number(u64),
    /// A pointer that looks like a fixed object's.
    Pointer(pointer::Source),
}

/// Gives functions a handle that is none.
#[track_caller]
pub fn bad(world: &World, bad: Bad, size: Size) {
    let handle = match bad {
        Bad::Freed(choice) => {
            let Some(index) = choice.index(world.freed_objects.len()) else { return };
            world.freed_objects[index]
        }
        Bad::Number(number) => number as usize | 8,
        Bad::Pointer(source) => {
            let Some(pointer) = source.resolve(world, world.process()) else { return };
            if pointer.address & 8 == 0 {
                return bad_pointer(pointer);
            }
            pointer.address
        }
    };
    if world.objects.iter().any(|object| object.handle == handle) {
        return;
    }
    let fails = |name: &str, expected: usize, work: &dyn Fn() -> usize| {
        let (result, told) = call(work);
        assert_eq!(result, expected, "{name}({handle:#x})");
        told.last_error(ERROR_INVALID_HANDLE);
    };
    let invalid = INVALID_HANDLE as usize;
    fails("GlobalFree", handle, &|| GlobalFree(handle));
    fails("LocalFree", handle, &|| LocalFree(handle));
    fails("GlobalFlags", invalid, &|| GlobalFlags(handle) as usize);
    fails("LocalFlags", invalid, &|| LocalFlags(handle) as usize);
    fails("GlobalSize", 0, &|| GlobalSize(handle));
    fails("LocalSize", 0, &|| LocalSize(handle));
    fails("GlobalLock", 0, &|| GlobalLock(handle));
    fails("LocalLock", 0, &|| LocalLock(handle));
    fails("GlobalUnlock", 1, &|| GlobalUnlock(handle) as usize);
    fails("LocalUnlock", 0, &|| LocalUnlock(handle) as usize);
    fails("GlobalReAlloc", 0, &|| GlobalReAlloc(handle, size.0, MOVEABLE));
    fails("LocalReAlloc", 0, &|| LocalReAlloc(handle, size.0, MOVEABLE));
    fails("GlobalHandle", 0, &|| GlobalHandle(handle));
    fails("LocalHandle", 0, &|| LocalHandle(handle));
}

/// The same for what looks like a fixed object.
#[track_caller]
fn bad_pointer(pointer: pointer::Pointer) {
    let address = pointer.address;
    let codes: &[u32] = match pointer.memory {
        Memory::Mapped => &[ERROR_INVALID_HANDLE],
        Memory::Unmapped => &[ERROR_NOACCESS],
        Memory::Unknown => &[ERROR_INVALID_HANDLE, ERROR_NOACCESS],
    };
    let fails = |name: &str, expected: usize, codes: &[u32], work: &dyn Fn() -> usize| {
        let (result, told) = call(work);
        assert_eq!(result, expected, "{name} of {pointer:x?}");
        told.one_of(codes);
    };
    let invalid = INVALID_HANDLE as usize;
    let bad: &[u32] = &[ERROR_INVALID_HANDLE];
    fails("GlobalFree", address, codes, &|| GlobalFree(address));
    fails("LocalFree", address, codes, &|| LocalFree(address));
    fails("GlobalReAlloc", 0, codes, &|| GlobalReAlloc(address, 0, MOVEABLE));
    fails("LocalReAlloc", 0, codes, &|| LocalReAlloc(address, 0, MOVEABLE));
    fails("GlobalFlags", invalid, bad, &|| GlobalFlags(address) as usize);
    fails("LocalFlags", invalid, codes, &|| LocalFlags(address) as usize);
    fails("GlobalSize", 0, bad, &|| GlobalSize(address));
    fails("LocalSize", 0, bad, &|| LocalSize(address));
    fails("GlobalHandle", 0, bad, &|| GlobalHandle(address));
    fails("LocalHandle", 0, codes, &|| LocalHandle(address));
    assert_eq!(quietly(|| GlobalUnlock(address)), 1, "GlobalUnlock of {pointer:x?}");
    fails("LocalUnlock", 0, &[ERROR_NOT_LOCKED], &|| LocalUnlock(address) as usize);
    // Other allocators' memory is locked by doing nothing; only what is no memory is refused.
    if pointer.memory == Memory::Unmapped {
        fails("GlobalLock", 0, bad, &|| GlobalLock(address));
        assert_eq!(quietly(|| LocalLock(address)), 0, "LocalLock of {pointer:x?}");
    }
}
