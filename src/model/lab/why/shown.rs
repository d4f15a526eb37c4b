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
        let Some((who, runs)) = with_most_workers(runs, mode) else { continue };
        sentences.extend(counted(mode, &who, &runs));
        sentences.extend(locked(mode, &who, &runs));
        sentences.extend(crashed(&who, &runs));
        sentences.extend(printed(&who, &runs));
        sentences.extend(ended(&who, &runs));
        sentences.extend(frozen(&who, &runs));
        sentences.extend(piped(&who, &runs));
    }
    sentences.extend(ordered(runs));
    if cores == 1 && !sentences.is_empty() {
        sentences.push("This machine offers one core, so nothing computes side by side here.".to_owned());
    }
    sentences
}

/// Our own runs of a mode with the most lanes, and what they are called. Those with fewer lanes found other things, and
/// are not to be mixed with them.
fn with_most_workers(runs: &[LabRun], mode: LabMode) -> Option<(String, Vec<&LabRun>)> {
    let of_mode = || runs.iter().filter(|run| run.side == Side::Millrace && run.mode == mode);
    let most = of_mode().map(|run| run.workers).max()?;
    let several = of_mode().any(|run| run.workers != most);
    let who = if several { format!("{} with {}", mode.title(), workers(most)) } else { mode.title().to_owned() };
    Some((who, of_mode().filter(|run| run.workers == most).collect()))
}

/// `4`, or `4 to 6` where the runs differ.
fn range(values: impl Iterator<Item = u32> + Clone) -> String {
    match (values.clone().min(), values.max()) {
        (Some(least), Some(most)) if least != most => format!("{least} to {most}"),
        (least, _) => least.unwrap_or(0).to_string(),
    }
}

/// ` in 2 of 3 runs`, and nothing where it was all of them.
fn in_some(some: usize, all: usize) -> String {
    if some == all { String::new() } else { format!(" in {some} of {}", count(all as u64, "run")) }
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
                let of_mode = with_most_workers(runs, mode).map(|(_, runs)| runs).unwrap_or_default();
                let innocent = |crash: &Crash| u64::from(crash.failed.saturating_sub(1));
                of_mode.into_iter().filter_map(crash).map(innocent).sum::<u64>()
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
            let latest = |mode: LabMode| {
                let (_, runs) = with_most_workers(runs, mode)?;
                Some((mode, longest_gap(&runs)?))
            };
            let modes = LabMode::ALL.into_iter().filter(|mode| *mode != LabMode::Gil);
            let (mode, gap) = modes.filter_map(latest).min_by(|(_, a), (_, b)| a.total_cmp(b))?;
            advise(mode, format!("Here a frame came at the latest after {}", time(gap)))
        }
        Workload::Deadlock => {
            let consistent: Vec<(LabMode, bool)> = runs
                .iter()
                .filter_map(|run| match run.detail {
                    Detail::Locked { order: LockOrder::Consistent, outcome, .. } => {
                        Some((run.mode, outcome == "finished"))
                    }
                    _ => None,
                })
                .collect();
            let (tried, finished) = (consistent.len(), consistent.iter().filter(|(_, finished)| *finished).count());
            let mode = if most(LabMode::Threads).is_some() { LabMode::Threads } else { consistent.first()?.0 };
            let runs = count(tried as u64, "run");
            advise(mode, format!("Take locks in one order everywhere: that finished in {finished} of {runs} here"))
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

fn counted(mode: LabMode, who: &str, runs: &[&LabRun]) -> Option<String> {
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
        let (most, lost) = (lost.iter().copied().fold(0.0, f64::max), median(&lost));
        let (rounds, wall) = (of_lock.len(), median(&of_lock.iter().map(|(wall, _)| *wall).collect::<Vec<_>>()));
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
                if shares == 1 { "1 process".to_owned() } else { format!("{shares} processes") }
            )
        } else if most > 0.0 {
            let all = tally.expected;
            let lost = if rounds == 1 || lost.total_cmp(&most).is_eq() {
                format!("{lost:.0} of {all} updates were lost")
            } else {
                format!("up to {most:.0} of {all} updates were lost, {lost:.0} in the middle run")
            };
            format!("{lost}, each overwritten by a lane that had read the same number")
        } else {
            format!("all {} updates are there", tally.expected)
        };
        parts.push(format!("{name} {missing} ({})", time(wall)));
    }
    (!parts.is_empty()).then(|| format!("{who}: {}.", parts.join("; ")))
}

fn locked(mode: LabMode, who: &str, runs: &[&LabRun]) -> Option<String> {
    let parts: Vec<String> = LockOrder::ALL
        .into_iter()
        .filter_map(|wanted| {
            let of_order = |run: &&LabRun| match run.detail {
                Detail::Locked { order, detected_ms, .. } if order == wanted => Some(detected_ms),
                _ => None,
            };
            let found: Vec<Option<f64>> = runs.iter().filter_map(of_order).collect();
            let noticed: Vec<f64> = found.iter().filter_map(|ms| *ms).collect();
            let order = wanted.as_str();
            match (noticed.len(), found.len()) {
                (_, 0) => None,
                (0, _) => Some(format!("{order} order finished")),
                (some, all) => {
                    let (often, after) = (in_some(some, all), time(median(&noticed)));
                    Some(format!("{order} order ended in a deadlock{often}, noticed after {after}"))
                }
            }
        })
        .collect();
    let alone = if mode == LabMode::Serial && !parts.is_empty() {
        ", since one task is done with both locks before the next begins"
    } else {
        ""
    };
    (!parts.is_empty()).then(|| format!("{who}: {}{alone}.", parts.join(", ")))
}

