//! Work that computes, and nothing else.

use super::super::Ctx;
use crate::model::Failure;
use std::hint::black_box;

/// So many rounds or divisions are done between two checkpoints: some tens of microseconds.
const STRETCH: u64 = 16_384;

/// The square of each number, as far as it goes into 64 bits.
pub(super) fn squares(numbers: &[u64], ctx: &Ctx<'_>) -> Result<Vec<u64>, Failure> {
    let square = |number: &u64| {
        ctx.give_way();
        black_box(number).wrapping_mul(*number)
    };
    ctx.checkpoint()?;
    Ok(numbers.iter().map(square).collect())
}

/// 1 for each prime, 0 for each other number; by trial division with every odd number up to the root, as the documentation
/// of Python's `concurrent.futures` does it.
pub(super) fn primes(numbers: &[u64], ctx: &Ctx<'_>) -> Result<Vec<u64>, Failure> {
    numbers.iter().map(|number| is_prime(*number, ctx).map(u64::from)).collect()
}

fn is_prime(number: u64, ctx: &Ctx<'_>) -> Result<bool, Failure> {
    if number < 2 || number.is_multiple_of(2) {
        return Ok(number == 2);
    }
    let (root, mut divisor) = (number.isqrt(), 3);
    while divisor <= root {
        let end = root.min(divisor + 2 * STRETCH);
        while divisor <= end {
            if number.is_multiple_of(divisor) {
                return Ok(false);
            }
            divisor += 2;
        }
        ctx.checkpoint()?;
    }
    Ok(true)
}

/// Arithmetic, each round of which needs the one before it, so that no compiler can leave any out.
pub(super) fn heavy(count: u64, ctx: &Ctx<'_>) -> Result<u64, Failure> {
    let (mut state, mut left) = (1, count);
    while left > 0 {
        let now = left.min(STRETCH);
        state = rounds(state, now);
        left -= now;
        ctx.checkpoint()?;
    }
    Ok(state)
}

/// So many rounds from a state, and the state after them.
pub fn rounds(mut state: u64, count: u64) -> u64 {
    for _ in 0..count {
        state = black_box(state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1));
    }
    state
}
