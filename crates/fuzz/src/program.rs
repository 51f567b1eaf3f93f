//! Programs: sequences of calls, made from bytes.

use crate::calls::heapapi::{Flags, Way};
use crate::calls::information::Information;
use crate::calls::lifetime::Create;
use crate::calls::{
    aligned, bad, crt, debug, exceptions, heapapi, information, lifetime, moveable, overrun, text,
    twins, user, walk,
};
use crate::input::{Alignment, Choice, Product, Size};
use crate::model::world::World;
use crate::model::{handle, pointer};
use arbitrary::{Arbitrary, Result, Unstructured};

/// Most calls of a program.
const MOST_CALLS: usize = 400;

/// A call, or several that belong together.
#[derive(Arbitrary, Clone, Copy, Debug)]
pub enum Call {
    Allocate { heap: Choice, flags: Flags, size: Size, rtl: bool },
    Reallocate { block: Choice, flags: Flags, size: Size, rtl: bool },
    Free { block: Choice, way: Way, unserialized: bool },
    AllocateMultiple { heap: Choice, flags: Flags, size: Size, count: u8 },
    Fill { heap: Choice, size: Size },
    UserValue { block: Choice, value: usize },
    UserFlags { block: Choice, reset: u32, set: u32, valid: bool },
    Create(Create),
    Destroy { heap: Choice, rtl: bool },
    List { room: u8 },
    Lock { heap: Choice, rtl: bool },
    Unlock { heap: Choice, rtl: bool },
    Walk { heap: Choice },
    Query(Information),
    Set(Information),
    Summarize { heap: Choice, cb: u32, flags: u32, null: bool },
    Trim { heap: Choice, all: bool },
    BadPointer { heap: Choice, source: pointer::Source, flags: Flags, how: bad::Use },
    BadHandle { source: handle::Source, block: Choice, flags: Flags, size: Size },
    NullBlock { heap: Choice, flags: Flags, size: Size },
    Overrun { block: Choice, overrun: overrun::Overrun },
    Object { global: bool, flags: moveable::Flags, size: Size },
    ResizeFixed { block: Choice, global: bool, flags: moveable::Flags, size: Size },
    ResizeObject { object: Choice, global: bool, flags: moveable::Flags, size: Size, discard: u8 },
    FreeObject { object: Choice, global: bool },
    LockObject { object: Choice, global: bool, unlock: bool, times: u8 },
    BadObject { bad: moveable::Bad, size: Size },
    Malloc { size: Size, zero: bool, product: Product, retries: u8 },
    Resize { block: Choice, how: crt::Resize, product: Product, retries: u8 },
    CrtNull { product: Product },
    OnStack { size: Size, retries: u8 },
    FreeStack { block: Choice },
    NewHandler { mode: i32, set: bool, size: usize },
    KeepInOrder { fill: Option<u32> },
    Twins { size: Size, again: Size, keep: bool },
    Text(text::Text),
    Exceptions { code: u32, count: u8, first: bool, bad: usize },
    Aligned { wish: aligned::Wish, retries: u8 },
    ResizeAligned { block: Choice, wish: aligned::Wish, same: bool, retries: u8 },
    FreeAligned { block: Choice, by_size: bool },
    AlignedNull { block: Choice, alignment: Alignment, size: Size },
    Debug { kind: debug::Type, zero: bool, product: Product, hook: u8 },
    ResizeDebug { block: Choice, how: debug::Resize, product: Product, hook: u8 },
    FreeDebug { block: Choice, hook: u8 },
    DebugAligned { block: Option<Choice>, wish: aligned::Wish },
    DebugOverrun { block: Choice, place: u8, change: u8 },
    DebugFlags { flags: u8, frequency: u16, valid: bool },
    DebugAsk { kind: debug::Type, size: Size, source: pointer::Source },
}

/// Hooks that refuse are rare.
fn hook(number: u8) -> bool {
    number % 8 == 7
}

