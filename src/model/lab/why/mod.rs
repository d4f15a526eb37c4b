//! Why a comparison came out as it did, and what follows: words made of the measured numbers. Nothing is said that no
//! number stands behind, and where the numbers change, the words do.

mod shown;
#[cfg(test)]
mod tests;

use super::figures::{MOSTLY, median, time};
use super::{Advice, LabMode, LabRun, Side, Summary, Workload};
use shown::shown;

/// A speed-up below this is none.
const HARDLY: f64 = 1.15;

/// Below this share of what could be had, something stands in the way.
const FAR: f64 = 0.7;

/// Runs that differ by more than this share of their middle make small differences meaningless.
const NOISY: f64 = 0.2;

/// A speed-up so far above what could be had is none of the lanes' doing.
const MORE_THAN_CAN_BE: f64 = 1.1;

/// Within this share of the best, the simpler way is as good.
const AS_GOOD: f64 = 1.05;

/// Why it came out so: a paragraph.
pub fn why(workload: Workload, runs: &[LabRun], summaries: &[Summary], cores: u16) -> String {
    let own: Vec<&Summary> = summaries.iter().filter(|summary| summary.side == Side::Millrace).collect();
    let mut sentences = shown(runs, cores);
    if is_about_speed(workload) {
        let serial = own.iter().copied().find(|summary| summary.mode == LabMode::Serial);
        let tasks = Tasks::of(runs);
        sentences.extend(serial.map(|serial| nature(serial, &tasks)));
        for mode in [LabMode::Threads, LabMode::Gil, LabMode::Processes] {
            let best = own.iter().copied().filter(|summary| summary.mode == mode).min_by(|a, b| by_time(a, b));
            sentences.extend(best.and_then(|best| of_mode(best, serial, &tasks, cores)));
        }
        sentences.extend(against_threads(&own, runs));
        sentences.extend(more_workers(&own));
    }
    sentences.extend(python(summaries));
    if is_about_speed(workload) {
        sentences.extend(noise(&own));
    }
    if sentences.is_empty() {
        sentences.push(single(&own));
    }
    sentences.join(" ")
}

/// Which mode is to be taken for this work on this machine.
pub fn advice(workload: Workload, runs: &[LabRun], summaries: &[Summary]) -> Advice {
    if let Some(advice) = shown::advice(workload, runs, summaries) {
        return advice;
    }
    // The lock is there to be looked at: nobody would choose it.
    let own = || summaries.iter().filter(|summary| summary.side == Side::Millrace && summary.mode != LabMode::Gil);
    let cost = |summary: &Summary| summary.startup_ms + summary.median_ms;
    let Some(best) = own().min_by(|a, b| cost(a).total_cmp(&cost(b))) else {
        let because = "Only the interpreter lock was run, which is there to be looked at".to_owned();
        return Advice { mode: LabMode::Threads, workers: summaries.first().map_or(1, |first| first.workers), because };
    };
    // Of those that are as good, or better by chance only, the fewest lanes, and threads before processes.
    let chance = |summary: &Summary| summary.spread_ms.max(best.spread_ms);
    let is_as_good = |summary: &&Summary| {
        cost(summary) <= cost(best) * AS_GOOD || cost(summary) - cost(best) <= chance(summary).min(cost(best) * NOISY)
    };
    let simplest = own().filter(is_as_good);
    let chosen = simplest.min_by_key(|summary| (summary.workers, summary.mode)).unwrap_or(best);
    let others = own().filter(|summary| *summary != chosen).count();
    let because = match (chosen.mode, chosen.speedup) {
        _ if others == 0 => format!("{} is all that was run: compare with --modes all", chosen.mode.title()),
        (LabMode::Serial, _) => format!(
            "One after another is as quick as anything here: {} with its start, and {}",
            time(cost(chosen)),
            if chosen == best { "more lanes cost more than they bring" } else { "more lanes bring next to nothing" }
        ),
        (mode, Some(speedup)) => format!(
            "{} with {} took {} with the start of the lanes, {} as fast as serial, and nothing simpler comes as near as 5 % or what the runs differ by",
            mode.title(),
            workers(chosen.workers),
            time(cost(chosen)),
            times(speedup)
        ),
        (mode, None) => format!("{} with {} was the quickest of what was run", mode.title(), workers(chosen.workers)),
    };
    Advice { mode: chosen.mode, workers: chosen.workers, because }
}

