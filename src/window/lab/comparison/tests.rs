//! A comparison as it grows, told in made-up runs.

use super::super::made_up::{of_numbers, run, span};
use super::*;
use crate::model::lab::Workload;

fn comparison() -> Comparison {
    Comparison::new(Request { runs: 2, ..Request::new(Workload::Squares, 2) }, 2)
}

fn begin(comparison: &mut Comparison, mode: LabMode, run: u32) {
    comparison.apply(LabEvent::RunStarted { mode, workers: 1, run });
    comparison.apply(LabEvent::LaneOpened { lane: "C1".into() });
}

fn start(comparison: &mut Comparison, at_us: u64) {
    comparison.apply(LabEvent::TaskStarted { lane: "C1".into(), name: "a task".into(), at_us });
}

#[test]
fn lanes_grow_while_a_run_is_under_way_and_stay_when_it_ends() {
    let mut comparison = comparison();
    assert_eq!(comparison.at_work(), None);
    begin(&mut comparison, LabMode::Serial, 1);
    assert_eq!(comparison.at_work().as_deref(), Some("Serial × 1, run 1 of 2"));
    comparison.tick(Moment(10_000_000));
    start(&mut comparison, 0);
    comparison.tick(Moment(10_400_000));
    assert_eq!(comparison.live_us(), Some(400_000));
    assert_eq!(comparison.charts()[0].strips[0].bars[0].end_us, None);
    // It is told of before the clock is looked at again.
    comparison.apply(LabEvent::TaskEnded(span("C1", 0, 500_000)));
    assert_eq!(comparison.live_us(), Some(500_000));
    let bar = &comparison.charts()[0].strips[0].bars[0];
    assert_eq!((bar.end_us, bar.cpu_us, bar.pid), (Some(500_000), 250_000, 1));
    comparison.apply(LabEvent::RunFinished(Box::new(run(LabMode::Serial, 1, 1, of_numbers(&[1])))));
    comparison.tick(Moment(60_000_000));
    assert_eq!((comparison.live_us(), comparison.axis_us()), (None, 2_000_000), "what ended does not go on");
    begin(&mut comparison, LabMode::Threads, 1);
    let modes: Vec<LabMode> = comparison.charts().iter().map(|chart| chart.mode).collect();
    assert_eq!(modes, [LabMode::Serial, LabMode::Threads], "the one that ended stays");
    assert_eq!(comparison.axis_us(), 2_000_000);
    assert_eq!(comparison.summary.len(), 1);
}

#[test]
fn a_run_of_several_parts_shows_the_lanes_of_the_newest() {
    let mut comparison = comparison();
    begin(&mut comparison, LabMode::Threads, 1);
    start(&mut comparison, 0);
    comparison.apply(LabEvent::TaskEnded(span("C1", 0, 500_000)));
    comparison.apply(LabEvent::LaneOpened { lane: "C1".into() });
    assert!(comparison.charts()[0].strips[0].bars.is_empty(), "its time begins anew");
    comparison.tick(Moment(70));
    start(&mut comparison, 20);
    comparison.tick(Moment(100));
    assert_eq!(comparison.live_us(), Some(50));
}

#[test]
fn a_comparison_ends_once() {
    for (event, stage) in [
        (LabEvent::Cancelled, Stage::Stopped),
        (LabEvent::Failed("No folder".into()), Stage::Failed("No folder".into())),
    ] {
        let mut comparison = comparison();
        begin(&mut comparison, LabMode::Serial, 1);
        comparison.apply(event);
        assert_eq!((&comparison.stage, comparison.at_work()), (&stage, None));
        comparison.end(Stage::Failed("late".into()));
        assert_eq!(comparison.stage, stage);
    }
}

#[test]
fn the_share_follows_the_plan() {
    let mut comparison = comparison();
    comparison.apply(LabEvent::Planned { kinds: vec![(LabMode::Serial, 1), (LabMode::Threads, 2)], rounds: 2 });
    assert!(comparison.share() < 0.01);
    for number in 1..=2 {
        begin(&mut comparison, LabMode::Serial, number);
        comparison.apply(LabEvent::RunFinished(Box::new(run(LabMode::Serial, 1, number, of_numbers(&[1])))));
    }
    assert!((comparison.share() - 0.25).abs() < 1e-6);
}
