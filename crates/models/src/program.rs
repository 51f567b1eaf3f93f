//! The program whose threads a model runs: their blocks of TLS, their ends, `fork`, and the
//! parts of the system that let threads wait for each other.
//!
//! **The barrier.** The system's barrier makes each running thread execute a full fence at some
//! point between two of its instructions. What that gives to a thread whose light barrier (which
//! only the compiler sees) stands between a store S and a load L: if the thread's fence comes
//! after S, the quiescer sees S when the barrier returns; otherwise it comes before L, and L sees
//! what the quiescer stored before the barrier. A word for each thread, on which its light barriers
//! and the quiescer's barriers do a read-modify-write, gives loom just that, and orders nothing
//! else: the quiescer's operation falls between two of the thread's, and is ordered with those two
//! only, where the true fence, somewhere in between, orders more. So each execution on a real
//! machine is one of the model's, and what holds in the model holds there. loom's own
//! `fence(SeqCst)` would do as well for this pair, but would also order the light barriers of two
//! threads with each other, which nothing does in truth.
//!
//! **Sleeping.** Looking at the word and joining the sleepers are one step for the waker, as in the
//! kernel, where both are done with the lock of the word's queue.

use crate::bare_thread::{Bare, BareThreads};
use crate::execution;
use loom::sync::atomic::AtomicU32 as Word;
use loom::sync::{Mutex, MutexGuard};
use loom::thread::JoinHandle;
use std::cell::{Cell, RefCell, UnsafeCell};
use std::collections::{HashMap, VecDeque};
use std::ffi::c_void;
use std::mem::ManuallyDrop;
use std::rc::Rc;
use std::sync::atomic::Ordering;

/// Program threads in one execution, those played by another one included.
const THREADS: usize = 8;

/// Bytes of a thread's block.
const BLOCK_BYTES: usize = 192;

/// What the barrier that should reach every thread does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Barrier {
    /// What it should.
    Sound,
    /// Nothing: a fault.
    Broken,
    /// Nothing, and nobody may ask for it: for models without a quiescer.
    Unused,
}

/// What a thread does between two looks at a word that another one is to change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Spin {
    /// It lets the others go on until none can.
    Yields,
    /// Nothing.
    Nothing,
}

/// What [`crate::os::wake_one`] does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wake {
    /// What it should.
    Sound,
    /// Nothing: a fault.
    Lost,
}

/// What the engine's `AtomicUsize`s are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Numbers {
    /// Plain numbers, which is quick.
    Plain,
    /// What the other atomics are.
    Atomic,
}

/// What a model assumes of the system.
#[derive(Clone, Copy, Debug)]
pub struct Settings {
    /// The barrier.
    pub barrier: Barrier,
    /// Spinning.
    pub spin: Spin,
    /// Waking.
    pub wake: Wake,
    /// Numbers.
    pub numbers: Numbers,
    /// Bare threads.
    pub bare: Bare,
    /// Words that all threads together first touch after the second was started.
    pub reserve: usize,
}

/// A thread's memory.
struct Thread {
    block: UnsafeCell<Block>,
    fence: Word,
    /// Whether the exit hook is to run.
    watched: Cell<bool>,
}

#[repr(C, align(64))]
struct Block([u8; BLOCK_BYTES]);

type Hook = extern "C" fn();

/// See the module.
pub struct Program {
    settings: Settings,
    threads: [Thread; THREADS],
    started: Cell<usize>,
    at_exit: Cell<Option<unsafe extern "C" fn(*mut c_void)>>,
    at_fork: Cell<Option<(Hook, Hook, Hook)>>,
    beds: RefCell<HashMap<usize, Rc<Bed>>>,
    /// The engine's own threads.
    pub bare: BareThreads,
}

type Sleepers = RefCell<VecDeque<loom::thread::Thread>>;

/// Those that sleep on one word.
struct Bed(Mutex<Sleepers>);

impl Bed {
    /// The guard isn't dropped when a panic of another thread ends this one: loom would be asked
    /// to unlock after the execution's end.
    fn lock(&self) -> ManuallyDrop<MutexGuard<'_, Sleepers>> {
        ManuallyDrop::new(self.0.lock().expect("no panic while it is held"))
    }

    fn unlock(&self, guard: ManuallyDrop<MutexGuard<'_, Sleepers>>) {
        drop(ManuallyDrop::into_inner(guard));
    }
}

loom::thread_local! {
    static NUMBER: Cell<usize> = Cell::new(0);
}

impl Program {
    /// A program with one thread.
    pub fn new(settings: Settings) -> Self {
        let threads = std::array::from_fn(|_| Thread {
            block: UnsafeCell::new(Block([0; BLOCK_BYTES])),
            fence: Word::new(0),
            watched: Cell::new(false),
        });
        Self {
            settings,
            threads,
            started: Cell::new(1),
            at_exit: Cell::new(None),
            at_fork: Cell::new(None),
            beds: RefCell::default(),
            bare: BareThreads::default(),
        }
    }

    /// What its model assumes.
    pub fn settings(&self) -> Settings {
        self.settings
    }

    fn thread(&self) -> &Thread {
        &self.threads[NUMBER.with(Cell::get)]
    }

