//! The report in words.

use super::super::sample;
use super::*;

#[test]
fn the_sentence_tells_what_did_not_go_well() {
    let mut report = sample("a.jpg");
    assert_eq!(sentence(&report), "118 of 121 done in 42.00 s, 2 failed, 1 cancelled");
    (report.failed, report.cancelled, report.done) = (0, 0, 12_000);
    assert_eq!(sentence(&report), "12\u{a0}000 of 12\u{a0}000 done in 42.00 s");
}

#[test]
fn the_figures_say_what_was_saved_and_what_the_estimate_is() {
    let report = sample("a.jpg");
    let figures = figures(&report);
    let told = |name: &str| figures.iter().find(|figure| figure.0 == name).map(|figure| figure.1.as_str());
    assert_eq!(told("Saved"), Some("300 MB of 400 MB (\u{2212}75 %)"));
    assert_eq!(told("Speed-up"), Some("3.8× against one lane alone, estimated to take 2 min 40 s"));
    assert_eq!(told("Computing"), Some("31.00 s on all cores together"));
    let mut larger = report;
    larger.converted_out = 500_000_000;
    assert_eq!(saved(&larger).as_deref(), Some("nothing: 100 MB more than before (+25 %)"));
}

#[test]
fn hostile_names_stay_text_in_markdown() {
    let name = "a|b](http://evil)<img src=x>`\n# head\u{202e}gnp.jpg";
    let text = markdown(&sample(name));
    let mut unescaped = text.clone();
    for c in "|](<>`#".chars() {
        unescaped = unescaped.replace(&format!("\\{c}"), "");
    }
    assert!(!unescaped.contains('<') && !unescaped.contains("](") && !unescaped.contains("\n# head"), "{text}");
    assert!(!text.contains('\u{202e}'));
    assert!(text.contains("a\\|b\\]\\(http://evil\\)\\<img src=x\\>\\`\u{fffd}\\# head"), "{text}");
    for line in text.lines().filter(|line| line.starts_with('|')) {
        let cells = line.replace("\\|", "").matches('|').count();
        assert!((3..=6).contains(&cells), "{line}");
    }
    assert!(text.contains(", b.jpg and 39 more"));
}
