//! malloc's family under its own names, the new handler, and what keeps the heap in order.

use crate::abi::crt::{
    self, _callnewh, _calloc_base, _expand, _freea, _get_heap_handle, _heapadd, _heapchk, _heapmin,
    _heapset, _heapwalk, _malloc_base, _malloca, _msize, _query_new_handler, _query_new_mode,
    _realloc_base, _recalloc, _set_new_handler, _set_new_mode, EINVAL, ENOSYS, HEAPBADPTR, HEAPOK,
    MAXREQ,
};
use crate::calls::walk;
use crate::input::{Choice, NO_SUCH_SIZE, Product, Size};
use crate::model::block::{Block, Kind, flags_now};
use crate::model::world::World;
use crate::pattern;
use crate::told::{self, Told, call, quietly};

/// Sets how often the new handler will ask for another attempt, and says how often it is called by
/// an attempt to get so many bytes that fails.
pub fn await_failure(world: &World, size: Option<usize>, retries: u8) -> Expected {
    let retries = u32::from(retries % 4);
    told::set_retries(retries);
    let is_called = world.new_mode && world.new_handler;
    match size {
        // A request over the limit needs no handler, and overflows have no size to tell it.
        Some(size) if size <= MAXREQ && is_called => Expected { size, calls: retries + 1 },
        _ => Expected { size: 0, calls: 0 },
    }
}

/// What a failing call does.
pub struct Expected {
    size: usize,
    calls: u32,
}

impl Expected {
    #[track_caller]
    pub fn check(self, told: Told) {
        told.no_memory(self.size, self.calls);
    }
}

/// `malloc` or, with a count, `calloc`.
#[track_caller]
pub fn allocate(world: &mut World, size: Size, zero: bool, product: Product, retries: u8) {
    if world.is_full() {
        return;
    }
    let product =
        if zero { product } else { Product { count: 1, size: size.0 } }.limited(world.room());
    let Product { count, size } = product;
    let total = product.total();
    // What isn't a product is one size too large to `malloc`.
    let told_size = if zero { total } else { Some(size) };
    let expected = await_failure(world, told_size, retries);
    let (address, told) =
        call(|| if zero { _calloc_base(count, size) } else { _malloc_base(size) });
    let Some(total) = total.filter(|&total| total < NO_SUCH_SIZE) else {
        assert_eq!(address, 0, "{product:?} bytes");
        return expected.check(told);
    };
    told.nothing();
    assert_ne!(address, 0, "no {total} bytes");
    if zero {
        // SAFETY: a block of this size that was just allocated.
        unsafe { pattern::check_all(address, 0, total, 0) };
    }
    let process = world.process();
    world.adopt(Block::plain(process, address, total));
}

/// How a block is resized.
#[derive(arbitrary::Arbitrary, Clone, Copy, Debug, PartialEq, Eq)]
pub enum Resize {
    Realloc,
    Recalloc,
    Expand,
}

/// `realloc`, `_recalloc` or `_expand` of a plain block in the process heap, or of NULL.
#[track_caller]
pub fn resize(world: &mut World, block: Choice, how: Resize, product: Product, retries: u8) {
    let Some(index) = world.pick_of_process(block) else { return };
    let old = world.blocks[index].clone();
    let is_array = how == Resize::Recalloc;
    let product = product.limited(world.room());
    let product = if is_array {
        product
    } else {
        Product { count: 1, size: product.total().unwrap_or(usize::MAX) }
    };
    let (total, size) = (product.total(), product.size);
    if total == Some(0) && how != Resize::Expand {
        // That is freeing, which has its own place.
        return;
    }
    let told_size = total.filter(|_| how != Resize::Expand);
    let expected = await_failure(world, told_size, retries);
    let (address, told) = call(|| match how {
        Resize::Realloc => _realloc_base(old.address, size),
        Resize::Recalloc => _recalloc(old.address, product.count, size),
        Resize::Expand => _expand(old.address, size),
    });
    let possible = total.filter(|&total| total < NO_SUCH_SIZE);
    let may_fail = how == Resize::Expand && possible.is_some_and(|total| total > old.size);
    let Some(total) = possible.filter(|_| address != 0 || !may_fail) else {
        assert_eq!(address, 0, "{how:?} of {old:x?} to {product:?}");
        expected.check(told);
        return world.blocks[index].check();
    };
    told.nothing();
    assert_ne!(address, 0, "{how:?} of {old:x?} to {total}");
    let mut size = total;
    if how == Resize::Expand {
        assert_eq!(address, old.address, "_expand moved {old:x?}");
        // A small block may keep its size.
        size = quietly(|| _msize(address));
        assert!(size == total || size == old.size && total < size, "{size} of {old:x?} to {total}");
    }
    old.check_kept(address, size);
    if is_array {
        // SAFETY: the block has this size now.
        unsafe { pattern::check_all(address, old.size, size, 0) };
    }
    let flags = if size > old.size { flags_now(old.heap, address) } else { old.flags };
    let new = Block { value: old.value, flags, ..Block::plain(old.heap, address, size) };
    world.replace(index, new);
}

