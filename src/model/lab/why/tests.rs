//! Made-up numbers, and the words that follow.

use super::{advice, why};
use crate::model::lab::figures::{share_of, summaries};
use crate::model::lab::{
    Answer, CounterLock, Crash, Detail, FaultKind, Figure, LabMode, LabRun, LockOrder, Side, Tally, Workload,
};

/// A run in so much time, of which tasks computed so much.
fn run(mode: LabMode, workers: u16, wall_ms: f64, cpu_ms: f64) -> LabRun {
    LabRun {
        event: "lab_run",
        side: Side::Millrace,
        workload: Workload::Primes,
        mode,
        workers,
        run: 1,
        wall_ms,
        cpu_ms,
        startup_ms: 1.0,
        peak_rss_bytes: 50 << 20,
        private_bytes: 20 << 20,
        shared_bytes: 30 << 20,
        task_count: 8,
        busy_ms: wall_ms * f64::from(workers),
        wait_share: Some(1.0 - (cpu_ms / (wall_ms * f64::from(workers))).min(1.0)),
        core_wait_ms: 0.0,
        lock_wait_ms: 0.0,
        handovers: 0,
        overhead_us: 20.0,
        longest_ms: wall_ms / 8.0,
        python_version: None,
        start_method: None,
        detail: Detail::Nothing {},
        spans: Vec::new(),
    }
}

fn words(runs: &[LabRun], cores: u16) -> String {
    why(Workload::Primes, runs, &summaries(runs, cores), cores)
}

#[test]
fn work_that_computes_and_work_that_waits_are_told_apart_by_the_numbers() {
    let computing = [
        run(LabMode::Serial, 1, 800.0, 795.0),
        run(LabMode::Threads, 4, 210.0, 800.0),
        LabRun { lock_wait_ms: 2400.0, ..run(LabMode::Gil, 4, 805.0, 800.0) },
        run(LabMode::Processes, 4, 220.0, 800.0),
    ];
    let text = words(&computing, 4);
    assert!(text.contains("1 % of that was waiting, so it computes"), "{text}");
    assert!(text.contains("Threads with 4 workers: 3.81× as fast (at best 4.00× on 4 cores)"), "{text}");
    assert!(text.contains("waited 2.40 s altogether for the lock"), "{text}");
    assert!(text.contains("Processes were no faster than threads"), "{text}");
    let waiting = [
        run(LabMode::Serial, 1, 800.0, 8.0),
        run(LabMode::Threads, 4, 210.0, 8.0),
        LabRun { lock_wait_ms: 3.0, ..run(LabMode::Gil, 4, 212.0, 8.0) },
        run(LabMode::Processes, 4, 310.0, 9.0),
    ];
    let text = words(&waiting, 4);
    assert!(text.contains("99 % of that was waiting, so it waits"), "{text}");
    assert!(text.contains("the waits lie side by side"), "{text}");
    assert!(text.contains("the lock is free while a task waits, and only 3.0 ms"), "{text}");
    assert!(text.contains("Processes took 1.48× as long as threads"), "{text}");
}

#[test]
fn the_same_work_is_explained_otherwise_on_one_core_and_where_the_lanes_are_kept_busy() {
    let flat = [run(LabMode::Serial, 1, 800.0, 795.0), run(LabMode::Threads, 4, 805.0, 800.0)];
    let text = words(&flat, 1);
    assert!(text.contains("more than 1.01× was not to be had on 1 core"), "{text}");
    let text = words(&flat, 4);
    assert!(text.contains("far from what could be had, and no core was missing"), "{text}");
    let busy = [
        run(LabMode::Serial, 1, 800.0, 795.0),
        LabRun { core_wait_ms: 2300.0, ..run(LabMode::Threads, 4, 805.0, 800.0) },
    ];
    let text = words(&busy, 4);
    assert!(
        text.contains("stood in line for a core for 2.30 s, since something else on this machine had it"),
        "{text}"
    );
}

