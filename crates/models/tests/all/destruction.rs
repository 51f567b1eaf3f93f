//! Heaps that are destroyed (`heap/registry.rs`) while others work on them in steps
//! (`trim/subject.rs`) or look at every heap (`api/exact`): a step has a heap that exists, and
//! nobody waits for ever.
//!
//! A heap's record is given up to loom when the heap is destroyed, so that whoever touches it
//! afterwards is found.

use crate::kit::program::{join, process_starts};
use heapmin_models::execution;
use heapmin_models::heap::record::{HeapRecord, Traits};
use heapmin_models::heap::registry::{self, PROCESS, PrivateHeap};
use heapmin_models::model::Model;
use heapmin_models::program::{Barrier, spawn};
use heapmin_models::trim::{Patience, Stopped, Subject};
use std::cell::Cell;
use std::ptr::{self, NonNull};
use std::rc::Rc;

fn model() -> Model {
    Model::new().barrier(Barrier::Sound).preemptions(2).reserve(200)
}

/// A heap that is going to be destroyed.
#[derive(Clone)]
struct Doomed {
    heap: NonNull<PrivateHeap>,
    gone: Rc<Cell<bool>>,
}

impl Doomed {
    fn new() -> Self {
        process_starts();
        let heap = registry::create(None, Traits::NONE).expect("memory for a heap");
        Self { heap, gone: Rc::default() }
    }

    fn record(&self) -> &'static HeapRecord {
        // SAFETY: the memory stays, and what is there when the heap is gone is only asked for by
        // the engine, which is what the models are about.
        unsafe { &self.heap.as_ref().record }
    }

    fn destroy(&self) {
        // SAFETY: no thread uses it otherwise than by the list of heaps.
        unsafe { registry::destroy(self.heap) };
        self.gone.set(true);
    }

    /// The same; nobody may touch the record any more, and its place stays empty.
    fn destroy_for_good(&self) {
        self.destroy();
        let start = ptr::from_ref(self.record()).addr();
        let execution = execution::current().expect("a model runs");
        execution.retire(start..start + size_of::<HeapRecord>());
    }

    /// A step that finds the heap alive, from its start to its end.
    fn step(&self, subject: &Subject<'_>) -> Result<(), Stopped> {
        subject.step(|heap, _| {
            assert!(!self.gone.get(), "a step works on a heap that is gone");
            heap.each_cache(|_| ());
            drop(heap.spans.lock());
            assert!(!self.gone.get(), "a heap is gone during a step");
        })
    }

    /// Two steps, if there is a heap for them.
    fn steps(&self, subject: &Subject<'_>) {
        if self.step(subject).is_ok() {
            let _ = self.step(subject);
        }
    }

    /// What whoever looks at every heap does with this one, if it is still there.
    fn is_looked_at(&self) {
        registry::each_heap(|heap| {
            if ptr::eq(heap, self.record()) {
                assert!(!self.gone.get(), "a heap in the list is gone");
                let quiet = heap.quiesce_unless_locked();
                assert!(quiet.is_some(), "nobody has locked it");
            }
        });
    }
}

#[test]
fn a_step_and_a_destruction_take_turns() {
    model().preemptions(3).check(|| {
        let doomed = Doomed::new();
        let subject = Subject::new(doomed.record(), Patience::Wait);
        let working = doomed.clone();
        let thread = spawn(move || working.steps(&subject));
        doomed.destroy_for_good();
        join(thread);
    });
}

#[test]
fn a_step_a_destruction_and_a_look_at_every_heap_take_turns() {
    model().check(|| {
        let doomed = Doomed::new();
        let subject = Subject::new(doomed.record(), Patience::Wait);
        let working = doomed.clone();
        let stepping = spawn(move || working.steps(&subject));
        let looked_at = doomed.clone();
        let looking = spawn(move || looked_at.is_looked_at());
        doomed.destroy_for_good();
        join(stepping);
        join(looking);
    });
}

/// Whoever finds the heap kept quiet by another step waits without keeping it from being destroyed.
#[test]
fn two_steps_and_a_destruction_take_turns() {
    model().check(|| {
        let doomed = Doomed::new();
        let subject = Subject::new(doomed.record(), Patience::Wait);
        let threads = [0; 2].map(|_| {
            let working = doomed.clone();
            spawn(move || {
                let _ = working.step(&subject);
            })
        });
        doomed.destroy_for_good();
        threads.into_iter().for_each(join);
    });
}

/// A heap that takes the other's place isn't taken for it.
#[test]
fn a_heap_of_the_same_number_and_place_is_not_worked_on() {
    model().check(|| {
        let doomed = Doomed::new();
        let subject = Subject::new(doomed.record(), Patience::Skip);
        let working = doomed.clone();
        let thread = spawn(move || working.steps(&subject));
        doomed.destroy();
        let next = registry::create(None, Traits::NONE).expect("memory for a heap");
        assert_eq!(next, doomed.heap, "the place is taken again");
        join(thread);
        // SAFETY: no thread uses it.
        unsafe { registry::destroy(next) };
    });
}

#[test]
fn a_step_that_does_not_ask_whether_the_heap_is_alive_is_found() {
    let report = model().fault(|| {
        let doomed = Doomed::new();
        let working = doomed.clone();
        let thread = spawn(move || drop(working.record().try_quiesce()));
        doomed.destroy_for_good();
        join(thread);
    });
    assert!(report.contains("after it was given up"), "{report}");
}

/// Who looks at every heap waits for the step, with the list of heaps locked.
#[test]
fn a_step_that_wants_the_list_of_heaps_is_found() {
    let report = model().fault(|| {
        process_starts();
        let thread = spawn(|| {
            let _ = Subject::new(&PROCESS, Patience::Wait).step(|_, _| registry::each_heap(|_| ()));
        });
        registry::each_heap(|heap| {
            if ptr::eq(heap, &PROCESS) {
                drop(heap.quiesce_unless_locked());
            }
        });
        join(thread);
    });
    assert!(report.contains("branches") || report.contains("deadlock"), "{report}");
}
