//! Real programs as workloads: Debian's own builds, each on a script that allocates much.
//!
//! A script comes on standard input. `@COUNT@` in it is the amount of work; a part between lines
//! `@EACH` and `@END` is repeated that many times, with `@INDEX@` counting.

use std::fs::File;
use std::io::{Seek, SeekFrom, Write};
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result};

use crate::allocators::Preload;
use crate::process;

/// A program and what it is to do.
pub struct Program {
    /// Its name as a workload.
    pub name: &'static str,
    /// One line about what it does.
    pub about: &'static str,
    file: &'static str,
    package: &'static str,
    arguments: &'static [&'static str],
    environment: &'static [(&'static str, &'static str)],
    script: &'static str,
    count: u64,
}

const PYTHON: &str = include_str!("../programs/records.py");

/// The programs, in the order of the tables.
pub const PROGRAMS: &[Program] = &[
    Program {
        name: "python",
        about: "python3 builds, serialises and groups records; its own small-object heap on top",
        file: "/usr/bin/python3",
        package: "python3",
        arguments: &["-"],
        environment: &[("PYTHONHASHSEED", "0")],
        script: PYTHON,
        count: 45_000,
    },
    Program {
        name: "python-malloc",
        about: "the same with PYTHONMALLOC=malloc: every object is a malloc block",
        file: "/usr/bin/python3",
        package: "python3",
        arguments: &["-"],
        environment: &[("PYTHONHASHSEED", "0"), ("PYTHONMALLOC", "malloc")],
        script: PYTHON,
        count: 45_000,
    },
    Program {
        name: "perl",
        about: "perl counts words in hashes of hashes and joins strings",
        file: "/usr/bin/perl",
        package: "perl",
        arguments: &["-"],
        environment: &[("PERL_HASH_SEED", "0")],
        script: include_str!("../programs/words.pl"),
        count: 70_000,
    },
    Program {
        name: "lua",
        about: "lua5.4 grows trees, tables and strings",
        file: "/usr/bin/lua5.4",
        package: "lua5.4",
        arguments: &["-"],
        environment: &[],
        script: include_str!("../programs/trees.lua"),
        count: 60,
    },
    Program {
        name: "sqlite",
        about: "sqlite3 fills, indexes, joins and deletes in a database in memory",
        file: "/usr/bin/sqlite3",
        package: "sqlite3",
        arguments: &["-batch", ":memory:"],
        environment: &[],
        script: include_str!("../programs/orders.sql"),
        count: 200_000,
    },
    Program {
        name: "z3",
        about: "z3 solves small problems of arithmetic, arrays and bit vectors",
        file: "/usr/bin/z3",
        package: "z3",
        arguments: &["-in", "-smt2"],
        environment: &[],
        script: include_str!("../programs/puzzles.smt2"),
        count: 120,
    },
];

impl Program {
    /// Why it can't run here, and what to do.
    pub fn missing(&self) -> Option<String> {
        missing(self.file, self.package)
    }

    /// The command that runs it at a scale.
    pub fn command(&self, preload: Option<&Preload>, scale: f64) -> Result<Command> {
        let count = ((self.count as f64 * scale) as u64).max(1);
        let mut command = process::command(Path::new(self.file), preload);
        command.args(self.arguments).envs(self.environment.iter().copied());
        command.stdin(script_file(&rendered(self.script, count))?);
        Ok(command)
    }
}

/// Why a file of a Debian package can't be used, if so.
pub fn missing(file: &str, package: &str) -> Option<String> {
    let there = Path::new(file).exists();
    (!there).then(|| format!("{file} is not installed; on Debian: apt-get install {package}"))
}

fn script_file(script: &str) -> Result<File> {
    let mut file = process::memory_file("script")?;
    file.write_all(script.as_bytes()).context("cannot write the script")?;
    file.seek(SeekFrom::Start(0))?;
    Ok(file)
}

/// The script with its amount of work put in.
fn rendered(script: &str, count: u64) -> String {
    let mut text = String::new();
    let mut rest = script;
    while let Some((before, each)) = rest.split_once("@EACH\n") {
        let (body, after) = each.split_once("@END\n").unwrap_or((each, ""));
        text.push_str(before);
        for index in 0..count {
            text.push_str(&body.replace("@INDEX@", &index.to_string()));
        }
        rest = after;
    }
    text.push_str(rest);
    text.replace("@COUNT@", &count.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_script_gets_its_amount_of_work() {
        assert_eq!(rendered("for i in range(@COUNT@)", 7), "for i in range(7)");
        assert_eq!(
            rendered("start\n@EACH\nstep @INDEX@ of @COUNT@\n@END\nend\n", 2),
            "start\nstep 0 of 2\nstep 1 of 2\nend\n"
        );
    }

    #[test]
    fn a_missing_program_comes_with_the_command_that_installs_it() {
        let text = missing("/nowhere/tool", "tools").expect("it is missing");
        assert!(text.contains("apt-get install tools"), "{text}");
        assert_eq!(missing("/bin/sh", "dash"), None);
    }
}
