//! What the workloads show that are not about speed, from what their runs found.

use super::{MOSTLY, capital, count, times, workers};
use crate::model::lab::figures::{median, time};
use crate::model::lab::{
    Advice, CounterLock, Crash, Detail, FaultKind, LabMode, LabRun, LockOrder, Side, Summary, Workload,
};

/// Sentences about what was found, in the order of the modes.
pub(super) fn shown(runs: &[LabRun], cores: u16) -> Vec<String> {
    let mut sentences = Vec::new();
    for mode in LabMode::ALL {
        let of_mode: Vec<&LabRun> = runs.iter().filter(|run| run.side == Side::Millrace && run.mode == mode).collect();
        sentences.extend(counted(mode, &of_mode));
        sentences.extend(locked(mode, &of_mode));
        sentences.extend(crashed(mode, &of_mode));
        sentences.extend(printed(mode, &of_mode));
        sentences.extend(ended(mode, &of_mode));
        sentences.extend(frozen(mode, &of_mode));
        sentences.extend(piped(mode, &of_mode));
    }
    sentences.extend(ordered(runs));
    if cores == 1 && !sentences.is_empty() {
        sentences.push("This machine offers one core, so nothing computes side by side here.".to_owned());
    }
    sentences
}

/// Where speed is beside the point, what counts instead.
pub(super) fn advice(workload: Workload, runs: &[LabRun], summaries: &[Summary]) -> Option<Advice> {
    let most = |mode: LabMode| {
        summaries.iter().filter(move |summary| summary.mode == mode).map(|summary| summary.workers).max()
    };
    let advise = |mode: LabMode, because: String| Some(Advice { mode, workers: most(mode).unwrap_or(1), because });
    match workload {
        Workload::Crash => {
            let lost = |mode| {
                let of_mode = runs.iter().filter(move |run| run.mode == mode && run.side == Side::Millrace);
                of_mode.filter_map(crash).map(|crash| u64::from(crash.failed.saturating_sub(1))).sum::<u64>()
            };
            let best = [LabMode::Processes, LabMode::Threads, LabMode::Serial, LabMode::Gil]
                .into_iter()
                .filter(|mode| most(*mode).is_some())
                .min_by_key(|mode| lost(*mode))?;
            let innocent = match lost(best) {
                0 => "no other task was lost beside those that went wrong".to_owned(),
                lost => format!("the fewest others were lost, {lost}"),
            };
            advise(best, format!("In this mode {innocent}"))
        }
        Workload::Counter => {
            let exact = |lock: CounterLock| {
                let of_lock = runs.iter().filter_map(|run| match &run.detail {
                    Detail::Counted(tally) if tally.lock == lock && run.mode != LabMode::Processes => Some(tally),
                    _ => None,
                });
                of_lock
                    .fold(None, |all: Option<bool>, tally| Some(all.unwrap_or(true) && tally.actual == tally.expected))
            };
            let cost = |lock: CounterLock| {
                let walls: Vec<f64> = runs
                    .iter()
                    .filter(|run| run.mode == LabMode::Threads)
                    .filter(|run| matches!(&run.detail, Detail::Counted(tally) if tally.lock == lock))
                    .map(|run| run.wall_ms)
                    .collect();
                (!walls.is_empty()).then(|| median(&walls))
            };
            let mode = if most(LabMode::Threads).is_some() { LabMode::Threads } else { runs.first()?.mode };
            let kept: Vec<&str> = [CounterLock::Mutex, CounterLock::Atomic]
                .into_iter()
                .filter(|lock| exact(*lock) == Some(true))
                .map(CounterLock::as_str)
                .collect();
            let because = match (cost(CounterLock::Mutex), cost(CounterLock::Atomic)) {
                _ if kept.is_empty() => "Share a number only within one process, and lock it".to_owned(),
                (Some(mutex), Some(atomic)) => format!(
                    "Threads can share a number and processes cannot; it was right with {}, at {} for the lock and {} for the atomic",
                    kept.join(" and "),
                    time(mutex),
                    time(atomic)
                ),
                _ => format!("The number was right with {}", kept.join(" and ")),
            };
            advise(mode, because)
        }
        Workload::Freeze => {
            let gap = |run: &LabRun| match &run.detail {
                Detail::Frozen { longest_gap_ms, .. } => *longest_gap_ms,
                _ => f64::INFINITY,
            };
            let own = runs.iter().filter(|run| run.side == Side::Millrace && run.mode != LabMode::Gil);
            let best = own.min_by(|a, b| gap(a).total_cmp(&gap(b)))?;
            advise(best.mode, format!("Here a frame came at the latest after {}", time(gap(best))))
        }
        Workload::Deadlock => {
            let consistent = runs.iter().find_map(|run| match run.detail {
                Detail::Locked { order: LockOrder::Consistent, outcome, .. } => Some((run.mode, outcome)),
                _ => None,
            })?;
            let mode = if most(LabMode::Threads).is_some() { LabMode::Threads } else { consistent.0 };
            let ended = if consistent.1 == "finished" { "always finished" } else { "did not finish" };
            advise(mode, format!("Take locks in one order everywhere: that {ended} here, whatever ran it"))
        }
        Workload::Timeout => {
            let kept = runs.iter().filter_map(|run| match &run.detail {
                Detail::Ended { survivors, .. } => Some((run.mode, *survivors)),
                _ => None,
            });
            let (mode, survivors) = kept.min_by_key(|(mode, survivors)| (*survivors, *mode != LabMode::Processes))?;
            let can = if mode == LabMode::Processes {
                "and a process that takes too long can be killed, which no thread can"
            } else {
                "but a thread that takes too long can only be asked to stop"
            };
            advise(mode, format!("{} outlived the program, {can}", capital(&count(u64::from(survivors), "worker"))))
        }
        Workload::Print => {
            let mode = runs.iter().find(|run| run.mode == LabMode::Serial).map_or(runs.first()?.mode, |run| run.mode);
            advise(mode, "Lines that belong together are to be written by one lane, or as one piece".to_owned())
        }
        _ => None,
    }
}