/// Whether the times of its runs are what it is about.
pub fn is_about_speed(workload: Workload) -> bool {
    !matches!(
        workload,
        Workload::Counter
            | Workload::Deadlock
            | Workload::Timeout
            | Workload::Crash
            | Workload::Freeze
            | Workload::Print
    )
}

/// The tasks of the serial runs.
struct Tasks {
    count: u32,
    /// What all of them took, without their handing over, in milliseconds.
    busy_ms: f64,
}

impl Tasks {
    fn of(runs: &[LabRun]) -> Tasks {
        let own = || runs.iter().filter(|run| run.side == Side::Millrace);
        let serial: Vec<f64> = own().filter(|run| run.mode == LabMode::Serial).map(|run| run.busy_ms).collect();
        Tasks { count: own().next().map_or(0, |run| run.task_count), busy_ms: median(&serial) }
    }

    fn each_ms(&self) -> f64 {
        self.busy_ms / f64::from(self.count.max(1))
    }
}

/// Below this share of the whole, the tasks are not what a run is about.
const TINY: f64 = 0.5;

/// What the work is, by its serial run.
fn nature(serial: &Summary, tasks: &Tasks) -> String {
    let share = serial.wait_share.unwrap_or(0.0);
    let what = if tasks.count == 1 { "the one task".to_owned() } else { format!("the {} tasks", tasks.count) };
    if tasks.busy_ms < TINY * serial.median_ms {
        return format!(
            "One after another, {what} took {}; {} of that were the tasks themselves, and the rest went into handing \
             them over.",
            time(serial.median_ms),
            time(tasks.busy_ms)
        );
    }
    let words = if share >= MOSTLY {
        "so it waits far more than it computes, and whoever waits needs no core"
    } else if share <= 1.0 - MOSTLY {
        "so it computes, and each task that computes needs a core of its own"
    } else {
        "so it does both, and while one task waits another can compute"
    };
    format!(
        "One after another, {what} took {}; {} of that was waiting, {words}.",
        time(serial.median_ms),
        percent(share)
    )
}

fn of_mode(best: &Summary, serial: Option<&Summary>, tasks: &Tasks, cores: u16) -> Option<String> {
    let (speedup, ideal) = (best.speedup?, best.ideal?);
    let waited = serial.and_then(|serial| serial.wait_share).unwrap_or(0.0);
    let waits = waited >= MOSTLY;
    let (each_ms, over_ms) = (tasks.each_ms(), best.overhead_us / 1e3);
    let lanes = workers(best.workers);
    let head = format!("{} with {lanes}: {} as fast", best.mode.title(), times(speedup));
    let limit = match (best.mode, waits) {
        (LabMode::Gil, _) => "with one lock to compute under".to_owned(),
        (_, true) => "for waits side by side".to_owned(),
        _ => format!("on {}", count(u64::from(cores), "core")),
    };
    let locked = best.lock_wait_ms > over_ms * f64::from(tasks.count);
    let reason = if speedup > ideal * MORE_THAN_CAN_BE {
        return Some(format!(
            "{head}, which is more than the serial runs let expect ({} {limit}): chance, or other work on this machine, \
             is in these figures.",
            times(ideal)
        ));
    } else if over_ms > each_ms / 4.0 && each_ms > 0.0 && speedup < HARDLY && !locked {
        format!(
            "a task takes {} and handing it over takes {}, so the handing over eats what lanes bring",
            time(each_ms),
            time(over_ms)
        )
    } else if best.mode == LabMode::Gil && !waits && speedup < HARDLY {
        format!("its lanes waited {} altogether for the lock, since only one may compute", time(best.lock_wait_ms))
    } else if best.mode == LabMode::Gil && waits {
        format!("the lock is free while a task waits, and only {} went by waiting for it", time(best.lock_wait_ms))
    } else if waits && speedup >= HARDLY {
        "the waits lie side by side".to_owned()
    } else if ideal < HARDLY {
        format!("more than {} was not to be had {limit}", times(ideal))
    } else if speedup < FAR * ideal && best.core_wait_ms * 4.0 > best.median_ms {
        let line = time(best.core_wait_ms);
        // More lanes than cores stand in line for each other, whatever else the machine does.
        let who = if best.workers <= cores { ", since something else on this machine had it" } else { "" };
        format!("its lanes stood in line for a core for {line}{who}")
    } else if speedup < FAR * ideal {
        "far from what could be had, and no core was missing: the lanes wait for each other".to_owned()
    } else if speedup < HARDLY {
        "hardly any gain, although more was to be had".to_owned()
    } else if waited <= 1.0 - MOSTLY && best.mode != LabMode::Gil && cores > 1 {
        "the cores compute side by side".to_owned()
    } else {
        "while one task waits another computes".to_owned()
    };
    Some(format!("{head} (at best {} {limit}): {reason}.", times(ideal)))
}

