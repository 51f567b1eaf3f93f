//! The thread against a scripted source.

use std::sync::atomic::AtomicU64;

use super::*;
use crate::top::made_up;

/// Processes as scripted; number 13 can't be opened, and 666 panics when it is read.
struct Script {
    trims: Arc<AtomicU64>,
}

struct Fake {
    pid: i32,
    trims: Arc<AtomicU64>,
}

impl Source for Script {
    fn list(&mut self) -> Result<Vec<Listed>, Error> {
        Ok(made_up::listed())
    }

    fn open(&mut self, pid: i32) -> Result<Box<dyn Opened>, Error> {
        if pid == 13 {
            return Err(Error::NotOnHeapmin(pid));
        }
        Ok(Box::new(Fake { pid, trims: Arc::clone(&self.trims) }))
    }
}

impl Opened for Fake {
    fn process(&self) -> Process {
        made_up::process(self.pid, "server")
    }

    fn snapshot(&self) -> Result<Snapshot, Error> {
        if self.pid == 666 {
            // Without the hook, which would print a message into the tests' output.
            std::panic::resume_unwind(Box::new("scripted"));
        }
        Ok(made_up::snapshot(0))
    }

    fn trim(&self) -> Result<Trimmed, Error> {
        thread::sleep(Duration::from_millis(200));
        self.trims.fetch_add(1, Ordering::SeqCst);
        Ok(Trimmed { released: 5, ..Trimmed::default() })
    }

    fn check(&self, progress: &mut dyn FnMut(u64, u64) -> bool) -> Result<Checked, Error> {
        for done in 0..u64::MAX {
            if !progress(done, u64::MAX) {
                break;
            }
            thread::sleep(Duration::from_millis(1));
        }
        Ok(Checked::default())
    }
}

/// A reader, its answers, and how often it has trimmed.
fn reader() -> (Reader, Receiver<Timed>, Arc<AtomicU64>) {
    let (sender, answers) = channel();
    let trims = Arc::new(AtomicU64::new(0));
    let source = Box::new(Script { trims: Arc::clone(&trims) });
    let reader = Reader::start(source, None, move |answer| drop(sender.send(answer)));
    (reader, answers, trims)
}

fn next(answers: &Receiver<Timed>) -> Answer {
    answers.recv_timeout(Duration::from_secs(10)).unwrap().answer
}

#[test]
fn requests_are_answered_in_their_order() {
    let (reader, answers, _) = reader();
    let requests =
        [Request::List, Request::Open(13), Request::Open(7), Request::Read, Request::Trim];
    requests.into_iter().for_each(|request| reader.ask(request));
    assert!(matches!(next(&answers), Answer::Listed(Ok(listed)) if listed.len() == 3));
    assert!(matches!(next(&answers), Answer::Opened(13, Err(Error::NotOnHeapmin(13)))));
    assert!(matches!(next(&answers), Answer::Opened(7, Ok(process)) if process.pid == 7));
    assert!(matches!(next(&answers), Answer::Read(Ok(_))));
    assert!(matches!(next(&answers), Answer::Trimmed(Ok(trimmed)) if trimmed.released == 5));
}

#[test]
fn a_check_tells_how_far_it_is_and_can_be_stopped() {
    let (reader, answers, _) = reader();
    reader.ask(Request::Open(7));
    reader.ask(Request::Check);
    next(&answers);
    assert!(matches!(next(&answers), Answer::Progress(done, u64::MAX) if done > 0));
    reader.control().stop_check();
    loop {
        match next(&answers) {
            Answer::Progress(..) => {}
            Answer::Checked(Ok(None)) => break,
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn a_trim_that_has_begun_is_waited_for_and_none_begins_afterwards() {
    let (reader, answers, trims) = reader();
    reader.ask(Request::Open(7));
    next(&answers);
    let control = reader.control();
    reader.ask(Request::Trim);
    while control.closed.try_lock().is_ok() {
        thread::sleep(Duration::from_millis(1));
    }
    reader.ask(Request::Trim);
    drop(reader);
    let trimmed = trims.load(Ordering::SeqCst);
    assert!(trimmed >= 1);
    // The thread ends when it has seen all requests.
    while answers.recv_timeout(Duration::from_secs(10)).is_ok() {}
    assert_eq!(trims.load(Ordering::SeqCst), trimmed);
}

#[test]
fn a_panic_is_told() {
    let (reader, answers, _) = reader();
    reader.ask(Request::Open(666));
    reader.ask(Request::Read);
    next(&answers);
    assert!(matches!(next(&answers), Answer::Failed));
}

#[test]
fn what_an_answer_cost_is_the_threads_own_processor_time() {
    let (reader, answers, _) = reader();
    reader.ask(Request::Open(7));
    reader.ask(Request::Trim);
    answers.recv().unwrap();
    let trimmed = answers.recv().unwrap();
    // It slept for 200 ms.
    assert!(trimmed.cost < Duration::from_millis(100), "{:?}", trimmed.cost);
}