#[test]
fn tasks_that_are_too_small_are_found_out() {
    let tiny = [
        LabRun { task_count: 500, ..run(LabMode::Serial, 1, 5.0, 4.0) },
        LabRun { task_count: 500, overhead_us: 60.0, ..run(LabMode::Processes, 4, 12.0, 5.0) },
    ];
    let text = words(&tiny, 4);
    assert!(text.contains("a task takes 10 µs and handing it over takes 60 µs"), "{text}");
    assert_eq!(advice(Workload::Squares, &tiny, &summaries(&tiny, 4)).mode, LabMode::Serial);
}

#[test]
fn runs_that_differ_much_are_not_trusted() {
    let mut runs = vec![run(LabMode::Serial, 1, 800.0, 795.0), run(LabMode::Threads, 2, 400.0, 795.0)];
    assert!(!words(&runs, 2).contains("differ by"));
    runs.push(run(LabMode::Threads, 2, 600.0, 795.0));
    assert!(words(&runs, 2).contains("The runs of threads with 2 workers differ by 40 %"), "{}", words(&runs, 2));
}

#[test]
fn the_advice_follows_the_numbers() {
    let with = |threads_2: f64, threads_8: f64, processes: f64| {
        let runs = [
            run(LabMode::Serial, 1, 800.0, 795.0),
            run(LabMode::Threads, 2, threads_2, 795.0),
            run(LabMode::Threads, 8, threads_8, 795.0),
            run(LabMode::Gil, 8, 10.0, 795.0),
            run(LabMode::Processes, 8, processes, 795.0),
        ];
        let advice = advice(Workload::Primes, &runs, &summaries(&runs, 8));
        (advice.mode, advice.workers)
    };
    assert_eq!(with(400.0, 110.0, 112.0), (LabMode::Threads, 8), "threads before processes where both are as good");
    assert_eq!(with(110.0, 109.0, 112.0), (LabMode::Threads, 2), "the fewest lanes");
    assert_eq!(with(400.0, 300.0, 112.0), (LabMode::Processes, 8), "what is really faster");
    assert_eq!(with(900.0, 900.0, 900.0), (LabMode::Serial, 1));
}

#[test]
fn a_counter_is_explained_by_what_was_lost() {
    let tally = |lock, actual| Detail::Counted(Tally { lock, expected: 4000, actual, by_process: Vec::new() });
    let counted = |mode, lock, actual| LabRun { detail: tally(lock, actual), ..run(mode, 4, 10.0, 10.0) };
    let text = |unlocked| {
        let runs = [
            counted(LabMode::Threads, CounterLock::None, unlocked),
            counted(LabMode::Threads, CounterLock::Mutex, 4000),
        ];
        why(Workload::Counter, &runs, &summaries(&runs, 4), 4)
    };
    assert!(text(3100).contains("without a lock 900 of 4000 updates were lost"), "{}", text(3100));
    assert!(text(3100).contains("with a lock all 4000 updates are there"), "{}", text(3100));
    assert!(text(4000).contains("without a lock all 4000 updates are there"), "{}", text(4000));
}

#[test]
fn a_crash_is_advised_against_where_it_costs_others() {
    let crashed = |mode, failed, program| LabRun {
        detail: Detail::Crashed(Crash {
            kind: FaultKind::Abort,
            tasks: 6,
            done: 6 - failed,
            failed,
            sacrificial: mode != LabMode::Processes,
            program,
            how: String::new(),
        }),
        ..run(mode, 2, 10.0, 10.0)
    };
    let runs = [crashed(LabMode::Threads, 4, "died"), crashed(LabMode::Processes, 1, "lives")];
    let text = why(Workload::Crash, &runs, &summaries(&runs, 2), 2);
    assert!(text.contains("abort cost 4 of 6 tasks, and the program died with it"), "{text}");
    assert!(text.contains("Processes: abort cost 1 of 6 tasks."), "{text}");
    assert_eq!(advice(Workload::Crash, &runs, &summaries(&runs, 2)).mode, LabMode::Processes);
    let other = [crashed(LabMode::Threads, 1, "lives"), crashed(LabMode::Processes, 3, "lives")];
    assert_eq!(advice(Workload::Crash, &other, &summaries(&other, 2)).mode, LabMode::Threads);
}