/// What a process costs beside a thread, and what it does not bring.
fn against_threads(own: &[&Summary], runs: &[LabRun]) -> Option<String> {
    let of_mode = |mode| own.iter().copied().filter(move |summary| summary.mode == mode);
    let best = |mode| of_mode(mode).min_by(|a, b| by_time(a, b));
    let (threads, processes) = (best(LabMode::Threads)?, best(LabMode::Processes)?);
    let several = of_mode(LabMode::Threads).count() + of_mode(LabMode::Processes).count() > 2;
    let lanes = |summary: &Summary| {
        if several { format!(" with {}", workers(summary.workers)) } else { String::new() }
    };
    let once =
        runs.iter().filter(|run| run.mode == LabMode::Processes && run.workers == processes.workers).count() == 1;
    let serial = own.iter().find(|summary| summary.mode == LabMode::Serial);
    let computes = serial.and_then(|serial| serial.wait_share).is_some_and(|share| share <= 1.0 - MOSTLY);
    let ratio = threads.median_ms / processes.median_ms.max(0.001);
    let is_within_the_spread =
        (threads.median_ms - processes.median_ms).abs() <= threads.spread_ms.max(processes.spread_ms);
    let quicker = if ratio > 1.1 {
        let chance = match (once, is_within_the_spread) {
            (true, _) => ", in a single run of each",
            (_, true) => ", which is within what the runs differ by",
            _ => "",
        };
        let (processes, threads) = (lanes(processes), lanes(threads));
        format!("Here processes{processes} were {} as fast as threads{threads}{chance}", times(ratio))
    } else if ratio < 0.9 {
        let longer = times(1.0 / ratio.max(0.001));
        format!("Processes{} took {longer} as long as threads{}", lanes(processes), lanes(threads))
    } else {
        format!("Processes{} were no faster than threads{}", lanes(processes), lanes(threads))
    };
    let side_by_side = if computes { "; Rust's threads compute side by side without a lock" } else { "" };
    let memory = match (threads.private_bytes, processes.private_bytes) {
        (0, _) | (_, 0) => String::new(),
        (threads, processes) => format!(" and held {} of their own against {}", mib(processes), mib(threads)),
    };
    Some(format!(
        "{quicker}{side_by_side}. The processes took {} to start against {}{memory}: what they buy is that a crash or a hang \
         costs one task.",
        time(processes.startup_ms),
        time(threads.startup_ms)
    ))
}