fn crash(run: &LabRun) -> Option<&Crash> {
    match &run.detail {
        Detail::Crashed(crash) => Some(crash),
        _ => None,
    }
}

fn crashed(who: &str, runs: &[&LabRun]) -> Option<String> {
    let parts: Vec<String> = FaultKind::ALL
        .into_iter()
        .filter_map(|kind| {
            let of_kind = || runs.iter().filter_map(|run| crash(run)).filter(move |crash| crash.kind == kind);
            let tasks = of_kind().next()?.tasks;
            let all = of_kind().count();
            let fate = |program: &str, words: &str| {
                let some = of_kind().filter(|crash| crash.program == program).count();
                if some > 0 { format!(", and {words}{}", in_some(some, all)) } else { String::new() }
            };
            let rest = fate("died", "the program died with it") + &fate("stuck", "a lane stayed stuck");
            let failed = range(of_kind().map(|crash| crash.failed).collect::<Vec<_>>().into_iter());
            Some(format!("{} cost {failed} of {tasks} tasks{rest}", kind.as_str()))
        })
        .collect();
    let apart = runs.iter().filter_map(|run| crash(run)).any(|crash| crash.sacrificial);
    let apart = if apart && !parts.is_empty() { " (in a program of its own, so that this one lives)" } else { "" };
    (!parts.is_empty()).then(|| format!("{who}{apart}: {}.", parts.join("; ")))
}

fn printed(who: &str, runs: &[&LabRun]) -> Option<String> {
    let of_run = |run: &&LabRun| if let Detail::Printed { switches, .. } = run.detail { Some(switches) } else { None };
    let switches: Vec<u64> = runs.iter().filter_map(of_run).collect();
    let most = switches.iter().copied().max()?;
    let apart = switches.iter().filter(|switches| **switches <= 1).count();
    let middle = median(&switches.iter().map(|switches| *switches as f64).collect::<Vec<_>>());
    let words = match most {
        0 => "there is one loop, so that nothing changes hands".to_owned(),
        1 => "all lines of one loop stand before those of the other".to_owned(),
        _ if apart * 2 >= switches.len() => format!(
            "all lines of one loop stand before those of the other{}, and once the lines changed hands {most} times",
            in_some(apart, switches.len())
        ),
        _ => format!("the lines changed hands {middle:.0} times"),
    };
    Some(format!("{who}: {words}."))
}

/// What a run of background workers showed.
struct End {
    timed_out: bool,
    waited_ms: f64,
    ending: &'static str,
    survivors: u32,
    finished: u32,
    exit_ms: f64,
}

fn end(run: &LabRun) -> Option<End> {
    match run.detail {
        Detail::Ended { timed_out, waited_ms, ending, survivors, finished, exit_ms } => {
            Some(End { timed_out, waited_ms, ending, survivors, finished, exit_ms })
        }
        _ => None,
    }
}

fn ended(who: &str, runs: &[&LabRun]) -> Option<String> {
    let ends: Vec<End> = runs.iter().filter_map(|run| end(run)).collect();
    let middle = |figure: fn(&End) -> f64, of: &[&End]| median(&of.iter().map(|end| figure(end)).collect::<Vec<_>>());
    let ways: Vec<String> = [("abandoned", "just ended"), ("joined", "waited for its workers")]
        .into_iter()
        .filter_map(|(wanted, did)| {
            let of_way: Vec<&End> = ends.iter().filter(|end| end.ending == wanted).collect();
            let (finished, survivors) =
                (range(of_way.iter().map(|end| end.finished)), range(of_way.iter().map(|end| end.survivors)));
            let gone = time(middle(|end| end.exit_ms, &of_way));
            (!of_way.is_empty()).then(|| {
                format!(
                    "when the program {did} it was gone after {gone}, {finished} of its workers had done their work \
                     and {survivors} went on without it"
                )
            })
        })
        .collect();
    let all: Vec<&End> = ends.iter().collect();
    let given_up = all.iter().filter(|end| end.timed_out).count();
    let after = time(middle(|end| end.waited_ms, &all));
    let how = match given_up {
        0 => "was done in time".to_owned(),
        some => format!("was given up{}", in_some(some, all.len())),
    };
    (!all.is_empty())
        .then(|| format!("{who}: a task waited for with a limit {how} after {after}; {}.", ways.join("; ")))
}

/// The longest time between two frames of any of these runs.
fn longest_gap(runs: &[&LabRun]) -> Option<f64> {
    let gap = |run: &&LabRun| match run.detail {
        Detail::Frozen { longest_gap_ms, .. } => Some(longest_gap_ms),
        _ => None,
    };
    runs.iter().filter_map(gap).max_by(f64::total_cmp)
}

fn frozen(who: &str, runs: &[&LabRun]) -> Option<String> {
    let gap = time(longest_gap(runs)?);
    let (mut drawn, mut due, mut place) = (0, 0, "");
    for run in runs {
        if let Detail::Frozen { own_thread, frames, frames_due, .. } = run.detail {
            (drawn, due) = (drawn + frames, due + frames_due);
            place = if own_thread { "work on the thread that draws" } else { "work on a lane beside" };
        }
    }
    Some(format!("{who}: {place} left up to {gap} between two frames, and {drawn} of {due} frames were drawn."))
}

fn piped(who: &str, runs: &[&LabRun]) -> Option<String> {
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
        "{who}: fetching alone took {}, converting alone {}, both {}, {overlap}.",
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
