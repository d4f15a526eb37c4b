//! Numbers as people read them. Every form keeps its width steady while it changes.

use std::path::{Path, PathBuf};
use std::sync::LazyLock;
use std::time::Duration;

/// `14.8 MB`, decimal units.
pub(crate) fn bytes(bytes: u64) -> String {
    let (value, unit) = scaled(bytes as f64);
    if unit == "B" { format!("{bytes} B") } else { format!("{} {unit}", three_digits(value)) }
}

/// `1.6 MB/s`.
pub(crate) fn rate(bytes_per_s: f64) -> String {
    let (value, unit) = scaled(bytes_per_s);
    format!("{} {unit}/s", if unit == "B" { format!("{value:.0}") } else { three_digits(value) })
}

/// Number and unit apart, for a large number with a small unit.
pub(crate) fn rate_parts(bytes_per_s: f64) -> (String, String) {
    // Below a kilobyte the unit stays that of most downloads, so that silence does not change it.
    let (value, unit) = if bytes_per_s < 1e3 { (bytes_per_s.max(0.0) / 1e6, "MB") } else { scaled(bytes_per_s) };
    (three_digits(value), format!("{unit}/s"))
}

fn scaled(bytes: f64) -> (f64, &'static str) {
    [(1e12, "TB"), (1e9, "GB"), (1e6, "MB"), (1e3, "KB")]
        .into_iter()
        // Half a last digit early, so that 999.96 KB is written as 1.0 MB and not as 1000 KB.
        .find(|(size, _)| bytes >= size * 0.9995)
        .map_or((bytes, "B"), |(size, unit)| (bytes / size, unit))
}

fn three_digits(value: f64) -> String {
    if value < 99.95 { format!("{value:.1}") } else { format!("{value:.0}") }
}

/// `386 ms`, `1.84 s`, `2 min 05 s`: how long something took.
pub(crate) fn span(duration: Duration) -> String {
    let seconds = duration.as_secs_f64();
    if seconds < 0.009_95 {
        format!("{:.1} ms", seconds * 1e3)
    } else if seconds < 0.9995 {
        format!("{:.0} ms", seconds * 1e3)
    } else if seconds < 59.995 {
        format!("{seconds:.2} s")
    } else {
        clock(duration)
    }
}

/// `28 s`, `1 min 42 s`, `3 h 05 min`: how long something will take.
pub(crate) fn clock(duration: Duration) -> String {
    let seconds = duration.as_secs_f64().ceil() as u64;
    match seconds {
        0..60 => format!("{seconds} s"),
        60..3600 => format!("{} min {:02} s", seconds / 60, seconds % 60),
        _ => format!("{} h {:02} min", seconds / 3600, seconds / 60 % 60),
    }
}

/// `12 345`, with a gap that does not break.
pub(crate) fn count(number: usize) -> String {
    let digits = number.to_string();
    if digits.len() < 5 {
        return digits;
    }
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push('\u{a0}');
        }
        text.push(digit);
    }
    text
}

/// `1 job`, `2 jobs`.
pub(crate) fn counted(number: usize, one: &str) -> String {
    format!("{} {one}{}", count(number), if number == 1 { "" } else { "s" })
}

/// How much smaller (`−88 %`) or larger (`+4 %`) the result is. `None` where nothing was measured.
pub(crate) fn saving(bytes_in: u64, bytes_out: u64) -> Option<(i64, String)> {
    if bytes_in == 0 || bytes_out == 0 {
        return None;
    }
    let change = ((bytes_out as f64 / bytes_in as f64 - 1.0) * 100.0).round() as i64;
    let text = match change {
        0 => "±0 %".to_owned(),
        ..0 => format!("\u{2212}{} %", -change),
        _ => format!("+{change} %"),
    };
    Some((change, text))
}

/// `~/Pictures/millrace` for what lies in the home folder.
pub(crate) fn path(path: &Path) -> String {
    // Asked once: it is needed in every frame.
    static HOME: LazyLock<Option<PathBuf>> =
        LazyLock::new(|| Some(directories::BaseDirs::new()?.home_dir().to_path_buf()));
    match HOME.as_deref().and_then(|home| path.strip_prefix(home).ok()) {
        Some(rest) if rest.as_os_str().is_empty() => "~".to_owned(),
        Some(rest) => format!("~/{}", rest.display()),
        None => path.display().to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_read_well() {
        assert_eq!(bytes(0), "0 B");
        assert_eq!(bytes(999), "999 B");
        assert_eq!(bytes(14_800_000), "14.8 MB");
        assert_eq!(bytes(999_960), "1.0 MB");
        assert_eq!(bytes(380_400_000), "380 MB");
        assert_eq!(rate(1_600_000.0), "1.6 MB/s");
        assert_eq!(rate_parts(0.0), ("0.0".to_owned(), "MB/s".to_owned()));
        assert_eq!(span(Duration::from_micros(420)), "0.4 ms");
        assert_eq!(span(Duration::from_millis(386)), "386 ms");
        assert_eq!(span(Duration::from_millis(1840)), "1.84 s");
        assert_eq!(clock(Duration::from_secs(102)), "1 min 42 s");
        assert_eq!(clock(Duration::from_secs(3 * 3600 + 301)), "3 h 05 min");
        assert_eq!(count(1_234_567), "1\u{a0}234\u{a0}567");
        assert_eq!(count(1234), "1234");
        assert_eq!(counted(1, "job"), "1 job");
        assert_eq!(saving(13_400_000, 1_600_000), Some((-88, "\u{2212}88 %".to_owned())));
        assert_eq!(saving(100, 104), Some((4, "+4 %".to_owned())));
        assert_eq!(saving(0, 5), None);
    }
}