/// NULL, for which each function has a rule.
#[track_caller]
pub fn null(world: &mut World, product: Product) {
    let (size, told) = call(|| _msize(0));
    assert_eq!(size, usize::MAX, "_msize(NULL)");
    told.errno(EINVAL, 1);
    let (block, told) = call(|| _expand(0, product.size));
    assert_eq!(block, 0, "_expand(NULL)");
    told.errno(EINVAL, 1);
    let (result, told) = call(|| _heapwalk(None));
    assert_eq!(result, HEAPBADPTR, "_heapwalk(NULL)");
    told.errno(EINVAL, 1);
    quietly(|| crt::_free_base(0));
    quietly(|| _freea(0));
    let (result, told) = call(|| _heapadd(product.count, product.size));
    assert_eq!(result, -1, "_heapadd");
    told.errno(ENOSYS, 0);

    let product = product.limited(world.room());
    let Some(total) = product.total().filter(|&total| total < NO_SUCH_SIZE) else { return };
    if world.is_full() {
        return;
    }
    let process = world.process();
    let address = quietly(|| _realloc_base(0, total));
    world.adopt(Block::plain(process, address, total));
    let address = quietly(|| _recalloc(0, product.count, product.size));
    // SAFETY: a block of this size that was just allocated.
    unsafe { pattern::check_all(address, 0, total, 0) };
    world.adopt(Block::plain(process, address, total));
}

/// `_malloca`, as a function.
#[track_caller]
pub fn on_stack(world: &mut World, size: Size, retries: u8) {
    if world.is_full() {
        return;
    }
    let size = world.limited(size);
    let expected = await_failure(world, size.checked_add(16), retries);
    let (address, told) = call(|| _malloca(size));
    if Size(size).is_too_much() {
        assert_eq!(address, 0, "{size} bytes");
        return expected.check(told);
    }
    told.nothing();
    assert!(address != 0 && address.is_multiple_of(16), "_malloca: {address:#x}");
    let process = world.process();
    world.adopt(Block::of_kind(process, address, size, Kind::Stack));
}

/// `_freea`.
#[track_caller]
pub fn free_stack(world: &mut World, block: Choice) {
    let Some(index) = world.pick(block, |block| block.kind == Kind::Stack) else { return };
    let block = world.release(index);
    quietly(|| _freea(block.address));
    world.freed(&block);
}

/// Sets the new mode and the new handler.
#[track_caller]
pub fn new_handler(world: &mut World, mode: i32, set: bool, size: usize) {
    let mode = if mode & 0xC0 == 0 { mode } else { mode & 1 };
    let (old, told) = call(|| _set_new_mode(mode));
    if mode == 0 || mode == 1 {
        told.nothing();
        assert_eq!(old, i32::from(world.new_mode), "the new mode before");
        world.new_mode = mode == 1;
    } else {
        assert_eq!(old, -1, "_set_new_mode({mode})");
        told.errno(EINVAL, 1);
    }
    let handler: crt::NewHandler = told::new_handler;
    let old = quietly(|| _set_new_handler(set.then_some(handler)));
    assert_eq!(old.is_some(), world.new_handler, "the new handler before");
    world.new_handler = set;
    assert_eq!(quietly(|| _query_new_mode()), i32::from(world.new_mode));
    assert_eq!(quietly(|| _query_new_handler()).is_some(), set);
    told::set_retries(u32::from(mode == 0));
    let (again, told) = call(|| _callnewh(size));
    assert_eq!(again, i32::from(set && mode == 0), "_callnewh");
    assert_eq!(told.new_handler_calls(), u32::from(set), "calls of the new handler");
}

/// `_heapchk`, `_heapmin`, `_heapset`.
#[track_caller]
pub fn keep_in_order(world: &World, fill: Option<u32>) {
    assert_eq!(quietly(|| _heapchk()), HEAPOK);
    assert_eq!(quietly(|| _heapmin()), 0);
    if let Some(fill) = fill {
        assert_eq!(quietly(|| _heapset(fill)), HEAPOK);
        walk::check_fill(fill as u8);
    }
    assert_eq!(quietly(|| _get_heap_handle()) as usize, world.process());
    for block in &world.blocks {
        block.check();
    }
}
