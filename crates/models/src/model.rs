//! Running a model: loom executes its body once for each way in which its threads can take turns
//! and each value that a load may see.

use crate::bare_thread::Bare;
use crate::base::units::UnitIndex;
use crate::execution;
use crate::heap::record::{CacheLists, SpanList};
use crate::heap::registry::PROCESS;
use crate::program::{Barrier, Numbers, Settings, Spin, Wake};
use crate::span::POOL;
use crate::span::pool::Pool;
use std::any::Any;
use std::mem::MaybeUninit;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::ptr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

/// The engine's statics and the window's place are one model's at a time.
static TURN: Mutex<()> = Mutex::new(());

/// What a model assumes, and how far it looks.
#[derive(Clone, Copy, Debug)]
pub struct Model {
    settings: Settings,
    preemptions: Option<usize>,
}

impl Default for Model {
    fn default() -> Self {
        Self::new()
    }
}

impl Model {
    /// A model of all executions, without a quiescer.
    pub fn new() -> Self {
        let settings = Settings {
            barrier: Barrier::Unused,
            spin: Spin::Yields,
            wake: Wake::Sound,
            numbers: Numbers::Plain,
            bare: Bare::Sound,
            reserve: 8,
        };
        Self { settings, preemptions: None }
    }

    /// Only executions in which threads are interrupted at most so often. Most faults need two
    /// interruptions or fewer.
    pub fn preemptions(mut self, most: usize) -> Self {
        self.preemptions = Some(most);
        self
    }

    /// With this barrier.
    pub fn barrier(mut self, barrier: Barrier) -> Self {
        self.settings.barrier = barrier;
        self
    }

    /// With this spinning.
    pub fn spin(mut self, spin: Spin) -> Self {
        self.settings.spin = spin;
        self
    }

    /// With this waking.
    pub fn wake(mut self, wake: Wake) -> Self {
        self.settings.wake = wake;
        self
    }

    /// With these numbers.
    pub fn numbers(mut self, numbers: Numbers) -> Self {
        self.settings.numbers = numbers;
        self
    }

    /// With such bare threads.
    pub fn bare(mut self, bare: Bare) -> Self {
        self.settings.bare = bare;
        self
    }

    /// With threads that first touch up to so many words.
    pub fn reserve(mut self, words: usize) -> Self {
        self.settings.reserve = words;
        self
    }

    /// Checks that no execution of `body` panics, hangs or races.
    ///
    /// # Panics
    /// If one does, and if there is only one, so that nothing was checked.
    pub fn check(self, body: impl Fn() + Send + Sync + 'static) {
        let executions = self.execute(body);
        assert!(executions > 1, "the threads have nothing to do with each other");
        println!("{executions} executions");
    }

    /// Checks that some execution of `body` panics, hangs or races. Returns what is said of it.
    ///
    /// # Panics
    /// If none does.
    pub fn fault(self, body: impl Fn() + Send + Sync + 'static) -> String {
        match catch_unwind(AssertUnwindSafe(|| self.execute(body))) {
            Ok(executions) => panic!("no fault was found in {executions} executions"),
            Err(panic) => message(&*panic),
        }
    }

    fn execute(self, body: impl Fn() + Send + Sync + 'static) -> usize {
        let turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
        pristine_pool();
        let mut builder = loom::model::Builder::new();
        builder.preemption_bound = self.preemptions;
        builder.max_branches = 20_000;
        let executions = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&executions);
        let settings = self.settings;
        let outcome = catch_unwind(AssertUnwindSafe(|| {
            builder.check(move || {
                counted.fetch_add(1, Ordering::Relaxed);
                execution::begin(settings);
                start_process();
                body();
                execution::end();
            });
        }));
        execution::end();
        drop(turn);
        match outcome {
            Ok(()) => executions.load(Ordering::Relaxed),
            Err(panic) => std::panic::resume_unwind(panic),
        }
    }
}

fn message(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    text.or(panic.downcast_ref::<&str>().copied()).unwrap_or_default().to_owned()
}

/// A copy of a pool, to be made a pool again. It holds numbers only.
struct Copied(MaybeUninit<Pool>);

// SAFETY: a pool may be sent, and this is only its bytes.
unsafe impl Send for Copied {}
// SAFETY: as above; nothing in it changes.
unsafe impl Sync for Copied {}

/// The pool as it is when a program starts.
fn pristine_pool() -> &'static Copied {
    static PRISTINE: OnceLock<Copied> = OnceLock::new();
    PRISTINE.get_or_init(|| {
        let mut copy = MaybeUninit::uninit();
        let pool = POOL.lock();
        // SAFETY: both are one pool's bytes.
        unsafe { ptr::from_ref(&*pool).copy_to_nonoverlapping(copy.as_mut_ptr(), 1) };
        Copied(copy)
    })
}

/// Makes the engine's statics what they are when a program starts. Atomics are so already: their
/// values belong to an execution.
fn start_process() {
    let mut pool = POOL.lock();
    // SAFETY: the bytes were a pool's, which has no destructor.
    unsafe { pristine_pool().0.as_ptr().copy_to_nonoverlapping(ptr::from_mut(&mut *pool), 1) };
    drop(pool);
    // An execution with a fault may have ended anywhere.
    PROCESS.lock_depth.set(0);
    *PROCESS.caches.lock() = CacheLists { all: ptr::null(), idle: ptr::null(), count: 0 };
    *PROCESS.shared.lock() = ptr::null();
    *PROCESS.spans.lock() = SpanList { first: UnitIndex::NONE, last: UnitIndex::NONE };
}
