//! Everything that is drawn, on a terminal in memory.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use crossterm::event::{KeyCode, KeyEvent};
use heapmin_inspect::model::outcome::{Checked, Damage, DamageKind, Trimmed};
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::buffer::Buffer;
use ratatui::style::Color;

use super::*;
use crate::top::made_up;
use crate::top::pace::Pace;
use crate::top::source::{Answer, Timed};
use crate::top::state::Overlay;

const COLOUR: Look = Look { colour: true, unicode: true };
const PLAIN: Look = Look { colour: false, unicode: true };
const ASCII: Look = Look { colour: false, unicode: false };

/// Sizes of windows, and the smallest ones.
const SIZES: [(u16, u16); 5] = [(80, 24), (40, 10), (200, 60), (41, 40), (200, 10)];

fn state() -> State {
    State::new(Pace::new(Duration::from_secs(1)), PathBuf::from("/nonexistent"))
}

fn answer(state: &mut State, answer: Answer, began: Instant) {
    state.answered(Timed { answer, began, cost: Duration::ZERO });
}

/// A process after so many readings, one a second.
fn watching(readings: u64) -> State {
    let (mut state, begin) = (state(), Instant::now());
    state.watch(made_up::process(4242, "server"));
    for n in 0..readings {
        let read = Answer::Read(Ok(Box::new(made_up::snapshot(n))));
        answer(&mut state, read, begin + Duration::from_secs(n));
    }
    state
}

fn listing() -> State {
    let mut state = state();
    answer(&mut state, Answer::Listed(Ok(made_up::listed())), Instant::now());
    state
}

fn buffer(state: &mut State, (width, height): (u16, u16), look: Look) -> Buffer {
    let mut terminal = Terminal::new(TestBackend::new(width, height)).unwrap();
    terminal.draw(|frame| draw(frame, state, look)).unwrap();
    terminal.backend().buffer().clone()
}

fn lines(state: &mut State, size: (u16, u16), look: Look) -> Vec<String> {
    let buffer = buffer(state, size, look);
    let line = |cells: &[ratatui::buffer::Cell]| {
        cells.iter().map(|cell| cell.symbol()).collect::<String>().trim_end().to_owned()
    };
    buffer.content.chunks(usize::from(size.0)).map(line).collect()
}

fn text(state: &mut State, size: (u16, u16), look: Look) -> String {
    lines(state, size, look).join("\n")
}

fn press(state: &mut State, code: KeyCode) {
    state.key(KeyEvent::from(code));
}

/// A state for everything that can be on the screen.
fn everything() -> Vec<(&'static str, State)> {
    let with = |overlay| {
        let mut state = watching(30);
        state.overlay = Some(overlay);
        state
    };
    let damage = Damage {
        heap: 0,
        heap_name: "process".into(),
        kind: DamageKind::Tail,
        address: 0x7f00_0000_1230,
        bytes: 48,
        message: "48 bytes were written to behind their end; look for who has the block".into(),
        evidence: vec![1, 2],
    };
    let checked = Checked {
        heaps: 3,
        blocks: Some(1_234_567),
        unsettled_units: 2,
        stopped: false,
        damages: vec![damage; 40],
    };
    let mut states = vec![
        ("empty list", state()),
        ("list", listing()),
        ("before the first reading", watching(0)),
        ("help", with(Overlay::Help(3))),
        ("trimmed", with(Overlay::Trimmed(Trimmed { released: 3 << 20, ..Trimmed::default() }))),
        ("checking", with(Overlay::Checking(30, 100))),
        ("checked", with(Overlay::Checked(checked, 5))),
    ];
    for (key, name) in [('1', "heaps"), ('2', "classes"), ('3', "caches"), ('4', "rates")] {
        let mut state = watching(90);
        press(&mut state, KeyCode::Char(key));
        states.push((name, state));
    }
    states
}

