//! Growth by `realloc`: vectors that double and strings that creep.

use super::block::{Block, free_slot};
use super::random::{Random, Sizes};
use super::table::Table;
use super::{Outcome, Scale, timed};

/// Vectors take turns to double, so no vector can simply grow at the end of the heap; a vector
/// that reached its size is dropped and starts again.
pub fn vectors(scale: Scale) -> Outcome {
    const VECTORS: u32 = 48;
    const START: u32 = 64;
    let growths = scale.of(120_000);
    let mut limits = Table::<u32>::new(VECTORS as usize);
    let mut vectors = Table::<Option<Block>>::new(VECTORS as usize);
    let mut random = Random::new(21);
    for limit in limits.iter_mut() {
        *limit = random.logarithmic(4 << 10, 4 << 20);
    }
    timed(|| {
        for growth in 0..growths {
            let which = random.below(VECTORS) as usize;
            let slot = &mut vectors[which];
            match slot {
                Some(vector) if vector.size() < limits[which] => {
                    let full = vector.size();
                    vector.resize(full * 2);
                    vector.fill(full, growth as u8);
                }
                _ => {
                    free_slot(slot);
                    let mut vector = Block::new(START, growth as u32);
                    vector.fill(0, growth as u8);
                    *slot = Some(vector);
                }
            }
        }
        vectors.iter_mut().for_each(free_slot);
        growths
    })
}

/// Strings whose owner asks for exactly what is needed, a few bytes more each time.
pub fn strings(scale: Scale) -> Outcome {
    const STRINGS: u32 = 256;
    const START: u32 = 16;
    const LIMIT: u32 = 16 << 10;
    let appends = scale.of(8_000_000);
    let mut strings = Table::<Option<Block>>::new(STRINGS as usize);
    let mut random = Random::new(22);
    let pieces = Sizes::uniform(23, 1, 64);
    timed(|| {
        for append in 0..appends {
            let slot = &mut strings[random.below(STRINGS) as usize];
            let piece = pieces.draw(&mut random);
            match slot {
                Some(string) if string.size() < LIMIT => {
                    let full = string.size();
                    string.resize(full + piece);
                    string.fill(full, append as u8);
                }
                _ => {
                    free_slot(slot);
                    *slot = Some(Block::new(START, append as u32));
                }
            }
        }
        strings.iter_mut().for_each(free_slot);
        appends
    })
}
