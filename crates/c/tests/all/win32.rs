//! The rows of the documentation's checklist of the Win32 heap, each a test of its name.
//!
//! `docs/conformance/win32.md` lists the rows; the last test here compares the two.

#![expect(non_snake_case, reason = "a test has the name of its row")]

use crate::harness::{package, project};
use std::collections::BTreeMap;
use std::fs;

/// Modules of tests, one for each program of rows: its file and the rows in it.
macro_rules! programs {
    ($($module:ident: $compile:ident($file:literal) => $($row:ident)*;)*) => {
        $(mod $module {
            crate::harness::rules! {
                crate::harness::$compile(&[concat!("win32/", $file)])
                    // No function's result is known to the compiler, and none is left out.
                    .option("-Wno-use-after-free") => $($row),*
            }
        })*

        /// The rows that are run, each with the module and the file that it is in.
        const RUN: &[(&str, &str, &str)] =
            &[$($((stringify!($row), stringify!($module), $file),)*)*];
    };
}

programs! {
    types: c_program("types.c") => T01 T02 T03 T04 T05 T06 T07;
    create: c_program("create.c") =>
        C01 C02 C03 C04 C05 C06 C07 C08 C09 C10 C11 C12 C13 C14 C15 C16 C17;
    process: c_program("process.c") => P01 P02 P03 P04 P05 P06 P07 P08;
    alloc: c_program("alloc.c") =>
        A01 A02 A03 A04 A05 A06 A07 A08 A09 A10 A11 A12 A13 A14 A15 A16 A17 A18;
    realloc: c_program("realloc.c") =>
        R01 R02 R03 R04 R05 R06 R07 R08 R09 R10 R11 R12 R13 R14 R15 R16 R17 R18 R19;
    free: c_program("free.c") => F01 F02 F03 F04 F05 F06 F07;
    size: c_program("size.c") => S01 S02 S03 S04;
    validate: c_program("validate.c") => V01 V02 V03 V04 V05 V06 V07 V08 V09 V10;
    compact: c_program("compact.c") => K01 K02 K03;
    lock: c_program("lock.c") => L01 L02 L03 L04 L05 L06 L07 L08 L09 L10;
    walk: c_program("walk.c") =>
        W01 W02 W03 W04 W05 W06 W07 W08 W09 W10 W11 W12 W13 W14 W15 W16 W17 W18 W19;
    information: c_program("information.c") =>
        Q01 Q02 Q03 Q04 Q05 Q06 Q07 Q08 Q09 Q10 Q11 Q12 Q13 Q14 Q15 Q16;
    summary: c_program("summary.c") => H01 H02 H03 H04;
    rtl: c_program("rtl.c") =>
        N01 N02 N03 N04 N05 N06 N07 N08 N09 N10 N11 N12 N13 N14 N15 N16 N17 N18 N19 N20;
    moveable: c_program("moveable.c") =>
        M01 M02 M03 M04 M05 M06 M07 M08 M09 M10 M11 M12 M13 M14 M15 M16 M17 M18
        M28 M29 M30 M31 M32;
    moveable_realloc: c_program("moveable_realloc.c") =>
        M19 M20 M21 M22 M23 M24 M25 M26 M27;
    errors: c_program("errors.c") => E01 E02 E03;
    constants: c_program("constants.c") => X01 X02 X03 X04 X05 X06 X07;
    handles: c_program("handles.c") => X10 X11 X12 X13 X14;
    contents: c_program("contents.c") => X20 X21 X22 X23 X24 X25 X26 X27 X28 X29;
    serialization: c_program("serialization.c") =>
        X30 X31 X32 X33 X34 X35 X36 X37 X38 X39 X53 X54;
    flags: c_program("flags.c") => X40 X41 X42 X43 X44 X45 X46 X47 X48 X49;
    heap_list: c_program("heap_list.c") => X50 X51 X52;
    memory: c_program("memory.c") => X55 X56 X57;
    exceptions: c_program("exceptions.c") =>
        X60 X61 X62 X63 X64 X65 X66 X67 X68 X69 X70 X71 X72 X75;
    exceptions_cxx: cxx_program("exceptions_cxx.cc") => X73 X74;
    walk_sums: c_program("walk_sums.c") => X80 X81 X82 X83 X84 X85 X86 X87 X88 X89 X90;
    damage: c_program("damage.c") => X100 X101 X102 X103 X104 X105 X106 X107 X108 X109;
    misuse: c_program("misuse.c") => X110 X111 X112 X113 X114 X115 X116 X117 X118;
    termination: c_program("termination.c") => X120 X121 X122 X123 X124;
    resize_matrix: c_program("resize_matrix.c") =>
        X130 X131 X132 X133 X134 X135 X136 X137 X138 X139 X140 X141 X142;
    bad_moveable: c_program("bad_moveable.c") => X150 X151 X152 X153 X154 X155 X156 X157;
    moveable_table: c_program("moveable_table.c") =>
        X160 X161 X162 X163 X164 X165 X166 X167 X168;
    rtl_more: c_program("rtl_more.c") => X170 X171 X172 X173 X174 X175 X176 X177 X178 X179;
    last_error: c_program("last_error.c") => X180 X181 X182;
}

/// The rows in the programs, with their files.
fn written() -> BTreeMap<String, String> {
    let mut rows = BTreeMap::new();
    let directory = package().join("tests/c/win32");
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
    let page = project().join("docs/conformance/win32.md");
    let text = fs::read_to_string(page).expect("the page can be read");
    let mut rows = BTreeMap::new();
    for line in text.lines().filter(|line| line.starts_with("| ")) {
        // A bar in a cell is written as \|.
        let line = line.replace("\\|", "/");
        let cells: Vec<&str> = line.split('|').map(str::trim).collect();
        let [_, row, _what, state, test, _notes, _] = cells[..] else { continue };
        if row == "row" {
            continue;
        }
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
    let documented = documented();
    assert!(documented.len() > 250, "only {} rows are on the page", documented.len());
    for (row, (state, test)) in &documented {
        match state.as_str() {
            "same" | "sane value" | "chosen answer" => {
                let run = RUN.iter().any(|(run, ..)| run == row);
                assert!(run, "{row} is on the page, but no test runs it");
            }
            "not modelled" => assert_eq!(test, "none", "the test of {row}"),
            other => panic!("{row} has the state {other:?}"),
        }
    }
}
