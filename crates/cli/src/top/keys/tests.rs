//! Keys.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use super::*;
use crate::top::made_up;
use crate::top::pace::Pace;
use crate::top::sort::Order;
use crate::top::source::{Answer, Timed};
use crate::top::tables::heaps;

fn state() -> State {
    State::new(Pace::new(Duration::from_secs(1)), PathBuf::from("/nonexistent"))
}

fn answer(state: &mut State, answer: Answer) {
    state.answered(Timed { answer, began: Instant::now(), cost: Duration::ZERO });
}

fn watching() -> State {
    let mut state = state();
    state.watch(made_up::process(4242, "server"));
    answer(&mut state, Answer::Read(Ok(Box::new(made_up::snapshot(0)))));
    state
}

fn press(state: &mut State, code: KeyCode) -> Option<Effect> {
    state.key(KeyEvent::from(code))
}

fn types(state: &mut State, text: &str) {
    for c in text.chars() {
        assert_eq!(press(state, KeyCode::Char(c)), None);
    }
}

fn view(state: &State) -> View {
    state.watched().unwrap().view
}

#[test]
fn views_are_chosen_by_number_or_one_after_the_other() {
    let mut state = watching();
    press(&mut state, KeyCode::Char('3'));
    assert_eq!(view(&state), View::Caches);
    press(&mut state, KeyCode::Tab);
    assert_eq!(view(&state), View::Rates);
    press(&mut state, KeyCode::Tab);
    assert_eq!(view(&state), View::Heaps);
    press(&mut state, KeyCode::BackTab);
    assert_eq!(view(&state), View::Rates);
}

#[test]
fn a_process_is_opened_from_the_list_and_left_again() {
    let mut state = state();
    assert_eq!(press(&mut state, KeyCode::Enter), None);
    answer(&mut state, Answer::Listed(Ok(made_up::listed())));
    press(&mut state, KeyCode::Down);
    assert_eq!(press(&mut state, KeyCode::Enter), Some(Effect::Ask(Request::Open(100))));
    answer(&mut state, Answer::Opened(100, Ok(made_up::process(100, "sort"))));
    assert_eq!(state.watched().unwrap().process.pid, 100);
    press(&mut state, KeyCode::Esc);
    assert!(matches!(state.screen, Screen::Processes));
}

#[test]
fn the_mark_moves_by_rows_and_pages() {
    let mut state = state();
    answer(&mut state, Answer::Listed(Ok(made_up::listed())));
    state.page = 2;
    let marked = |state: &State| state.processes.cursor.index(&state.processes.rows);
    for (code, index) in [
        (KeyCode::Char('j'), 1),
        (KeyCode::Char('k'), 0),
        (KeyCode::PageDown, 2),
        (KeyCode::PageUp, 0),
        (KeyCode::End, 2),
        (KeyCode::Home, 0),
    ] {
        press(&mut state, code);
        assert_eq!(marked(&state), index, "{code:?}");
    }
}

#[test]
fn sorting_goes_through_the_columns_and_turns() {
    let mut state = watching();
    assert_eq!(state.table_mut().order, Some(heaps::ORDER));
    press(&mut state, KeyCode::Char('s'));
    assert_eq!(state.table_mut().order, Some(Order::descending(5)));
    press(&mut state, KeyCode::Char('S'));
    assert_eq!(state.table_mut().order, Some(Order { column: 5, descending: false }));
    press(&mut state, KeyCode::Char('4'));
    press(&mut state, KeyCode::Char('s'));
    assert!(state.message.unwrap().text.contains("have their places"));
}

#[test]
fn a_filter_works_while_it_is_typed_and_goes_by_esc() {
    let mut state = watching();
    types(&mut state, "/0x7f");
    assert_eq!(state.table_mut().rows.len(), 1);
    press(&mut state, KeyCode::Backspace);
    press(&mut state, KeyCode::Enter);
    assert_eq!(state.watched().unwrap().filter.text, "0x7");
    assert_eq!(state.entry, None);
    press(&mut state, KeyCode::Esc);
    assert_eq!(state.table_mut().rows.len(), 3);
    assert!(state.watched().is_some());
    types(&mut state, "/qq");
    press(&mut state, KeyCode::Esc);
    assert!(state.watched().unwrap().filter.is_empty());
}

#[test]
fn enter_on_a_heap_shows_its_classes() {
    let mut state = watching();
    press(&mut state, KeyCode::End);
    press(&mut state, KeyCode::Enter);
    assert_eq!(
        (view(&state), state.watched().unwrap().filter.text.as_str()),
        (View::Classes, "#2")
    );
}

#[test]
fn a_trim_asks_nothing_and_is_not_begun_twice() {
    let mut state = watching();
    assert_eq!(press(&mut state, KeyCode::Char('t')), Some(Effect::Ask(Request::Trim)));
    assert_eq!(press(&mut state, KeyCode::Char('t')), None);
    assert_eq!(press(&mut state, KeyCode::Char('c')), None);
    assert!(state.message.unwrap().text.contains("still going on"));
}

#[test]
fn a_check_is_stopped_by_esc() {
    let mut state = watching();
    assert_eq!(press(&mut state, KeyCode::Char('c')), Some(Effect::Ask(Request::Check)));
    assert_eq!(press(&mut state, KeyCode::Char('x')), None);
    assert_eq!(press(&mut state, KeyCode::Esc), Some(Effect::StopCheck));
}

#[test]
fn the_interval_changes_and_pauses() {
    let mut state = watching();
    press(&mut state, KeyCode::Char('+'));
    assert_eq!(state.pace.interval(), Duration::from_secs(2));
    press(&mut state, KeyCode::Char('-'));
    press(&mut state, KeyCode::Char('-'));
    assert_eq!(state.pace.interval(), Duration::from_millis(500));
    press(&mut state, KeyCode::Char('p'));
    assert!(state.paused);
    press(&mut state, KeyCode::Char('p'));
    assert!(!state.paused);
}

#[test]
fn the_help_closes_by_any_key_and_scrolls_by_some() {
    let mut state = watching();
    press(&mut state, KeyCode::Char('?'));
    press(&mut state, KeyCode::Down);
    assert_eq!(state.overlay, Some(Overlay::Help(1)));
    press(&mut state, KeyCode::Char('x'));
    assert_eq!(state.overlay, None);
}

#[test]
fn figures_of_an_ended_process_can_be_looked_at_until_another_key() {
    let mut state = watching();
    answer(&mut state, Answer::Read(Err(heapmin_inspect::Error::Ended(4242))));
    for code in [KeyCode::Down, KeyCode::Tab, KeyCode::Char('s')] {
        press(&mut state, code);
        assert!(state.watched().is_some(), "{code:?}");
    }
    assert_eq!(press(&mut state, KeyCode::Char('t')), None);
    assert!(matches!(state.screen, Screen::Processes));
}

#[test]
fn control_keys_work_everywhere() {
    let mut state = watching();
    types(&mut state, "/");
    for (c, effect) in [('c', Effect::Quit), ('l', Effect::Redraw), ('z', Effect::Suspend)] {
        let key = KeyEvent::new(KeyCode::Char(c), KeyModifiers::CONTROL);
        assert_eq!(state.key(key), Some(effect));
    }
    assert_eq!(state.entry.as_deref(), Some(""));
}

#[test]
fn what_could_not_be_saved_is_told() {
    let mut state = watching();
    press(&mut state, KeyCode::Char('w'));
    let message = state.message.unwrap();
    assert!(message.bad && message.text.starts_with("cannot write /nonexistent/"), "{message:?}");
}