#[test]
fn speed_ups_are_against_the_same_side() {
    let mut runs = vec![run(LabMode::Serial, 1, 800.0, 795.0), run(LabMode::Threads, 4, 200.0, 795.0)];
    let python = |mode, workers, wall| LabRun { side: Side::Python, ..run(mode, workers, wall, 795.0) };
    runs.extend([python(LabMode::Serial, 1, 8000.0), python(LabMode::Threads, 4, 8800.0)]);
    let summaries = summaries(&runs, 4);
    let of = |side| summaries.iter().find(|summary| summary.side == side && summary.mode == LabMode::Threads);
    assert!(of(Side::Millrace).and_then(|own| own.speedup).is_some_and(|speedup| (speedup - 4.0).abs() < 1e-9));
    assert!(of(Side::Python).and_then(|own| own.speedup).is_some_and(|speedup| (speedup - 0.909).abs() < 1e-3));
    assert!(share_of(LabMode::Threads, &summaries, 4).is_some_and(|share| (share - 1.0).abs() < 1e-9));
    let text = why(Workload::Primes, &runs, &summaries, 4);
    assert!(
        text.contains("With 4 workers Python's own threads made this 0.91× as fast where Millrace's made it 4.00×"),
        "{text}"
    );
}

#[test]
fn a_line_of_json_has_the_names_of_the_contract() {
    let results =
        vec![Answer { input: 7, output: Figure::Truth(true) }, Answer { input: 3, output: Figure::Number(9) }];
    let run = LabRun { detail: Detail::Results { results }, ..run(LabMode::Gil, 4, 12.5, 10.0) };
    let line: serde_json::Value = serde_json::to_value(&run).expect("plain data");
    assert_eq!((&line["event"], &line["side"], &line["mode"]), (&"lab_run".into(), &"millrace".into(), &"gil".into()));
    assert_eq!(line["results"], serde_json::json!([{"input": 7, "output": true}, {"input": 3, "output": 9}]));
    assert_eq!(line["workload"], "primes");
    for name in ["workers", "run", "wall_ms", "cpu_ms", "startup_ms", "peak_rss_bytes"] {
        assert!(line[name].is_number(), "{name}");
    }
    assert!(line.get("spans").is_none() && line.get("python_version").is_none());
}

#[test]
fn what_is_said_of_cores_holds_where_there_are_some() {
    let half = |mode, workers, wall| LabRun { longest_ms: 100.0, ..run(mode, workers, wall, 400.0) };
    let both = [half(LabMode::Serial, 1, 800.0), half(LabMode::Threads, 2, 400.0), half(LabMode::Gil, 2, 410.0)];
    for cores in [1, 4] {
        let text = words(&both, cores);
        assert!(!text.contains("compute side by side"), "{text}");
        assert_eq!(text.matches("while one task waits another computes").count(), 2, "{text}");
    }
    let crowded = [
        run(LabMode::Serial, 1, 800.0, 795.0),
        LabRun { core_wait_ms: 2300.0, ..run(LabMode::Threads, 8, 805.0, 800.0) },
    ];
    let text = words(&crowded, 2);
    assert!(text.contains("stood in line for a core for 2.30 s."), "{text}");
}

#[test]
fn a_difference_is_called_chance_only_within_what_the_runs_differ_by() {
    let quicker = |processes: &[f64]| {
        let mut runs = vec![run(LabMode::Serial, 1, 800.0, 795.0), run(LabMode::Threads, 2, 400.0, 795.0)];
        runs.extend(processes.iter().map(|wall| run(LabMode::Processes, 2, *wall, 795.0)));
        words(&runs, 2)
    };
    assert!(!quicker(&[200.0, 201.0]).contains("within what the runs differ by"), "{}", quicker(&[200.0, 201.0]));
    assert!(
        quicker(&[200.0, 460.0]).contains("which is within what the runs differ by"),
        "{}",
        quicker(&[200.0, 460.0])
    );
    assert!(quicker(&[500.0]).contains("1.25× as long as threads; Rust's threads compute"), "{}", quicker(&[500.0]));
    let waiting = [
        run(LabMode::Serial, 1, 800.0, 8.0),
        run(LabMode::Threads, 4, 200.0, 8.0),
        run(LabMode::Processes, 4, 201.0, 8.0),
    ];
    assert!(!words(&waiting, 4).contains("compute side by side"), "{}", words(&waiting, 4));
}

