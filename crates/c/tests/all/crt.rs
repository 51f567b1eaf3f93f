//! The rows of the documentation's checklist of the C run-time library's heap, each a test of its
//! name.
//!
//! `docs/conformance/crt.md` lists the rows, with what is done differently from Windows; tests here
//! compare the two.

#![expect(non_snake_case, reason = "a test has the name of its row")]

use crate::harness::{c_program, cxx_program, package, project};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;

/// Modules of tests, one for each program of rows: its file and the rows in it.
macro_rules! programs {
    ($($module:ident: $compile:ident($file:literal) => $($row:ident)*;)*) => {
        $(mod $module {
            crate::harness::rules! {
                crate::harness::$compile(&[concat!("crt/", $file)]) => $($row),*
            }
        })*

        /// The rows that are run, each with the module and the file that it is in.
        const RUN: &[(&str, &str, &str)] =
            &[$($((stringify!($row), stringify!($module), $file),)*)*];
    };
}

programs! {
    basic: c_program("basic.c") =>
        M01 M02 M03 M04 M05 M06 M07 M08 M09 M10 M11 M12 M13 M14 M15 M16 M17 M18 M19 M20 M21 M22 M23
        M24 M25 M26 M27 M28;
    sizes: c_program("sizes.c") =>
        E01 E02 E03 E04 E05 E06 E07 E08 E09 E10 E11 Z01 Z02 Z03 Z04 Z05 Z06 Z07 K01 K02;
    recalloc: c_program("recalloc.c") =>
        R01 R02 R03 R04 R05 R06 R07 R08 R09 R10 K03 K04 K05 K06 K07;
    aligned: c_program("aligned.c") =>
        A01 A02 A03 A04 A05 A06 A07 A08 A09 A10 A11 A12 A13 A14 A15 A16 A17 A18 A19 A20 A21 A22 A23
        A24 A25 A26 A27 K08 K09 K10 K11;
    aligned_offset: c_program("aligned_offset.c") =>
        O01 O02 O03 O04 O05 O06 O07 O08 O09 O10 O11 O12 O13 O14 O15 O16 O17 K12 K13 K14;
    heap: c_program("heap.c") =>
        H01 H02 H03 H04 H05 H06 H07 H08 H09 H10 H11 H12 H13 H14 H15 H16 K15 K16 K17 K18 K19 K20 K21;
    legacy: c_program("legacy.c") => L01 L02 L04 K22 K23 K24 K25 K26;
    new_handler: c_program("new_handler.c") =>
        N01 N02 N03 N04 N05 N06 N07 N08 N09 N10 N11 N12 N13 N14 N15 N16 N17 K27 K28 K29 K30;
    exceptions: cxx_program("exceptions.cc") => K31 K32;
    shortage: c_program("shortage.c") => K111 K112 K118;
    model: c_program("model.c") => K119 K120;
    stack: c_program("stack.c") => S01 S02 S03 S04 S05 K33 K34 K35 K109;
    errno: c_program("errno.c") =>
        X01 X02 X03 X04 X05 X06 X07 X08 X09 X19 K36 K37 K38 K39 K40 K41 K42 K43 K106 K110;
    messages: c_program("messages.c") =>
        X10 X11 X12 X13 X14 X15 X16 X17 X18 K45 K46 K47 K48 K49 K50 K51 K83;
    twins: c_program("twins.c") => K44 K107 K108;
    debug_blocks: c_program("debug_blocks.c") =>
        D04 D05 D06 D07 D08 D09 D14 D15 D16 D17 D18 D19 D38 K52 K53 K54 K55 K56 K57 K58 K59 K60
        K114;
    debug_checks: c_program("debug_checks.c") =>
        D01 D02 D03 D10 D11 D12 D13 D20 K61 K62 K63 K64 K65 K66 K67 K68 K69 K70 K71 K113;
    debug_hooks: c_program("debug_hooks.c") => D21 D22 D23 D34 D35 D36 K72 K73 K74 K75 K76 K77 K78;
    debug_state: c_program("debug_state.c") => D24 D25 D26 D27 D28 D33 D37 K79 K80 K81 K82;
    debug_dump: c_program("debug_dump.c") => D29 D30 D31 D32 K84 K85 K86 K87 K88 K89 K90 K91;
    debug_reports: c_program("debug_reports.c") => K92 K93 K94 K95 K96 K97 K98 K99 K100;
    debug_damage: c_program("debug_damage.c") => K122 K123 K124 K125;
    debug_callbacks: cxx_program("debug_callbacks.cc") => K115 K116 K117;
    release: c_program("release.c") => K101 K102;
}