#[test]
fn a_window_of_80_by_24_has_figures_chart_table_and_keys() {
    let shown = lines(&mut watching(90), (80, 24), COLOUR);
    let all = shown.join("\n");
    assert!(shown[0].starts_with(" heapmin top  4242  /usr/bin/server --config"), "{all}");
    assert!(shown[0].ends_with("every 1 s"), "{all}");
    for figure in
        ["live 2", "resident 4", "reclaimable 4", "allocations 22.0k/s", "returned 1.0 MiB/s"]
    {
        assert!(shown[1..4].iter().any(|line| line.contains(figure)), "no {figure}:\n{all}");
    }
    assert!(all.contains("█ live  █ resident  last 2 min"), "{all}");
    assert!(all.contains(" 1 Heaps  2 Size classes  3 Caches  4 Rates"), "{all}");
    let heading = shown.iter().find(|line| line.contains("resident▼")).unwrap();
    for column in ["#", "heap", "live", "reclaimable", "alloc/s"] {
        assert!(heading.contains(column), "no {column}: {heading}");
    }
    assert!(all.contains("process (HeapAlloc)"), "{all}");
    assert!(shown[23].starts_with("? help  q quit  Tab views"), "{all}");
}

#[test]
fn a_window_of_40_by_10_has_figures_and_a_table() {
    let shown = lines(&mut watching(90), (40, 10), COLOUR);
    let all = shown.join("\n");
    for words in ["heapmin top  4242", "every 1 s", "live ", "resident ", "reclaimable ", "1 Heaps"]
    {
        assert!(all.contains(words), "no {words}:\n{all}");
    }
    assert!(all.contains("resident▼") && all.contains("heap 0x7f"), "{all}");
    assert!(shown[9].starts_with("? help  q quit"), "{all}");
}

#[test]
fn a_large_window_shows_every_figure_and_column() {
    let mut state = watching(90);
    let all = text(&mut state, (200, 60), COLOUR);
    for words in
        ["threads 3", "process 90 MiB", "committed", "maximum", "decay", "2000 ms", "guarded"]
    {
        assert!(all.contains(words), "no {words}:\n{all}");
    }
}

#[test]
fn a_smaller_window_gets_a_message() {
    for size in [(39, 24), (80, 9), (20, 5), (1, 1)] {
        let all = text(&mut watching(3), size, COLOUR);
        assert!(!all.contains("Heaps"), "{size:?}:\n{all}");
    }
    let all = text(&mut watching(3), (39, 9), COLOUR).replace('\n', " ");
    assert!(all.contains("40 by 10"), "{all}");
}

#[test]
fn everything_fits_into_every_window_in_every_look() {
    for (name, mut state) in everything() {
        for size in SIZES {
            for look in [COLOUR, PLAIN, ASCII] {
                let shown = lines(&mut state, size, look);
                let filled = shown.iter().filter(|line| !line.is_empty()).count();
                assert!(filled >= 3, "{name} at {size:?}: {shown:#?}");
            }
        }
    }
}

#[test]
fn in_ascii_there_is_nothing_else() {
    for (name, mut state) in everything() {
        for size in SIZES {
            let all = text(&mut state, size, ASCII);
            let other: Vec<_> = all.chars().filter(|c| !c.is_ascii()).collect();
            assert!(other.is_empty(), "{name} at {size:?} has {other:?}:\n{all}");
        }
    }
}

#[test]
fn without_colour_no_cell_has_one_and_what_is_marked_is_reversed() {
    for (name, mut state) in everything() {
        for size in SIZES {
            let shown = buffer(&mut state, size, PLAIN);
            let plain =
                |cell: &ratatui::buffer::Cell| cell.fg == Color::Reset && cell.bg == Color::Reset;
            assert!(shown.content.iter().all(plain), "{name} at {size:?}");
        }
    }
    let shown = buffer(&mut watching(3), (80, 24), PLAIN);
    let reversed = |y: u16| {
        let modifier = shown[(1, y)].modifier;
        modifier.contains(ratatui::style::Modifier::REVERSED)
    };
    // The title, the view, and the marked row.
    assert_eq!((0..24).filter(|&y| reversed(y)).count(), 3);
}

#[test]
fn colours_are_the_terminals_first_sixteen() {
    for (name, mut state) in everything() {
        for cell in &buffer(&mut state, (80, 24), COLOUR).content {
            for colour in [cell.fg, cell.bg] {
                let extended = matches!(colour, Color::Rgb(..) | Color::Indexed(_));
                assert!(!extended, "{name}: {colour:?}");
            }
        }
    }
}

