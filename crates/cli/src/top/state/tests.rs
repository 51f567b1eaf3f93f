//! Answers and time.

use std::time::Duration;

use super::*;
use crate::top::made_up;

const SECOND: Duration = Duration::from_secs(1);

fn state() -> State {
    State::new(Pace::new(SECOND), PathBuf::from("/nonexistent"))
}

fn watching() -> State {
    let mut state = state();
    state.watch(made_up::process(4242, "server"));
    state
}

fn answer(state: &mut State, answer: Answer, began: Instant) {
    state.answered(Timed { answer, began, cost: Duration::from_millis(1) });
}

fn read(n: u64) -> Answer {
    Answer::Read(Ok(Box::new(made_up::snapshot(n))))
}

#[test]
fn figures_are_asked_for_once_and_again_after_the_interval() {
    let (mut state, now) = (watching(), Instant::now());
    assert_eq!(state.tick(now), Some(Effect::Ask(Request::Read)));
    assert_eq!(state.tick(now + 5 * SECOND), None);
    answer(&mut state, read(0), now);
    assert_eq!(state.tick(now + SECOND / 2), None);
    assert_eq!(state.due(now), Some(now + SECOND));
    assert_eq!(state.tick(now + SECOND), Some(Effect::Ask(Request::Read)));
}

#[test]
fn the_list_is_alive_too() {
    let (mut state, now) = (state(), Instant::now());
    assert_eq!(state.tick(now), Some(Effect::Ask(Request::List)));
    answer(&mut state, Answer::Listed(Ok(made_up::listed())), now);
    assert_eq!(state.processes.rows.len(), 3);
    assert_eq!(state.processes.marked().unwrap().key[0], 2000);
    assert_eq!(state.tick(now + SECOND), Some(Effect::Ask(Request::List)));
}

#[test]
fn nothing_is_read_in_a_pause() {
    let (mut state, now) = (watching(), Instant::now());
    state.paused = true;
    assert_eq!((state.tick(now), state.due(now)), (None, None));
}

#[test]
fn a_process_that_ends_keeps_its_last_figures() {
    let (mut state, now) = (watching(), Instant::now());
    state.tick(now);
    answer(&mut state, read(3), now);
    answer(&mut state, Answer::Read(Err(Error::Ended(4242))), now);
    let watched = state.watched().unwrap();
    assert_eq!(watched.ended.as_deref(), Some("process 4242 ended"));
    assert_eq!(watched.readings.as_ref().unwrap().now, made_up::snapshot(3));
    assert_eq!(state.tick(now + 5 * SECOND), None);
}

#[test]
fn a_process_that_becomes_another_program_is_told_apart() {
    let mut state = watching();
    answer(&mut state, Answer::Trimmed(Err(Error::Replaced(4242))), Instant::now());
    let ended = state.watched().unwrap().ended.as_deref();
    assert_eq!(ended, Some("process 4242 became another program"));
}

#[test]
fn trouble_with_reading_stays_until_it_works_again() {
    let (mut state, now) = (watching(), Instant::now());
    answer(&mut state, Answer::Read(Err(Error::Inconsistent(4242, "lists"))), now);
    assert!(state.trouble.as_ref().unwrap().contains("contradicts itself"));
    assert!(state.watched().unwrap().ended.is_none());
    answer(&mut state, read(0), now);
    assert_eq!(state.trouble, None);
}

#[test]
fn late_answers_do_not_reach_another_screen() {
    let (mut state, now) = (watching(), Instant::now());
    state.tick(now);
    state.show(Screen::Processes);
    answer(&mut state, read(0), now);
    assert!(matches!(state.screen, Screen::Processes));
    assert_eq!(state.tick(now), Some(Effect::Ask(Request::List)));
    state.show(Screen::Opening(7));
    answer(&mut state, Answer::Opened(8, Ok(made_up::process(8, "other"))), now);
    assert!(matches!(state.screen, Screen::Opening(7)));
    answer(&mut state, Answer::Opened(7, Ok(made_up::process(7, "this"))), now);
    answer(&mut state, read(0), now);
    assert!(state.watched().unwrap().readings.is_none());
}

#[test]
fn a_process_that_cannot_be_opened_leads_back_with_the_reason() {
    let mut state = state();
    state.show(Screen::Opening(7));
    answer(&mut state, Answer::Opened(7, Err(Error::Forbidden(7))), Instant::now());
    assert!(matches!(state.screen, Screen::Processes));
    assert!(state.message.unwrap().text.contains("process 7 can't be looked into"));
}

#[test]
fn after_a_trim_figures_are_read_at_once() {
    let (mut state, now) = (watching(), Instant::now());
    state.tick(now);
    answer(&mut state, read(0), now);
    state.trimming = true;
    assert_eq!(state.tick(now + SECOND), None);
    let trimmed = Trimmed { released: 7, ..Trimmed::default() };
    answer(&mut state, Answer::Trimmed(Ok(trimmed)), now);
    assert_eq!(state.overlay, Some(Overlay::Trimmed(trimmed)));
    assert_eq!(state.tick(now), Some(Effect::Ask(Request::Read)));
}

#[test]
fn a_check_shows_its_progress_and_its_result() {
    let (mut state, now) = (watching(), Instant::now());
    state.overlay = Some(Overlay::Checking(0, 0));
    answer(&mut state, Answer::Progress(5, 10), now);
    assert_eq!(state.overlay, Some(Overlay::Checking(5, 10)));
    answer(&mut state, Answer::Checked(Ok(Some(Checked::default()))), now);
    assert_eq!(state.overlay, Some(Overlay::Checked(Checked::default(), 0)));
    answer(&mut state, Answer::Progress(6, 10), now);
    assert_eq!(state.overlay, Some(Overlay::Checked(Checked::default(), 0)));
}