    fn bed(&self, address: usize) -> Rc<Bed> {
        let mut beds = self.beds.borrow_mut();
        Rc::clone(
            beds.entry(address).or_insert_with(|| Rc::new(Bed(Mutex::new(RefCell::default())))),
        )
    }

    fn start(&self) -> usize {
        let number = self.started.get();
        assert!(number < THREADS, "too many threads");
        self.started.set(number + 1);
        number
    }
}

fn with<R>(use_it: impl FnOnce(&Program) -> R) -> R {
    let execution = execution::current().expect("only inside a model");
    use_it(&execution.program)
}

/// What the running model assumes.
pub fn settings() -> Settings {
    with(Program::settings)
}

/// Starts a thread of the program.
pub fn spawn(body: impl FnOnce() + 'static) -> JoinHandle<()> {
    let execution = execution::current().expect("only inside a model");
    execution.prepare_for_threads(execution.program.settings.reserve);
    let number = execution.program.start();
    loom::thread::spawn(move || {
        NUMBER.with(|own| own.set(number));
        body();
        end();
    })
}

/// A thread of the program that another one plays: what it does comes in between, in order.
pub struct Played(usize);

impl Played {
    /// A thread that has done nothing yet.
    #[expect(clippy::new_without_default, reason = "each is another thread")]
    pub fn new() -> Self {
        Self(with(Program::start))
    }

    /// Does something as this thread.
    pub fn does<R>(&self, what: impl FnOnce() -> R) -> R {
        let own = NUMBER.with(|number| number.replace(self.0));
        let result = what();
        NUMBER.with(|number| number.set(own));
        result
    }

    /// The thread ends. One that is dropped instead stays where it is, or was when the process
    /// forked.
    pub fn ends(self) {
        self.does(end);
    }
}

/// The thread's exit hooks, and the end of its TLS.
fn end() {
    let execution = execution::current().expect("only inside a model");
    let thread = execution.program.thread();
    if thread.watched.replace(false) {
        let hook = execution.program.at_exit.get().expect("a watched thread has a hook");
        // SAFETY: the engine's hook, with the value that its `watch_thread_exit` would set.
        unsafe { hook(std::ptr::null_mut()) };
    }
    let start = thread.block.get().addr();
    execution.retire(start..start + size_of::<Block>());
}

/// What the forking thread does before and after the fork in the parent.
pub fn forks() {
    forks_and(|| ());
}

/// The same, with a look at what the child gets a copy of.
pub fn forks_and(look: impl FnOnce()) {
    let (prepare, parent, _) = with(|program| program.at_fork.get()).expect("hooks are in place");
    prepare();
    look();
    parent();
}

/// Goes on as the child of a fork in which no other thread exists.
pub fn forked() {
    let (prepare, _, child) = with(|program| program.at_fork.get()).expect("hooks are in place");
    prepare();
    child();
}

/// See [`crate::os`].
pub fn set_exit_hook(hook: unsafe extern "C" fn(*mut c_void)) {
    with(|program| program.at_exit.set(Some(hook)));
}

/// See [`crate::os`].
pub fn set_fork_hooks(prepare: Hook, parent: Hook, child: Hook) {
    with(|program| program.at_fork.set(Some((prepare, parent, child))));
}

/// See [`crate::os`].
pub fn watch_exit() {
    with(|program| program.thread().watched.set(true));
}

/// The calling thread's TLS.
pub fn block() -> *mut u8 {
    with(|program| program.thread().block.get().cast())
}

/// The fast path's half of the barrier.
pub fn light_barrier() {
    let Some(execution) = execution::current() else { return };
    if execution.program.settings.barrier == Barrier::Sound {
        execution.program.thread().fence.fetch_add(1, Ordering::AcqRel);
    }
}

/// The quiescer's half.
pub fn heavy_barrier() {
    with(|program| match program.settings.barrier {
        Barrier::Sound => {
            for thread in &program.threads[..program.started.get()] {
                thread.fence.fetch_add(1, Ordering::AcqRel);
            }
        }
        Barrier::Broken => {}
        Barrier::Unused => panic!("this model has no barrier"),
    });
}

/// Sleeps if the word at `address` is `expected`.
pub fn sleep_while(address: usize, expected: u32) {
    let execution = execution::current().expect("only inside a model");
    let bed = execution.program.bed(address);
    let sleepers = bed.lock();
    let asleep = execution.word32(address).load(Ordering::Relaxed) == expected;
    if asleep {
        sleepers.borrow_mut().push_back(loom::thread::current());
    }
    bed.unlock(sleepers);
    if asleep {
        loom::thread::park();
    }
}

/// Wakes at most `count` of those that sleep on the word at `address`, longest asleep first.
pub fn wake(address: usize, count: usize) {
    let Some(execution) = execution::current() else { return };
    if execution.program.settings.wake == Wake::Lost {
        return;
    }
    let bed = execution.program.bed(address);
    let sleepers = bed.lock();
    let mut queue = sleepers.borrow_mut();
    let woken = count.min(queue.len());
    queue.drain(..woken).for_each(|thread| thread.unpark());
    drop(queue);
    bed.unlock(sleepers);
}
