//! Which allocations are samples: as if each byte were chosen by itself, with the same probability.
//!
//! Of blocks of one size, the distance between samples is then geometric, with
//! p = 1 - exp(-size / rate), and a sample stands for size / p bytes: sums of samples are right on
//! average, whatever the sizes are.

use crate::os;
use core::sync::atomic::{AtomicU64, Ordering};

/// The state of the random numbers, for all threads: they are drawn only now and then.
static STATE: AtomicU64 = AtomicU64::new(0);
/// The step of a Weyl sequence: 2^64 by the golden ratio, odd.
const STEP: u64 = 0x9E37_79B9_7F4A_7C15;

/// Makes the numbers new ones.
pub fn seed() {
    STATE.store(os::random_word(), Ordering::Relaxed);
}

/// A number from 0, exclusive, to 1.
fn uniform() -> f64 {
    let mut word = STATE.fetch_add(STEP, Ordering::Relaxed);
    // Two rounds of multiplying and folding: each bit depends on all bits.
    word = (word ^ word >> 30).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    word = (word ^ word >> 27).wrapping_mul(0x94D0_49BB_1331_11EB);
    word ^= word >> 31;
    const BITS: u32 = 53;
    ((word >> (u64::BITS - BITS)) + 1) as f64 / (1u64 << BITS) as f64
}

/// See [`super::allocations_until_sample`].
pub fn allocations_until_sample(size: usize, rate: f64) -> u32 {
    let bytes = -natural_logarithm(uniform()) * rate;
    // Casts saturate.
    ((bytes / size as f64) as u32).saturating_add(1)
}

/// See [`super::is_chosen`].
pub fn is_chosen(size: usize, rate: f64) -> bool {
    let number = uniform();
    // The probability is never above the mean number: mostly that decides.
    number <= size as f64 / rate && number <= probability(size, rate)
}

/// Bytes that a sample of this size stands for.
pub fn weight(size: usize, rate: f64) -> u64 {
    (size as f64 / probability(size, rate)) as u64
}

fn probability(size: usize, rate: f64) -> f64 {
    let mean = size.max(1) as f64 / rate;
    // Where the difference would lose its digits, the series is exact enough.
    if mean < 1e-5 { mean - mean * mean / 2.0 } else { 1.0 - exponential(-mean) }
}

/// ln(x) for x from 0, exclusive, to 1; to seven digits.
fn natural_logarithm(x: f64) -> f64 {
    const EXPONENT_SHIFT: u32 = 52;
    const BIAS: i64 = 1023;
    let bits = x.to_bits();
    let exponent = (bits >> EXPONENT_SHIFT).cast_signed() - BIAS;
    let mantissa = f64::from_bits(
        bits & ((1 << EXPONENT_SHIFT) - 1) | (BIAS.cast_unsigned() << EXPONENT_SHIFT),
    );
    // ln m = 2 artanh((m - 1) / (m + 1)), with an argument of at most 1/3.
    let z = (mantissa - 1.0) / (mantissa + 1.0);
    let square = z * z;
    let mut sum = 0.0;
    let mut odd = 15.0;
    while odd > 0.0 {
        sum = sum * square + 1.0 / odd;
        odd -= 2.0;
    }
    exponent as f64 * core::f64::consts::LN_2 + 2.0 * z * sum
}

/// exp(x) for x at most 0; to six digits.
fn exponential(x: f64) -> f64 {
    const HALVINGS: u32 = 10;
    if x < -40.0 {
        return 0.0;
    }
    let small = x / f64::from(1 << HALVINGS);
    let mut power = 1.0 + small * (1.0 + small / 2.0 * (1.0 + small / 3.0 * (1.0 + small / 4.0)));
    for _ in 0..HALVINGS {
        power *= power;
    }
    power
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn logarithms_and_exponentials_undo_each_other() {
        for x in [1.0, 0.75, 0.5, 0.1, 1e-3, 1e-9, 1e-15] {
            let back = exponential(natural_logarithm(x));
            assert!((back / x - 1.0).abs() < 1e-5, "{x} became {back}");
        }
    }

    #[test]
    fn samples_stand_for_the_bytes_that_were_allocated() {
        seed();
        for (size, rate) in [(16, 4096.0), (4096, 4096.0), (48, 100_000.0), (65_536, 4096.0)] {
            let allocations = 4_000_000u64;
            let mut at = 0;
            let mut estimated = 0;
            loop {
                at += u64::from(allocations_until_sample(size, rate));
                if at > allocations {
                    break;
                }
                estimated += weight(size, rate);
            }
            let truth = allocations * size as u64;
            let ratio = estimated as f64 / truth as f64;
            // At least 1,900 samples: a standard deviation is at most 2.3 %.
            assert!((0.9..1.1).contains(&ratio), "{size} bytes by {rate}: {ratio}");
        }
    }

    #[test]
    fn large_blocks_are_chosen_as_often_as_they_should_be() {
        seed();
        let chosen = (0..100_000).filter(|_| is_chosen(1 << 19, f64::from(1 << 19))).count();
        // 1 - 1/e
        assert!((62_000..64_500).contains(&chosen), "{chosen}");
    }
}