impl Call {
    /// Makes the call and checks what it did.
    fn run(self, world: &mut World) {
        match self {
            Self::Allocate { heap, flags, size, rtl } => {
                heapapi::allocate(world, heap, flags, size, rtl);
            }
            Self::Reallocate { block, flags, size, rtl } => {
                heapapi::reallocate(world, block, flags, size, rtl);
            }
            Self::Free { block, way, unserialized } => {
                heapapi::free(world, block, way, unserialized);
            }
            Self::AllocateMultiple { heap, flags, size, count } => {
                heapapi::allocate_multiple(world, heap, flags, size, count);
            }
            Self::Fill { heap, size } => heapapi::fill(world, world.pick_heap(heap), size),
            Self::UserValue { block, value } => user::set_value(world, block, value),
            Self::UserFlags { block, reset, set, valid } => {
                user::set_flags(world, block, reset, set, valid);
            }
            Self::Create(create) => create.run(world),
            Self::Destroy { heap, rtl } => lifetime::destroy(world, heap, rtl),
            Self::List { room } => lifetime::list(world, room),
            Self::Lock { heap, rtl } => lifetime::lock(world, heap, rtl),
            Self::Unlock { heap, rtl } => lifetime::unlock(world, heap, rtl),
            Self::Walk { heap } => walk::check(world, world.pick_heap(heap)),
            Self::Query(information) => information.query(world),
            Self::Set(information) => information.set(world),
            Self::Summarize { heap, cb, flags, null } => {
                information::summarize(world, heap, cb, flags, null);
            }
            Self::Trim { heap, all } => information::trim(world, heap, all),
            Self::BadPointer { heap, source, flags, how } => {
                bad::pointer(world, heap, source, flags, how);
            }
            Self::BadHandle { source, block, flags, size } => {
                bad::handle(world, source, block, flags, size);
            }
            Self::NullBlock { heap, flags, size } => bad::null_block(world, heap, flags, size),
            Self::Overrun { block, overrun } => overrun::run(world, block, overrun),
            other => other.run_on_process_heap(world),
        }
    }

    /// The calls that know only the process heap.
    fn run_on_process_heap(self, world: &mut World) {
        match self {
            Self::Object { global, flags, size } => moveable::allocate(world, global, flags, size),
            Self::ResizeFixed { block, global, flags, size } => {
                moveable::reallocate_fixed(world, block, global, flags, size);
            }
            Self::ResizeObject { object, global, flags, size, discard } => {
                let size = if discard < 64 { Size(0) } else { size };
                moveable::reallocate(world, object, global, flags, size);
            }
            Self::FreeObject { object, global } => moveable::free(world, object, global),
            Self::LockObject { object, global, unlock, times } => {
                moveable::lock(world, object, global, unlock, times);
            }
            Self::BadObject { bad, size } => moveable::bad(world, bad, size),
            Self::Malloc { size, zero, product, retries } => {
                crt::allocate(world, size, zero, product, retries);
            }
            Self::Resize { block, how, product, retries } => {
                crt::resize(world, block, how, product, retries);
            }
            Self::CrtNull { product } => crt::null(world, product),
            Self::OnStack { size, retries } => crt::on_stack(world, size, retries),
            Self::FreeStack { block } => crt::free_stack(world, block),
            Self::NewHandler { mode, set, size } => crt::new_handler(world, mode, set, size),
            Self::KeepInOrder { fill } => crt::keep_in_order(world, fill),
            Self::Twins { size, again, keep } => twins::run(world, size, again, keep),
            Self::Text(text) => text::write(text),
            Self::Exceptions { code, count, first, bad } => {
                exceptions::run(code, count, first, bad);
            }
            Self::Aligned { wish, retries } => aligned::allocate(world, wish, retries),
            Self::ResizeAligned { block, wish, same, retries } => {
                aligned::resize(world, block, wish, same, retries);
            }
            Self::FreeAligned { block, by_size } => aligned::free(world, block, by_size),
            Self::AlignedNull { block, alignment, size } => {
                aligned::null(world, block, alignment, size);
            }
            Self::Debug { kind, zero, product, hook: number } => {
                debug::allocate(world, kind, zero, product, hook(number));
            }
            Self::ResizeDebug { block, how, product, hook: number } => {
                debug::resize(world, block, how, product, hook(number));
            }
            Self::FreeDebug { block, hook: number } => debug::free(world, block, hook(number)),
            Self::DebugAligned { block, wish } => debug::aligned(world, block, wish),
            Self::DebugOverrun { block, place, change } => {
                debug::overrun(world, block, place, change);
            }
            Self::DebugFlags { flags, frequency, valid } => {
                debug::set_flags(world, flags, frequency, valid);
            }
            Self::DebugAsk { kind, size, source } => debug::ask(world, kind, size, source),
            other => other.run(world),
        }
    }
}

/// The calls of a program.
#[derive(Debug)]
pub struct Program(Vec<Call>);

impl<'a> Arbitrary<'a> for Program {
    fn arbitrary(input: &mut Unstructured<'a>) -> Result<Self> {
        let mut calls = Vec::new();
        while !input.is_empty() && calls.len() < MOST_CALLS {
            calls.push(input.arbitrary()?);
        }
        Ok(Self(calls))
    }
}

impl Program {
    /// Makes the calls; `before` sees each one first.
    pub fn run(&self, mut before: impl FnMut(usize, &Call)) {
        let mut world = World::new();
        for (index, call) in self.0.iter().enumerate() {
            before(index, call);
            call.run(&mut world);
        }
        before(self.0.len(), &Call::Walk { heap: Choice::first() });
        world.end();
    }
}
