//! Drawings.

use heapmin_inspect::model::map::{Map, Usage};
use unicode_width::UnicodeWidthStr;

use super::made_up::{self, BASE};
use super::paint::Colours;
use super::picture::{Style, lines};
use super::scale::{Room, Row, rows};

fn style(width: usize, colours: Colours) -> Style {
    Style { width, height: None, colours, heap: None }
}

/// A line without its escape sequences.
fn plain(line: &str) -> String {
    let mut text = String::new();
    let mut parts = line.split('\x1b');
    text.push_str(parts.next().unwrap());
    for part in parts {
        text.push_str(part.split_once('m').expect("a colour").1);
    }
    text
}

#[test]
fn no_line_is_wider_than_the_terminal() {
    let map = made_up::map(
        7,
        1,
        "a program with a long command line --and --many 'words' in it, 漢字 too",
    );
    for width in [40, 80, 120, 200] {
        for colours in [Colours::None, Colours::Sixteen, Colours::Many] {
            for line in lines(&map, style(width, colours)) {
                assert!(plain(&line).width() <= width, "{width}: {line}");
                assert!(colours != Colours::None || line == plain(&line));
            }
        }
    }
}

#[test]
fn every_page_is_a_cell_where_there_is_room() {
    let map = made_up::map(1, 1, "a");
    for (width, cells, count) in [(40, 32, 16), (80, 64, 8), (200, 128, 4)] {
        let room = Room { columns: cells, layers: 1, rows: 400 };
        let (scale, rows) = rows(&map, room, |_| true);
        assert_eq!((scale.cell, scale.row), (4096, cells * 4096));
        // Some rows of unused pages are one.
        assert!(rows.len() <= count, "{width}");
        let bytes = rows.iter().map(|row| match row {
            Row::Cells(_) => scale.row,
            Row::Empty(bytes) => *bytes,
        });
        assert_eq!(bytes.sum::<u64>(), 2 << 20);
        let text = lines(&map, style(width, Colours::None)).join("\n");
        assert!(text.contains("a cell is 4.0 KiB; a row "), "{text}");
        assert!(text.contains(&format!("{BASE:x}")), "{text}");
    }
}

#[test]
fn without_colour_characters_say_it() {
    let mut map = made_up::map(1, 1, "cat");
    let mut random = made_up::Random(5);
    for unit in &mut map.regions[0].units {
        *unit = made_up::unused();
    }
    let units = &mut map.regions[0].units;
    units[0] = made_up::slab(&mut random, 4096, 0, 100);
    units[0].resident = 0xffff;
    units[1].usage = Usage::FreeDirty;
    units[1].resident = 0x00ff;
    units[2].usage = Usage::Engine;
    units[2].resident = 0xffff;
    units[4..6].clone_from_slice(&made_up::large(128 << 10, 1, 0x0fff));
    map.regions[0].huge = Some(true);
    let text = lines(&map, style(80, Colours::None));
    let row = text.iter().position(|line| line.starts_with("7f3a40000000 H ")).unwrap();
    assert_eq!(
        &text[row..row + 3],
        [
            "7f3a40000000 H @@@@@@@@@@@@@@@@oooooooo________&&&&&&&&&&&&&&&&",
            "               @@@@@@@@@@@@~~~~@@@@@@@@@@@@~~~~",
            "---- 1.5 MiB without memory ---------------------------------------------------",
        ]
    );
    assert!(text[0].starts_with("heapmin map: 4711 cat"));
}

#[test]
fn with_colour_two_cells_share_a_character() {
    let mut map = made_up::map(1, 1, "cat");
    for unit in &mut map.regions[0].units {
        *unit = made_up::unused();
    }
    map.regions[0].units[4].usage = Usage::FreeDirty;
    map.regions[0].units[4].resident = 0xffff;
    map.regions[0].huge = Some(false);
    let many = lines(&map, style(80, Colours::Many)).join("\n");
    // The fifth unit lies below the first one.
    let blocks = |count| "▀".repeat(count);
    let row = format!(
        "\x1b[38;5;234;48;5;208m{}\x1b[38;5;234;48;5;234m{}\x1b[0m",
        blocks(16),
        blocks(48)
    );
    assert!(many.contains(&row), "{many}");
    let few = lines(&map, style(80, Colours::Sixteen)).join("\n");
    assert!(
        few.contains(&format!("\x1b[30;43m{}\x1b[30;40m{}\x1b[0m", blocks(16), blocks(48))),
        "{few}"
    );
}

#[test]
fn what_is_not_in_use_is_one_line() {
    let map = made_up::map(8, 1, "a");
    let text = lines(&map, style(80, Colours::None)).join("\n");
    // Twelve regions are missing in the middle.
    let gap = |line: &&str| line.starts_with("---- 24 MiB") || line.starts_with("---- 25 MiB");
    assert_eq!(text.lines().filter(gap).count(), 1, "{text}");
}

#[test]
fn large_heaps_get_larger_cells() {
    let map = made_up::map(3000, 1, "a");
    let drawn = lines(&map, style(80, Colours::Many));
    assert!(drawn.len() < 450, "{}", drawn.len());
    let cell = drawn.iter().find(|line| line.contains("a cell is")).unwrap();
    assert_eq!(cell, "a cell is 128 KiB, two to a character; a row 16 MiB");
}

#[test]
fn a_screen_is_never_exceeded() {
    let map = made_up::map(40, 1, "a");
    for (width, height) in [(80, 24), (40, 12), (200, 60), (40, 5)] {
        let style = Style { height: Some(height), ..style(width, Colours::Many) };
        assert!(lines(&map, style).len() <= height, "{width} {height}");
    }
}

#[test]
fn one_heap_is_drawn_without_the_others() {
    let map = made_up::map(4, 1, "a");
    let of = |heap| Style { heap, ..style(80, Colours::None) };
    let all = lines(&map, of(None)).join("\n");
    let one = lines(&map, of(Some(7))).join("\n");
    assert!(all.contains("process (HeapAlloc)") && !one.contains("process (HeapAlloc)"));
    assert!(one.contains("images"));
    assert!(one.contains("other heaps"), "{one}");
}

#[test]
fn what_a_process_calls_itself_is_only_text() {
    let map = made_up::map(1, 1, "\x1b[2J\x1b]0;title\x07 \u{202e}txt\n");
    let text = lines(&map, style(80, Colours::None)).join("\n");
    assert!(!text.contains('\x1b') && !text.contains('\u{202e}'));
    assert!(text.contains("\\x1b[2J"));
}

#[test]
fn nothing_allocated_yet_is_said() {
    let mut map: Map = made_up::map(1, 1, "a");
    map.regions.clear();
    let text = lines(&map, style(80, Colours::None)).join("\n");
    assert!(text.contains("no region is in use yet"));
}
