//! Light tasks: computations that are worth less than the telling, if told one by one.

use crate::model::Light;
use std::hint::black_box;

/// Computes the answer.
pub fn run(light: Light) -> u64 {
    match light {
        Light::Echo(number) => number,
        Light::IsPrime(number) => u64::from(is_prime(number)),
        Light::Busy { number, rounds } => {
            let mut state = u64::from(number);
            for _ in 0..rounds {
                // Each round needs the one before it, so no compiler can leave any out.
                state = black_box(state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1));
            }
            u64::from(number)
        }
    }
}

/// By trial division with every odd number up to the root, as the documentation of Python's `concurrent.futures` does it:
/// the point is the work.
fn is_prime(number: u64) -> bool {
    if number < 2 || number.is_multiple_of(2) {
        return number == 2;
    }
    (3..=number.isqrt()).step_by(2).all(|divisor| !number.is_multiple_of(divisor))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn primes_are_told_from_others() {
        let primes: Vec<u64> = (0..60).filter(|number| is_prime(*number)).collect();
        assert_eq!(primes, [2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53, 59]);
        assert!(is_prime(1_000_003) && !is_prime(1_000_003 * 7) && !is_prime(999_983 * 999_983));
    }
}