/// Where more lanes stopped to help.
fn more_workers(own: &[&Summary]) -> Option<String> {
    let mut points: Vec<&Summary> = own.iter().copied().filter(|summary| summary.mode == LabMode::Threads).collect();
    points.sort_by_key(|summary| summary.workers);
    if points.len() < 3 {
        return None;
    }
    let best = points.iter().copied().min_by(|a, b| by_time(a, b))?;
    let enough = points.iter().copied().find(|summary| summary.median_ms <= best.median_ms * AS_GOOD)?;
    let last = points.last()?;
    if enough.workers == last.workers {
        let helped = points.windows(2).all(|pair| pair[1].median_ms < pair[0].median_ms);
        let how = if helped {
            "each step of more threads still helped"
        } else {
            "more threads helped, though not at each step"
        };
        return Some(format!("Up to {} {how}.", workers(last.workers)));
    }
    let (few, many) = (time(enough.median_ms), time(last.median_ms));
    Some(format!("{} were enough: {few}, and with {} it was {many}.", capital(&workers(enough.workers)), last.workers))
}

fn python(summaries: &[Summary]) -> Option<String> {
    let of = |side, mode| summaries.iter().filter(move |summary| summary.side == side && summary.mode == mode);
    let threads = of(Side::Python, LabMode::Threads).max_by_key(|summary| summary.workers)?;
    let speedup = threads.speedup?;
    let with_as_many = |side, mode| {
        of(side, mode).find(|summary| summary.workers == threads.workers).and_then(|summary| summary.speedup)
    };
    let own = with_as_many(Side::Millrace, LabMode::Threads);
    let beside = own.map_or_else(String::new, |own| format!(" where Millrace's made it {}", times(own)));
    let processes = with_as_many(Side::Python, LabMode::Processes);
    let processes = processes.map_or_else(String::new, |speedup| format!(", its processes {}", times(speedup)));
    let lanes = workers(threads.workers);
    Some(format!("With {lanes} Python's own threads made this {} as fast{beside}{processes}.", times(speedup)))
}

fn noise(own: &[&Summary]) -> Option<String> {
    let worst = own.iter().max_by(|a, b| relative(a).total_cmp(&relative(b)))?;
    let share = relative(worst);
    (share > NOISY).then(|| {
        format!(
            "The runs of {} with {} differ by {}, so small differences here mean nothing.",
            worst.mode,
            workers(worst.workers),
            percent(share)
        )
    })
}

/// There is nothing to compare with.
fn single(own: &[&Summary]) -> String {
    let times: Vec<String> = own
        .iter()
        .map(|summary| {
            let (mode, lanes) = (summary.mode.title(), workers(summary.workers));
            let waited =
                summary.wait_share.map(|share| format!(", and its tasks waited {} of their time", percent(share)));
            format!("{mode} with {lanes} took {}{}.", time(summary.median_ms), waited.unwrap_or_default())
        })
        .collect();
    if times.is_empty() { "Nothing ran to its end.".to_owned() } else { times.join(" ") }
}

fn relative(summary: &Summary) -> f64 {
    // Differences of a few milliseconds are the clock's and the scheduler's.
    if summary.median_ms < 5.0 { 0.0 } else { summary.spread_ms / summary.median_ms }
}

fn by_time(a: &Summary, b: &Summary) -> std::cmp::Ordering {
    a.median_ms.total_cmp(&b.median_ms)
}

fn workers(number: u16) -> String {
    count(u64::from(number), "worker")
}

/// A number of things: "1 worker", "2 workers".
pub fn count(number: u64, what: &str) -> String {
    if number == 1 { format!("1 {what}") } else { format!("{number} {what}s") }
}

fn times(factor: f64) -> String {
    format!("{factor:.2}×")
}

fn percent(share: f64) -> String {
    format!("{:.0} %", share * 100.0)
}

fn mib(bytes: u64) -> String {
    format!("{} MiB", (bytes + (1 << 19)) >> 20)
}

/// With a capital at the beginning, as sentences have.
pub fn capital(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}