fn counted(mode: LabMode, runs: &[&LabRun]) -> Option<String> {
    let mut parts = Vec::new();
    for lock in CounterLock::ALL {
        let of_lock: Vec<_> = runs
            .iter()
            .filter_map(|run| match &run.detail {
                Detail::Counted(tally) if tally.lock == lock => Some((run.wall_ms, tally)),
                _ => None,
            })
            .collect();
        let Some((_, tally)) = of_lock.first() else { continue };
        let lost: Vec<f64> = of_lock.iter().map(|(_, tally)| tally.expected.abs_diff(tally.actual) as f64).collect();
        let (lost, wall) = (median(&lost), median(&of_lock.iter().map(|(wall, _)| *wall).collect::<Vec<_>>()));
        let name = match lock {
            CounterLock::None => "without a lock",
            CounterLock::Mutex => "with a lock",
            CounterLock::Atomic => "as an atomic",
        };
        let missing = if mode == LabMode::Processes {
            let shares = tally.by_process.len() as u64;
            format!(
                "the program's own number is {}, since {} counted for themselves",
                tally.actual,
                count(shares, "process").replace("processs", "processes")
            )
        } else if lost > 0.0 {
            format!(
                "{lost:.0} of {} updates were lost, each overwritten by a lane that had read the same number",
                tally.expected
            )
        } else {
            format!("all {} updates are there", tally.expected)
        };
        parts.push(format!("{name} {missing} ({})", time(wall)));
    }
    (!parts.is_empty()).then(|| format!("{}: {}.", mode.title(), parts.join("; ")))
}

fn locked(mode: LabMode, runs: &[&LabRun]) -> Option<String> {
    let parts: Vec<String> = LockOrder::ALL
        .into_iter()
        .filter_map(|wanted| {
            let found = runs.iter().find_map(|run| match run.detail {
                Detail::Locked { order, outcome, detected_ms } if order == wanted => Some((outcome, detected_ms)),
                _ => None,
            })?;
            Some(match found {
                ("deadlock", Some(ms)) => {
                    format!("{} order ended in a deadlock, noticed after {}", wanted.as_str(), time(ms))
                }
                (outcome, _) => format!("{} order {outcome}", wanted.as_str()),
            })
        })
        .collect();
    let alone = if mode == LabMode::Serial && !parts.is_empty() {
        ", since one task is done with both locks before the next begins"
    } else {
        ""
    };
    (!parts.is_empty()).then(|| format!("{}: {}{alone}.", mode.title(), parts.join(", ")))
}

fn crash(run: &LabRun) -> Option<&Crash> {
    match &run.detail {
        Detail::Crashed(crash) => Some(crash),
        _ => None,
    }
}