/// The rows of the page that other tests check.
const ELSEWHERE: [&str; 5] = [
    "examples::csharp_calls_the_library_and_is_called_by_it",
    "leaks_have_files_and_lines",
    "without_the_debug_library_the_same_program_reports_nothing",
    "a_program_with_a_new_handler",
    "the_rules_of_the_plain_functions_hold_on_the_debug_heap",
];

/// The documentation's checklist, each letter with its number of rows, and the rows added to it.
const CHECKLIST: [(char, usize); 14] = [
    ('M', 28),
    ('Z', 7),
    ('E', 11),
    ('R', 10),
    ('A', 27),
    ('O', 17),
    ('H', 16),
    ('L', 6),
    ('N', 17),
    ('S', 5),
    ('X', 19),
    ('D', 38),
    ('P', 6),
    ('K', 125),
];

/// The rows in the programs, with their files.
fn written() -> BTreeMap<String, String> {
    let mut rows = BTreeMap::new();
    let directory = package().join("tests/c/crt");
    for entry in fs::read_dir(directory).expect("the programs can be listed") {
        let path = entry.expect("the programs can be listed").path();
        let file = path.file_name().expect("a file has a name").to_string_lossy().into_owned();
        let text = fs::read_to_string(&path).expect("the program can be read");
        for line in text.lines() {
            if let Some(row) = line.strip_prefix("ROW(").and_then(|rest| rest.strip_suffix(") {")) {
                let before = rows.insert(row.to_owned(), file.clone());
                assert_eq!(before, None, "{row} is in two programs");
            }
        }
    }
    rows
}

/// The rows of the page: the state and the test of each.
fn documented() -> BTreeMap<String, (String, String)> {
    let page = project().join("docs/conformance/crt.md");
    let text = fs::read_to_string(page).expect("the page can be read");
    let mut rows = BTreeMap::new();
    for line in text.lines() {
        let cells: Vec<&str> = line.split('|').map(str::trim).collect();
        let [_, row, what, state, test, _notes, _] = cells[..] else { continue };
        if row == "row" || row.starts_with('-') {
            continue;
        }
        assert!(!what.is_empty(), "{row} says nothing");
        let before = rows.insert(row.to_owned(), (state.to_owned(), test.to_owned()));
        assert_eq!(before, None, "{row} is on the page twice");
    }
    rows
}

#[test]
fn every_row_of_the_programs_is_run_and_on_the_page() {
    let (written, documented) = (written(), documented());
    let run: BTreeMap<&str, (&str, &str)> =
        RUN.iter().map(|&(row, module, file)| (row, (module, file))).collect();
    assert_eq!(run.len(), RUN.len(), "a row is run twice");
    for (row, file) in &written {
        let run = run.get(row.as_str()).map(|(_, run_file)| *run_file);
        assert_eq!(run, Some(file.as_str()), "the file that {row} is run from");
    }
    for (row, (module, _)) in &run {
        assert!(written.contains_key(*row), "no program has a row {row}");
        let test = documented.get(*row).map(|(_, test)| test.clone());
        assert_eq!(test, Some(format!("`{module}::{row}`")), "the test of {row} on the page");
    }
}

