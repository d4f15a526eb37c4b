//! Marks on an axis of time: round numbers in the unit that fits, so far apart that their words do not touch.

/// Round numbers of seconds, up to the hours of a day.
const STEPS: [f64; 22] = [
    0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0, 60.0, 300.0, 600.0, 1800.0,
    3600.0, 7200.0, 14400.0, 21600.0,
];

/// How many seconds lie between two marks, where at most `most` of them fit.
pub(crate) fn step(seconds: f64, most: f64) -> f64 {
    STEPS.into_iter().find(|step| seconds / step <= most.max(1.0)).unwrap_or(43200.0)
}

/// A time on an axis with this step: `1.5 s`, `40 s`, `5 min`, `1:30 min`, `2 h`, `2:30 h`.
pub(crate) fn words(seconds: f64, step: f64) -> String {
    let rounded = (seconds + 1e-6) as u64;
    match (step, rounded) {
        _ if step < 0.01 => format!("{seconds:.3} s"),
        _ if step < 0.1 => format!("{seconds:.2} s"),
        _ if step < 1.0 => format!("{seconds:.1} s"),
        (_, 0..60) => format!("{rounded} s"),
        (_, 60..3600) if rounded.is_multiple_of(60) => format!("{} min", rounded / 60),
        (_, 60..3600) => format!("{}:{:02} min", rounded / 60, rounded % 60),
        _ if rounded.is_multiple_of(3600) => format!("{} h", rounded / 3600),
        _ => format!("{}:{:02} h", rounded / 3600, rounded / 60 % 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_are_round_and_few() {
        let mut seconds = 0.01;
        while seconds <= 86_400.0 {
            let step = step(seconds, 8.0);
            assert!(seconds / step <= 8.0, "{seconds} s in steps of {step}");
            assert!(seconds / step > 1.4, "{seconds} s in steps of {step}: too few");
            seconds *= 1.3;
        }
    }

    #[test]
    fn the_unit_fits_the_time() {
        let check = |seconds, step, told: &str| assert_eq!(words(seconds, step), told);
        check(0.25, 0.05, "0.25 s");
        check(1.5, 0.5, "1.5 s");
        check(40.0, 10.0, "40 s");
        check(90.0, 30.0, "1:30 min");
        check(300.0, 300.0, "5 min");
        check(5400.0, 1800.0, "1:30 h");
        check(7200.0, 7200.0, "2 h");
        check(0.0, 3600.0, "0 s");
    }
}
