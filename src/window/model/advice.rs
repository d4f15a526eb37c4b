//! What waiting and computing say about how many lanes pay off: the measured shares, and the advice that follows.

use crate::model::{Pool, Timing};

/// From this share on a kind of work counts as doing nothing else.
const MOSTLY: f64 = 0.8;

/// What the attempts of each kind of work took, all told.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Spent {
    fetch: Timing,
    mill: Timing,
}

impl Spent {
    /// Counts an attempt. One whose worker died tells no computing time and is left out.
    pub(crate) fn add(&mut self, pool: Pool, timing: Timing) {
        if timing.wall_us == 0 || timing.cpu_us == 0 {
            return;
        }
        match pool {
            Pool::Fetch => self.fetch += timing,
            Pool::Mill => self.mill += timing,
        }
    }

    /// The share of computing, 0 to 1. `None` while nothing is measured.
    pub(crate) fn computed(&self, pool: Pool) -> Option<f64> {
        let timing = match pool {
            Pool::Fetch => self.fetch,
            Pool::Mill => self.mill,
        };
        (timing.wall_us > 0).then(|| (timing.cpu_us as f64 / timing.wall_us as f64).min(1.0))
    }

    /// What this kind of work did most, in short: `97 % waiting`.
    pub(crate) fn phrase(&self, pool: Pool) -> Option<String> {
        let computed = self.computed(pool)?;
        Some(match pool {
            Pool::Fetch => format!("{} waiting", percent(1.0 - computed)),
            Pool::Mill => format!("{} computing", percent(computed)),
        })
    }

    /// What was measured and what follows for the number of lanes.
    pub(crate) fn advice(&self, pool: Pool, lanes: u16, cores: usize) -> Option<String> {
        let computed = self.computed(pool)?;
        let (computing, waiting) = (percent(computed), percent(1.0 - computed));
        Some(match pool {
            Pool::Fetch if computed <= 1.0 - MOSTLY => {
                format!("Downloads waited {waiting} of their time: more lanes help, cores do not.")
            }
            Pool::Fetch => {
                format!("Downloads computed {computing} of their time: more lanes help little, they want cores.")
            }
            Pool::Mill if computed >= MOSTLY => {
                format!("Conversions computed {computing} of their time: as many lanes as cores.")
            }
            // Whoever shares a core waits for it: that is no reason for still more lanes.
            Pool::Mill if usize::from(lanes) >= cores => {
                format!(
                    "Conversions waited {waiting} of their time, for a core too: as many lanes as cores are enough."
                )
            }
            Pool::Mill => {
                format!("Conversions waited {waiting} of their time, for files or a busy core: one lane more may help.")
            }
        })
    }
}

/// Nothing that was measured is told as all or nothing unless it is.
fn percent(share: f64) -> String {
    let whole = (share * 100.0).round();
    let told = if whole >= 100.0 && share < 1.0 { 99.0 } else { whole };
    format!("{told:.0} %")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spent(pool: Pool, cpu_us: u64) -> Spent {
        let mut spent = Spent::default();
        spent.add(pool, Timing { wall_us: 1000, cpu_us });
        spent
    }

    #[test]
    fn nothing_is_said_before_something_is_measured() {
        let mut spent = Spent::default();
        assert_eq!((spent.advice(Pool::Fetch, 4, 2), spent.phrase(Pool::Mill)), (None, None));
        spent.add(Pool::Fetch, Timing { wall_us: 5000, cpu_us: 0 });
        assert_eq!(spent.advice(Pool::Fetch, 4, 2), None, "a worker that died told nothing");
        spent.add(Pool::Fetch, Timing { wall_us: 1000, cpu_us: 30 });
        assert!(spent.advice(Pool::Fetch, 4, 2).is_some());
        assert_eq!(spent.advice(Pool::Mill, 4, 2), None, "each kind of work for itself");
    }

    #[test]
    fn attempts_weigh_by_their_time() {
        let mut spent = spent(Pool::Mill, 1000);
        spent.add(Pool::Mill, Timing { wall_us: 3000, cpu_us: 1000 });
        assert_eq!(spent.computed(Pool::Mill), Some(0.5));
        assert_eq!(spent.phrase(Pool::Mill).as_deref(), Some("50 % computing"));
    }

    #[test]
    fn the_advice_follows_from_the_shares() {
        let check = |pool, cpu_us, lanes, words: &str| {
            let advice = spent(pool, cpu_us).advice(pool, lanes, 4).expect("measured");
            assert_eq!(advice, words);
        };
        check(Pool::Fetch, 30, 4, "Downloads waited 97 % of their time: more lanes help, cores do not.");
        check(Pool::Fetch, 600, 4, "Downloads computed 60 % of their time: more lanes help little, they want cores.");
        check(Pool::Mill, 980, 4, "Conversions computed 98 % of their time: as many lanes as cores.");
        let waited = "Conversions waited 40 % of their time, for files or a busy core: one lane more may help.";
        check(Pool::Mill, 600, 3, waited);
        let shared = "Conversions waited 40 % of their time, for a core too: as many lanes as cores are enough.";
        check(Pool::Mill, 600, 4, shared);
        check(Pool::Fetch, 1, 4, "Downloads waited 99 % of their time: more lanes help, cores do not.");
    }
}