#[test]
fn every_row_of_the_page_has_a_state_and_a_test() {
    for (row, (state, test)) in &documented() {
        match state.as_str() {
            "same" | "sane value" | "chosen answer" => {
                let run = RUN.iter().any(|(run, ..)| run == row);
                let elsewhere = ELSEWHERE.iter().any(|name| *test == format!("`{name}`"));
                assert!(run || elsewhere, "no test of {row}: {test}");
            }
            "not applicable here" => assert_eq!(test, "none", "the test of {row}"),
            other => panic!("{row} has the state {other:?}"),
        }
    }
}

#[test]
fn the_tests_elsewhere_exist() {
    for name in ELSEWHERE {
        let (module, function) = name.rsplit_once("::").unwrap_or(("crt", name));
        let file = package().join(format!("tests/all/{module}.rs"));
        let text = fs::read_to_string(&file).expect("the module can be read");
        assert!(text.contains(&format!("#[test]\nfn {function}() {{")), "{name}");
    }
}

#[test]
fn the_page_lists_the_whole_checklist() {
    let numbers = |(letter, count): (char, usize)| {
        (1..=count).map(move |number| format!("{letter}{number:02}"))
    };
    let wanted: BTreeSet<String> = CHECKLIST.into_iter().flat_map(numbers).collect();
    let listed: BTreeSet<String> = documented().into_keys().collect();
    let differences: Vec<&String> = wanted.symmetric_difference(&listed).collect();
    assert!(differences.is_empty(), "{differences:?}");
}

#[test]
fn leaks_have_files_and_lines() {
    let program = c_program(&["crt/map_alloc.c"]).include("include/compat").option("-D_DEBUG");
    let outcome = program.named("map_alloc_debug").build().run().holds();
    let lines: Vec<&str> = outcome.stdout.lines().collect();
    let [text, zeros, _, resized, aligned] = lines[..] else { panic!("{outcome:?}") };
    let leaks: Vec<&str> =
        outcome.stderr.lines().filter(|line| line.contains(" block at 0x")).collect();
    // The newest first; how much an aligned block needs around it is the heap's affair.
    let expected = [(aligned, ""), (resized, ", 14"), (zeros, ", 12"), (text, ", 12")]
        .map(|(line, size)| (format!("map_alloc.c({line}) : {{"), format!("{size} bytes long.")));
    assert_eq!(leaks.len(), expected.len(), "{}", outcome.stderr);
    for (leak, (place, size)) in leaks.iter().zip(&expected) {
        assert!(leak.contains(place), "{place} is not in {leak}");
        assert!(leak.contains(size), "{size} is not in {leak}");
    }
    let data = " Data: <left behind > 6C 65 66 74 20 62 65 68 69 6E 64 00";
    assert!(outcome.stderr.contains(data), "{}", outcome.stderr);
}

#[test]
fn without_the_debug_library_the_same_program_reports_nothing() {
    let program = c_program(&["crt/map_alloc.c"]).include("include/compat");
    assert_eq!(program.build().run().holds().stderr, "");
}

#[test]
fn a_program_with_a_new_handler() {
    let program = cxx_program(&["crt/new_mode.cc"]).include("include/compat");
    assert_eq!(
        program.build().run().holds().stdout,
        "before: none, mode 0\nno memory for ffffffffffffffe0 bytes\nmalloc: NULL, heap -2\n"
    );
}

#[test]
fn the_rules_of_the_plain_functions_hold_on_the_debug_heap() {
    const MODULES: [&str; 7] =
        ["basic", "sizes", "recalloc", "aligned", "aligned_offset", "shortage", "model"];
    for module in MODULES {
        let built = c_program(&[&format!("crt/{module}.c")])
            .option("-D_DEBUG")
            .named(&format!("crt_{module}_debug"))
            .build();
        let rows: Vec<&str> = RUN
            .iter()
            .filter(|(_, in_module, _)| *in_module == module)
            .map(|(row, ..)| *row)
            .collect();
        assert!(!rows.is_empty(), "{module} has no rows");
        for row in rows {
            built.rule(row).holds();
        }
    }
}