#[test]
fn the_chart_grows_with_the_window_and_shows_both_areas() {
    let chart = |state: &mut State, size| {
        let all = lines(state, size, PLAIN);
        let begin = all.iter().position(|line| line.contains(" resident  last")).unwrap();
        let end = all.iter().position(|line| line.contains("2 Size classes")).unwrap();
        all[begin + 1..end].to_vec()
    };
    let mut state = watching(90);
    let (small, large) = (chart(&mut state, (80, 24)), chart(&mut state, (200, 60)));
    assert!(small.len() >= 5 && large.len() > small.len(), "{small:#?} {large:#?}");
    for chart in [small, large] {
        let all = chart.join("\n");
        assert!(all.contains('█') && all.contains('░'), "{all}");
        assert!(chart.last().unwrap().trim_start().starts_with("0 B"), "{all}");
    }
}

#[test]
fn size_classes_have_bars() {
    let mut state = watching(3);
    press(&mut state, KeyCode::Char('2'));
    let all = text(&mut state, (80, 24), PLAIN);
    let line = all.lines().find(|line| line.trim_start().starts_with("16 B")).unwrap();
    assert!(line.contains("89%") || line.contains("90%"), "{all}");
    assert!(line.contains("█████████· ") || line.contains("████████▉· "), "{all}");
    let all = text(&mut state, (80, 24), ASCII);
    let line = all.lines().find(|line| line.trim_start().starts_with("16 B")).unwrap();
    assert!(line.contains("######"), "{all}");
}

#[test]
fn foreign_text_cannot_act_on_the_terminal() {
    let mut state = watching(3);
    press(&mut state, KeyCode::Char('3'));
    let all = text(&mut state, (120, 30), COLOUR);
    assert!(all.contains("worker \\x1b[2J"), "{all}");
}

#[test]
fn the_list_shows_processes_and_why_one_has_no_figures() {
    let all = text(&mut listing(), (80, 24), COLOUR);
    for words in
        ["processes on heapmin", "redis-server *:7777", "800 MiB", "daemon (another user's)"]
    {
        assert!(all.contains(words), "no {words}:\n{all}");
    }
    let mut none = state();
    answer(&mut none, Answer::Listed(Ok(Vec::new())), Instant::now());
    assert!(text(&mut none, (80, 24), COLOUR).contains("heapmin run -- PROGRAM"));
}

#[test]
fn the_end_of_a_process_is_told_above_its_last_figures() {
    let mut state = watching(5);
    let ended = Answer::Read(Err(heapmin_inspect::Error::Ended(4242)));
    answer(&mut state, ended, Instant::now());
    let shown = lines(&mut state, (80, 24), COLOUR);
    assert!(shown[0].ends_with(" ended"), "{shown:#?}");
    assert!(shown[23].starts_with("process 4242 ended; its last figures"), "{shown:#?}");
    assert!(shown.iter().any(|line| line.contains("process (HeapAlloc)")), "{shown:#?}");
}

#[test]
fn a_longer_interval_than_asked_for_is_shown_with_its_reason() {
    let mut state = watching(3);
    state.pace.drawn(Duration::from_millis(210));
    let shown = lines(&mut state, (80, 24), COLOUR);
    assert!(shown[0].ends_with("every 4.2 s (5% CPU)"), "{shown:#?}");
    state.paused = true;
    assert!(lines(&mut state, (80, 24), COLOUR)[0].ends_with("paused"));
}

#[test]
fn results_are_shown_in_boxes_that_scroll() {
    let shown = |name: &str, size| {
        let (_, mut state) = everything().into_iter().find(|(of, _)| *of == name).unwrap();
        text(&mut state, size, COLOUR)
    };
    assert!(shown("trimmed", (80, 24)).contains("3.0 MiB came back"));
    assert!(shown("checking", (80, 24)).contains(" 30%"));
    assert!(shown("checked", (80, 24)).contains("0x7f0000001230, process"));
    assert!(shown("help", (80, 24)).contains("Enter"));
    assert!(shown("checked", (40, 10)).contains("(6-11 of "), "{}", shown("checked", (40, 10)));
}

#[test]
fn the_filter_is_seen_while_it_is_typed_and_afterwards() {
    let mut state = watching(3);
    "/0x7".chars().for_each(|c| press(&mut state, KeyCode::Char(c)));
    assert!(lines(&mut state, (80, 24), COLOUR)[23].starts_with("heaps with: 0x7"));
    press(&mut state, KeyCode::Enter);
    let all = text(&mut state, (80, 24), COLOUR);
    assert!(all.contains("only 0x7") && !all.contains("HeapAlloc"), "{all}");
}
