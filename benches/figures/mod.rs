//! What the benchmarks have in common: one JSON line for each figure on standard output, which `scripts/bench-cargo` gathers,
//! and words for people on standard error.

#![allow(dead_code, reason = "each benchmark takes what it needs")]

/// Whether a short run is wanted.
pub(crate) fn is_quick() -> bool {
    std::env::var_os("QUICK").is_some_and(|value| !value.is_empty() && value != "0")
}

/// Says how far it is.
#[expect(clippy::print_stderr, reason = "a benchmark talks")]
pub(crate) fn say(text: &str) {
    eprintln!("{text}");
}

/// Tells a figure: the median of what was measured, with the least and the most.
#[expect(clippy::print_stdout, reason = "the figures are what a benchmark prints")]
pub(crate) fn tell(measure: &str, who: &str, mut values: Vec<f64>, unit: &str) {
    values.sort_by(f64::total_cmp);
    let (value, least, most) = (percentile(&values, 0.5), values[0], values[values.len() - 1]);
    let line = serde_json::json!({
        "measure": measure, "who": who, "value": value, "unit": unit, "least": least, "most": most, "rounds": values.len(),
    });
    println!("{line}");
}

/// Of values in order: the one below which this share of them lies.
pub(crate) fn percentile(sorted: &[f64], share: f64) -> f64 {
    sorted[((sorted.len() - 1) as f64 * share).round() as usize]
}
