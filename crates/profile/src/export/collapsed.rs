//! Collapsed stacks: `main;load;parse 4096`, a line for each stack, the outermost frame first.

use crate::profile::{Measure, Profile};
use std::collections::BTreeMap;

impl Profile {
    /// Collapsed stacks with their bytes, sorted. Stacks without any are left away.
    pub fn to_collapsed(&self, measure: Measure) -> String {
        let mut lines: BTreeMap<String, u64> = BTreeMap::new();
        for stack in &self.stacks {
            let bytes = stack.amounts.bytes(measure);
            if bytes == 0 {
                continue;
            }
            let mut line = String::new();
            for frame in stack.frames.iter().rev() {
                let Some(frame) = self.frames.get(*frame as usize) else {
                    continue;
                };
                if !line.is_empty() {
                    line.push(';');
                }
                line.push_str(&plain(&frame.function));
            }
            if line.is_empty() {
                line.push_str("[unknown]");
            }
            let sum = lines.entry(line).or_default();
            *sum = sum.saturating_add(bytes);
        }
        lines.into_iter().map(|(stack, bytes)| format!("{stack} {bytes}\n")).collect()
    }
}

/// A name without what separates frames and lines.
fn plain(name: &str) -> String {
    let plain = |letter: char| match letter {
        ';' => ':',
        letter if letter.is_control() => ' ',
        letter => letter,
    };
    if name.is_empty() { "[unknown]".to_owned() } else { name.chars().map(plain).collect() }
}