#[test]
fn each_step_helped_only_where_each_did() {
    let steps = |walls: [f64; 3]| {
        let mut runs = vec![run(LabMode::Serial, 1, 800.0, 795.0)];
        runs.extend(
            [1, 2, 4].into_iter().zip(walls).map(|(workers, wall)| run(LabMode::Threads, workers, wall, 795.0)),
        );
        words(&runs, 4)
    };
    assert!(steps([100.0, 80.0, 50.0]).contains("each step of more threads still helped"));
    assert!(steps([100.0, 120.0, 50.0]).contains("though not at each step"), "{}", steps([100.0, 120.0, 50.0]));
}

#[test]
fn serial_that_is_only_nearly_the_best_does_not_say_that_lanes_cost() {
    let said = |threads| {
        let runs = [run(LabMode::Serial, 1, 800.0, 795.0), run(LabMode::Threads, 2, threads, 795.0)];
        advice(Workload::Primes, &runs, &summaries(&runs, 2)).because
    };
    assert!(said(770.0).ends_with("more lanes bring next to nothing"), "{}", said(770.0));
    assert!(said(900.0).ends_with("more lanes cost more than they bring"), "{}", said(900.0));
}

#[test]
fn python_is_compared_with_as_many_workers() {
    let mut runs = Vec::new();
    for (mode, workers, own, python) in [
        (LabMode::Serial, 1, 800.0, 8000.0),
        (LabMode::Threads, 1, 800.0, 8000.0),
        (LabMode::Threads, 4, 200.0, 8800.0),
        (LabMode::Processes, 1, 810.0, 8100.0),
        (LabMode::Processes, 4, 210.0, 2000.0),
    ] {
        runs.push(run(mode, workers, own, 795.0));
        runs.push(LabRun { side: Side::Python, wait_share: None, ..run(mode, workers, python, 7950.0) });
    }
    let text = words(&runs, 4);
    let expected = "With 4 workers Python's own threads made this 0.91× as fast where Millrace's made it 4.00×, its \
                    processes 4.00×.";
    assert!(text.contains(expected), "{text}");
    let summaries = summaries(&runs, 4);
    let threads = summaries.iter().find(|row| (row.side, row.mode, row.workers) == (Side::Python, LabMode::Threads, 4));
    let threads = threads.expect("a row");
    assert!(threads.ideal.is_some_and(|ideal| (ideal - 1.0).abs() < 0.01), "its lock allows no more: {threads:?}");
    assert_eq!(threads.wait_share, None);
}

#[test]
fn updates_lost_in_one_run_of_three_are_not_kept_quiet() {
    let tally =
        |actual| Detail::Counted(Tally { lock: CounterLock::None, expected: 4000, actual, by_process: Vec::new() });
    let counted =
        |number, actual| LabRun { run: number, detail: tally(actual), ..run(LabMode::Threads, 4, 10.0, 10.0) };
    let runs = [counted(1, 4000), counted(2, 3100), counted(3, 4000)];
    let text = why(Workload::Counter, &runs, &summaries(&runs, 4), 4);
    assert!(text.contains("up to 900 of 4000 updates were lost, 0 in the middle run"), "{text}");
}

#[test]
fn locks_in_one_order_are_advised_by_what_all_runs_did() {
    let locked = |number, outcome| LabRun {
        run: number,
        detail: Detail::Locked { order: LockOrder::Consistent, outcome, detected_ms: None },
        ..run(LabMode::Threads, 2, 10.0, 10.0)
    };
    let runs = [locked(1, "finished"), locked(2, "deadlock")];
    let because = advice(Workload::Deadlock, &runs, &summaries(&runs, 2)).because;
    assert!(because.contains("finished in 1 of 2 runs"), "{because}");
}

