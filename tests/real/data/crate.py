"""Writes a Rust crate without dependencies into DIRECTORY: crate.py MODULES DIRECTORY."""

import pathlib
import sys

modules, directory = int(sys.argv[1]), pathlib.Path(sys.argv[2])

MODULE = """\
//! Module {n}: a trait, generic structures and a fold over collections.

use std::collections::{{BTreeMap, HashMap}};
use std::fmt;

#[derive(Debug, Clone, PartialEq, PartialOrd)]
pub enum Value {{
    Number(i64),
    Text(String),
    List(Vec<Value>),
    Named {{ name: String, inner: Box<Value> }},
}}

impl fmt::Display for Value {{
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {{
        match self {{
            Value::Number(n) => write!(f, "{{}}", n.wrapping_mul({odd})),
            Value::Text(text) => write!(f, "{{text:?}}"),
            Value::List(list) => list.iter().try_for_each(|value| write!(f, "{{value}};")),
            Value::Named {{ name, inner }} => write!(f, "{{name}}=({{inner}})"),
        }}
    }}
}}

pub trait Fold {{
    fn fold<A>(&self, start: A, step: &mut impl FnMut(A, &Value) -> A) -> A;
}}

impl Fold for Value {{
    fn fold<A>(&self, start: A, step: &mut impl FnMut(A, &Value) -> A) -> A {{
        let done = step(start, self);
        match self {{
            Value::List(list) => list.iter().fold(done, |all, value| value.fold(all, step)),
            Value::Named {{ inner, .. }} => inner.fold(done, step),
            _ => done,
        }}
    }}
}}

fn make(depth: u32, seed: i64) -> Value {{
    match (depth, seed % 4) {{
        (0, _) | (_, 0) => Value::Number(seed),
        (_, 1) => Value::Text(format!("{{seed:x}}").repeat(1 + seed as usize % 5)),
        (_, 2) => Value::List((0..seed % 6).map(|n| make(depth - 1, seed * 7 % 1009 + n)).collect()),
        _ => Value::Named {{ name: format!("n{{seed}}"), inner: Box::new(make(depth - 1, seed * 5 % 997)) }},
    }}
}}

pub fn run() -> u64 {{
    let values: Vec<Value> = (0..{count}).map(|n| make(6, n * {odd})).collect();
    let mut by_text: BTreeMap<String, Vec<&Value>> = BTreeMap::new();
    for value in &values {{
        by_text.entry(value.to_string().chars().rev().collect()).or_default().push(value);
    }}
    let counts: HashMap<usize, usize> = values.iter().fold(HashMap::new(), |mut all, value| {{
        *all.entry(value.fold(0, &mut |n, _| n + 1)).or_default() += 1;
        all
    }});
    let threads: Vec<_> = (0..2).map(|part| {{
        let mine: Vec<Value> = values.iter().skip(part).step_by(2).cloned().collect();
        std::thread::spawn(move || mine.iter().map(|value| value.to_string().len() as u64).sum::<u64>())
    }}).collect();
    let lengths: u64 = threads.into_iter().map(|thread| thread.join().unwrap_or(0)).sum();
    let digest = by_text.keys().flat_map(|key| key.bytes()).fold({n}u64, |sum, byte| {{
        sum.rotate_left(5) ^ u64::from(byte).wrapping_mul(0x9e37_79b9_7f4a_7c15)
    }});
    digest ^ lengths ^ counts.iter().map(|(size, count)| (size * count) as u64).sum::<u64>()
}}
"""

source = directory / "src"
source.mkdir(parents=True)
(directory / "Cargo.toml").write_text(
    '[package]\nname = "generated"\nversion = "0.0.0"\nedition = "2021"\npublish = false\n\n[workspace]\n'
)
for n in range(modules):
    (source / f"part_{n}.rs").write_text(MODULE.format(n=n, odd=2 * n + 3, count=200 + n % 7 * 30))
declared = "".join(f"mod part_{n};\n" for n in range(modules))
calls = "".join(f'    println!("{n} {{:016x}}", part_{n}::run());\n' for n in range(modules))
(source / "main.rs").write_text(f"{declared}\nfn main() {{\n{calls}}}\n")