fn crashed(mode: LabMode, runs: &[&LabRun]) -> Option<String> {
    let parts: Vec<String> = FaultKind::ALL
        .into_iter()
        .filter_map(|kind| {
            let crash = runs.iter().filter_map(|run| crash(run)).find(|crash| crash.kind == kind)?;
            let rest = match crash.program {
                "died" => ", and the program died with it",
                "stuck" => ", and a lane stayed stuck",
                _ => "",
            };
            Some(format!("{} cost {} of {} tasks{rest}", kind.as_str(), crash.failed, crash.tasks))
        })
        .collect();
    let apart = runs.iter().filter_map(|run| crash(run)).any(|crash| crash.sacrificial);
    let apart = if apart && !parts.is_empty() { " (in a program of its own, so that this one lives)" } else { "" };
    (!parts.is_empty()).then(|| format!("{}{apart}: {}.", mode.title(), parts.join("; ")))
}

fn printed(mode: LabMode, runs: &[&LabRun]) -> Option<String> {
    let switches: Vec<f64> = runs
        .iter()
        .filter_map(|run| match run.detail {
            Detail::Printed { switches, .. } => Some(switches as f64),
            _ => None,
        })
        .collect();
    let switched = median(&switches);
    let words = match switched {
        one if one <= 1.0 => "the one loop was done before the other began".to_owned(),
        many => format!("the lines changed hands {many:.0} times"),
    };
    (!switches.is_empty()).then(|| format!("{}: {words}.", mode.title()))
}

fn ended(mode: LabMode, runs: &[&LabRun]) -> Option<String> {
    let ways: Vec<String> = ["abandoned", "joined"]
        .into_iter()
        .filter_map(|wanted| {
            runs.iter().find_map(|run| match &run.detail {
                Detail::Ended { ending, survivors, finished, exit_ms, .. } if *ending == wanted => Some(format!(
                    "when the program {} it was gone after {}, {finished} of its workers had done their work and {survivors} went on without it",
                    if wanted == "abandoned" { "just ended" } else { "waited for its workers" },
                    time(*exit_ms)
                )),
                _ => None,
            })
        })
        .collect();
    let waited = runs.iter().find_map(|run| match run.detail {
        Detail::Ended { timed_out, waited_ms, .. } => {
            let how = if timed_out { "was given up" } else { "was done in time" };
            Some(format!("a task waited for with a limit {how} after {}", time(waited_ms)))
        }
        _ => None,
    })?;
    Some(format!("{}: {waited}; {}.", mode.title(), ways.join("; ")))
}

fn frozen(mode: LabMode, runs: &[&LabRun]) -> Option<String> {
    runs.iter().find_map(|run| match &run.detail {
        Detail::Frozen { own_thread, longest_gap_ms, frames, frames_due, .. } => {
            let place = if *own_thread { "work on the thread that draws" } else { "work on a lane beside" };
            Some(format!(
                "{}: {place} left up to {} between two frames, and {frames} of {frames_due} frames were drawn.",
                mode.title(),
                time(*longest_gap_ms)
            ))
        }
        _ => None,
    })
}

fn piped(mode: LabMode, runs: &[&LabRun]) -> Option<String> {
    let figure = |pick: fn(&Detail) -> Option<f64>| {
        let found: Vec<f64> = runs.iter().filter_map(|run| pick(&run.detail)).collect();
        (!found.is_empty()).then(|| median(&found))
    };
    let fetch = figure(|detail| if let Detail::Checksum { fetch_ms, .. } = detail { *fetch_ms } else { None })?;
    let process = figure(|detail| if let Detail::Checksum { process_ms, .. } = detail { *process_ms } else { None })?;
    let whole = median(&runs.iter().map(|run| run.wall_ms).collect::<Vec<_>>());
    let hidden = ((fetch + process - whole) / fetch.min(process).max(0.001)).clamp(0.0, 1.0);
    let overlap =
        if hidden >= MOSTLY { "so the halves lie side by side" } else { "so the halves lie little side by side" };
    Some(format!(
        "{}: fetching alone took {}, converting alone {}, both {}, {overlap}.",
        mode.title(),
        time(fetch),
        time(process),
        time(whole)
    ))
}

fn ordered(runs: &[LabRun]) -> Option<String> {
    let longest = |run: &&LabRun| matches!(&run.detail, Detail::Order { completion_order, submission_order } if completion_order != submission_order);
    let run = runs.iter().find(longest)?;
    let Detail::Order { completion_order, submission_order } = &run.detail else { return None };
    let list = |order: &[f64]| order.iter().map(|seconds| format!("{seconds}")).collect::<Vec<_>>().join(", ");
    Some(format!(
        "With {} in mode {} the waits were handed over as {} s and were done as {} s, {} as quick as one after another.",
        workers(run.workers),
        run.mode,
        list(submission_order),
        list(completion_order),
        times(submission_order.iter().sum::<f64>() * 1e3 / run.wall_ms.max(0.001))
    ))
}
