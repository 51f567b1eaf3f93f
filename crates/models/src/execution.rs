//! One execution of a model: loom's twins of the atomics and cells at the addresses in use.
//!
//! loom wants each object made before all uses of it, and an object of the engine's is just
//! memory, in use when somebody first looks. So twins are made by the model's first thread: on
//! demand while it is alone, and in reserve when it starts another one.

use crate::program::{Program, Settings};
use loom::cell::UnsafeCell;
use loom::sync::atomic::{AtomicU32, AtomicU64};
use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::ops::Range;
use std::rc::Rc;

thread_local! {
    static CURRENT: RefCell<Option<Rc<Execution>>> = const { RefCell::new(None) };
}

/// loom's twins of the objects of one kind, by address.
struct Twins<T> {
    kind: &'static str,
    make: fn() -> T,
    at: RefCell<HashMap<usize, Rc<T>>>,
    reserve: RefCell<Vec<Rc<T>>>,
}

impl<T> Twins<T> {
    fn new(kind: &'static str, make: fn() -> T) -> Self {
        Self { kind, make, at: RefCell::default(), reserve: RefCell::default() }
    }

    fn keep_in_reserve(&self, count: usize) {
        self.reserve.borrow_mut().extend((0..count).map(|_| Rc::new((self.make)())));
    }

    fn get(&self, address: usize, alone: bool) -> Rc<T> {
        let mut at = self.at.borrow_mut();
        let twin = at.entry(address).or_insert_with(|| {
            if alone {
                return Rc::new((self.make)());
            }
            let spare = self.reserve.borrow_mut().pop();
            spare.unwrap_or_else(|| panic!("the model needs more {} in reserve", self.kind))
        });
        Rc::clone(twin)
    }

    fn within(&self, range: &Range<usize>) -> Vec<Rc<T>> {
        let at = self.at.borrow();
        at.iter()
            .filter(|(address, _)| range.contains(address))
            .map(|(_, twin)| Rc::clone(twin))
            .collect()
    }

    fn forget(&self, range: &Range<usize>) {
        self.at.borrow_mut().retain(|address, _| !range.contains(address));
    }
}

/// See the module.
pub struct Execution {
    words32: Twins<AtomicU32>,
    words64: Twins<AtomicU64>,
    cells: Twins<UnsafeCell<()>>,
    /// Values of those words that are no loom objects; 0 where there is none yet.
    numbers: RefCell<HashMap<usize, usize>>,
    /// Whether no second thread was started yet.
    alone: Cell<bool>,
    /// Memory that nobody may touch any more.
    retired: RefCell<Vec<Range<usize>>>,
    /// The program that runs in it.
    pub program: Program,
}

/// The execution that runs now; `None` outside of models and while a panic unwinds.
pub fn current() -> Option<Rc<Execution>> {
    if std::thread::panicking() {
        return None;
    }
    CURRENT.with_borrow(Clone::clone)
}

/// Starts an execution.
pub fn begin(settings: Settings) {
    let execution = Execution {
        words32: Twins::new("32-bit words", || AtomicU32::new(0)),
        words64: Twins::new("64-bit words", || AtomicU64::new(0)),
        cells: Twins::new("cells", || UnsafeCell::new(())),
        numbers: RefCell::default(),
        alone: Cell::new(true),
        retired: RefCell::default(),
        program: Program::new(settings),
    };
    CURRENT.set(Some(Rc::new(execution)));
}

/// Ends it, if there is one.
pub fn end() {
    CURRENT.set(None);
}

impl Execution {
    /// The twin of the word at an address.
    #[track_caller]
    pub fn word32(&self, address: usize) -> Rc<AtomicU32> {
        self.refuse_retired(address);
        self.words32.get(address, self.alone.get())
    }

    /// The twin of the word at an address.
    #[track_caller]
    pub fn word64(&self, address: usize) -> Rc<AtomicU64> {
        self.refuse_retired(address);
        self.words64.get(address, self.alone.get())
    }

    /// What stands for the cell at an address.
    #[track_caller]
    pub fn cell(&self, address: usize) -> Rc<UnsafeCell<()>> {
        self.refuse_retired(address);
        self.cells.get(address, self.alone.get())
    }

    /// Changes the number at an address and returns what it was.
    pub fn number(&self, address: usize, change: impl FnOnce(usize) -> usize) -> usize {
        self.refuse_retired(address);
        let mut numbers = self.numbers.borrow_mut();
        let value = numbers.entry(address).or_default();
        let before = *value;
        *value = change(before);
        before
    }

    /// From now on there may be several threads, which together first touch at most `reserve`
    /// words of a kind, and eight times as many cells.
    pub fn prepare_for_threads(&self, reserve: usize) {
        if self.alone.replace(false) {
            self.words32.keep_in_reserve(reserve);
            self.words64.keep_in_reserve(reserve);
            self.cells.keep_in_reserve(8 * reserve);
        }
    }

    /// Says that memory isn't to be touched any more. All stores to it must have happened before.
    #[track_caller]
    pub fn retire(&self, range: Range<usize>) {
        for word in self.words32.within(&range) {
            // SAFETY: loom checks that no store is concurrent.
            unsafe { word.unsync_load() };
        }
        for word in self.words64.within(&range) {
            // SAFETY: as above.
            unsafe { word.unsync_load() };
        }
        for cell in self.cells.within(&range) {
            cell.with_mut(|_| ());
        }
        self.retired.borrow_mut().push(range);
    }

    /// Says that memory has become zero behind everybody's back.
    pub fn forget(&self, range: Range<usize>) {
        self.words32.forget(&range);
        self.words64.forget(&range);
        self.cells.forget(&range);
        self.numbers.borrow_mut().retain(|address, _| !range.contains(address));
    }

    #[track_caller]
    fn refuse_retired(&self, address: usize) {
        let retired = self.retired.borrow().iter().any(|range| range.contains(&address));
        assert!(!retired, "memory is touched after it was given up");
    }
}