#[test]
fn a_speed_up_beyond_what_can_be_is_called_chance() {
    let runs = [
        LabRun { longest_ms: 790.0, ..run(LabMode::Serial, 1, 800.0, 795.0) },
        LabRun { longest_ms: 400.0, ..run(LabMode::Threads, 2, 430.0, 795.0) },
    ];
    let text = words(&runs, 2);
    assert!(text.contains("1.86× as fast, which is more than the serial runs let expect (1.01× on 2 cores)"), "{text}");
    assert!(!text.contains("was not to be had"), "{text}");
}

#[test]
fn processes_that_are_quicker_by_chance_are_not_advised() {
    let advised = |threads: [f64; 3], processes: [f64; 3]| {
        let mut runs = vec![run(LabMode::Serial, 1, 800.0, 795.0)];
        for at in 0..3 {
            runs.push(LabRun { run: at as u32 + 1, ..run(LabMode::Threads, 2, threads[at], 795.0) });
            runs.push(LabRun { run: at as u32 + 1, ..run(LabMode::Processes, 2, processes[at], 795.0) });
        }
        advice(Workload::Primes, &runs, &summaries(&runs, 2)).mode
    };
    assert_eq!(advised([400.0, 440.0, 470.0], [380.0, 400.0, 410.0]), LabMode::Threads);
    assert_eq!(advised([440.0, 441.0, 442.0], [380.0, 381.0, 382.0]), LabMode::Processes);
    assert_eq!(advised([200.0, 790.0, 1400.0], [300.0, 310.0, 320.0]), LabMode::Processes, "noise is no excuse");
}

#[test]
fn what_all_runs_did_is_told_and_not_what_the_first_did() {
    let frozen = |number, gap| LabRun {
        run: number,
        detail: Detail::Frozen {
            own_thread: false,
            longest_gap_ms: gap,
            frames: 10,
            frames_due: 12,
            gaps_ms: vec![gap],
        },
        ..run(LabMode::Threads, 2, 10.0, 10.0)
    };
    let runs = [frozen(1, 18.0), frozen(2, 48.0)];
    let text = why(Workload::Freeze, &runs, &summaries(&runs, 2), 2);
    assert!(text.contains("left up to 48 ms between two frames, and 20 of 24 frames were drawn"), "{text}");
    let because = advice(Workload::Freeze, &runs, &summaries(&runs, 2)).because;
    assert!(because.ends_with("at the latest after 48 ms"), "{because}");
    let printed = |number, switches| LabRun {
        run: number,
        detail: Detail::Printed { lines: 2000, switches, pattern: Vec::new() },
        ..run(LabMode::Threads, 2, 10.0, 10.0)
    };
    let text = |runs: &[LabRun]| why(Workload::Print, runs, &summaries(runs, 2), 2);
    assert!(text(&[printed(1, 1), printed(2, 1)]).contains("all lines of one loop stand before those of the other."));
    let mixed = text(&[printed(1, 1), printed(2, 1999), printed(3, 1)]);
    assert!(
        mixed.contains("stand before those of the other in 2 of 3 runs, and once the lines changed hands 1999 times"),
        "{mixed}"
    );
    assert!(text(&[printed(1, 0)]).contains("there is one loop"));
}

#[test]
fn runs_with_fewer_lanes_are_not_mixed_with_those_of_the_most() {
    let tally = |lost: u64| {
        Detail::Counted(Tally { lock: CounterLock::None, expected: 4000, actual: 4000 - lost, by_process: Vec::new() })
    };
    let counted = |workers, lost| LabRun { detail: tally(lost), ..run(LabMode::Threads, workers, 10.0, 10.0) };
    let runs = [counted(1, 0), counted(4, 900)];
    let text = why(Workload::Counter, &runs, &summaries(&runs, 4), 4);
    assert!(text.contains("Threads with 4 workers: without a lock 900 of 4000 updates were lost"), "{text}");
}
