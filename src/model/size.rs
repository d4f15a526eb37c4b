//! Sizes as people write them.

/// A size in bytes: `512MiB`, `2G`, `1.5 m`, `100000`. K, M, G and T stand for powers of 1024 with or without the i, since
/// nobody means another amount. `None` for what is no size, and for less than a byte.
pub fn parsed(text: &str) -> Option<u64> {
    let text = text.trim();
    let letters = text.trim_start_matches(|c: char| c.is_ascii_digit() || c == '.');
    let number: f64 = text[..text.len() - letters.len()].parse().ok()?;
    let power = match letters.trim().to_ascii_lowercase().as_str() {
        "" | "b" => 0,
        "k" | "kb" | "ki" | "kib" => 1,
        "m" | "mb" | "mi" | "mib" => 2,
        "g" | "gb" | "gi" | "gib" => 3,
        "t" | "tb" | "ti" | "tib" => 4,
        _ => return None,
    };
    let bytes = number * 1024_f64.powi(power);
    (1.0..1e18).contains(&bytes).then_some(bytes as u64)
}

/// A speed in bytes a second: a size, with or without `/s`.
pub fn parsed_rate(text: &str) -> Option<u64> {
    let text = text.trim();
    parsed(text.strip_suffix("/s").or_else(|| text.strip_suffix("/S")).unwrap_or(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_read_as_people_write_them() {
        for (text, bytes) in [
            ("1", Some(1)),
            ("1500 B", Some(1500)),
            ("512MiB", Some(512 << 20)),
            (" 2 g ", Some(2 << 30)),
            ("1.5K", Some(1536)),
            ("3TB", Some(3 << 40)),
            ("0", None),
            ("0.5", None),
            ("", None),
            ("M", None),
            ("-1", None),
            ("1e3", None),
            ("2 MM", None),
            ("2iB", None),
            ("9999999999T", None),
        ] {
            assert_eq!(parsed(text), bytes, "{text}");
        }
        assert_eq!(parsed_rate("2 MiB/s"), Some(2 << 20));
        assert_eq!(parsed_rate("500K"), Some(500 << 10));
        assert_eq!(parsed_rate("2 M/min"), None);
    }
}
