//! Why a comparison came out as it did, and what follows: words made of the measured numbers. Nothing is said that no
//! number stands behind, and where the numbers change, the words do.

mod shown;
#[cfg(test)]
mod tests;

use super::figures::time;
use super::{Advice, LabMode, LabRun, Side, Summary, Workload};
use shown::shown;

/// From this share of waiting on, work is said to wait.
const MOSTLY: f64 = 0.7;

/// A speed-up below this is none.
const HARDLY: f64 = 1.15;

/// Below this share of what could be had, something stands in the way.
const FAR: f64 = 0.7;

/// Runs that differ by more than this share of their middle make small differences meaningless.
const NOISY: f64 = 0.2;

/// Within this share of the best, the simpler way is as good.
const AS_GOOD: f64 = 1.05;

/// Why it came out so: a paragraph.
pub fn why(workload: Workload, runs: &[LabRun], summaries: &[Summary], cores: u16) -> String {
    let own: Vec<&Summary> = summaries.iter().filter(|summary| summary.side == Side::Millrace).collect();
    let mut sentences = shown(runs, cores);
    if is_about_speed(workload) {
        let serial = own.iter().copied().find(|summary| summary.mode == LabMode::Serial);
        let tasks = runs.iter().find(|run| run.side == Side::Millrace).map_or(0, |run| run.task_count);
        sentences.extend(serial.map(|serial| nature(serial, tasks)));
        for mode in [LabMode::Threads, LabMode::Gil, LabMode::Processes] {
            let best = own.iter().copied().filter(|summary| summary.mode == mode).min_by(|a, b| by_time(a, b));
            sentences.extend(best.and_then(|best| of_mode(best, serial, tasks, cores)));
        }
        sentences.extend(against_threads(&own));
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
    // Of those that are as good, the fewest lanes, and threads before processes.
    let simplest = own().filter(|summary| cost(summary) <= cost(best) * AS_GOOD);
    let chosen = simplest.min_by_key(|summary| (summary.workers, summary.mode)).unwrap_or(best);
    let others = own().filter(|summary| *summary != chosen).count();
    let because = match (chosen.mode, chosen.speedup) {
        _ if others == 0 => format!("{} is all that was run: compare with --modes all", chosen.mode.title()),
        (LabMode::Serial, _) => format!(
            "One after another is as quick as anything here: {} with its start, and more lanes cost more than they bring",
            time(cost(chosen))
        ),
        (mode, Some(speedup)) => format!(
            "{} with {} took {} with the start of the lanes, {} as fast as serial, and nothing simpler comes within 5 %",
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

/// What the work is, by its serial run.
fn nature(serial: &Summary, tasks: u32) -> String {
    let share = serial.wait_share;
    let words = if share >= MOSTLY {
        "so it waits far more than it computes, and whoever waits needs no core"
    } else if share <= 1.0 - MOSTLY {
        "so it computes, and each task that computes needs a core of its own"
    } else {
        "so it does both, and while one task waits another can compute"
    };
    let what = if tasks == 1 { "the one task".to_owned() } else { format!("the {tasks} tasks") };
    format!(
        "One after another, {what} took {}; {} of that was waiting, {words}.",
        time(serial.median_ms),
        percent(share)
    )
}

fn of_mode(best: &Summary, serial: Option<&Summary>, tasks: u32, cores: u16) -> Option<String> {
    let (speedup, ideal) = (best.speedup?, best.ideal?);
    let waits = serial.is_some_and(|serial| serial.wait_share >= MOSTLY);
    let each_us = serial.map_or(0.0, |serial| serial.median_ms * 1e3 / f64::from(tasks.max(1)));
    let lanes = workers(best.workers);
    let head = format!("{} with {lanes}: {} as fast", best.mode.title(), times(speedup));
    let limit = match (best.mode, waits) {
        (LabMode::Gil, _) => "with one lock to compute under".to_owned(),
        (_, true) => "for waits side by side".to_owned(),
        _ => format!("on {}", count(u64::from(cores), "core")),
    };
    let reason = if best.overhead_us > each_us / 4.0 && each_us > 0.0 && speedup < HARDLY {
        format!(
            "a task takes {} and handing it over takes {}, so the handing over eats what lanes bring",
            time(each_us / 1e3),
            time(best.overhead_us / 1e3)
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
        format!("its lanes stood in line for a core for {line}, since something else on this machine had it")
    } else if speedup < FAR * ideal {
        "far from what could be had, and no core was missing: the lanes wait for each other".to_owned()
    } else if speedup < HARDLY {
        "hardly any gain, although more was to be had".to_owned()
    } else {
        "the cores compute side by side".to_owned()
    };
    Some(format!("{head} (at best {} {limit}): {reason}.", times(ideal)))
}

/// What a process costs beside a thread, and what it does not bring.
fn against_threads(own: &[&Summary]) -> Option<String> {
    let most = |mode| {
        let of_mode = own.iter().copied().filter(move |summary| summary.mode == mode);
        of_mode.max_by_key(|summary| summary.workers)
    };
    let (threads, processes) = (most(LabMode::Threads)?, most(LabMode::Processes)?);
    let ratio = threads.median_ms / processes.median_ms.max(0.001);
    let quicker = if ratio > 1.1 {
        format!(
            "Here processes were {} as fast as threads, which is chance or the machine's doing, since",
            times(ratio)
        )
    } else if ratio < 0.9 {
        format!("Processes took {} as long as threads, although", times(1.0 / ratio.max(0.001)))
    } else {
        "Processes were no faster than threads:".to_owned()
    };
    let memory = match (threads.private_bytes, processes.private_bytes) {
        (0, _) | (_, 0) => String::new(),
        (threads, processes) => format!(" and held {} of their own against {}", mib(processes), mib(threads)),
    };
    Some(format!(
        "{quicker} Rust's threads compute side by side without a lock. The processes took {} to start against {}{memory}: \
         what they buy is that a crash or a hang costs one task.",
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
        return Some(format!("Up to {} each step of more threads still helped.", workers(last.workers)));
    }
    let (few, many) = (time(enough.median_ms), time(last.median_ms));
    Some(format!("{} were enough: {few}, and with {} it was {many}.", capital(&workers(enough.workers)), last.workers))
}

fn python(summaries: &[Summary]) -> Option<String> {
    let of = |side, mode| summaries.iter().find(move |summary| summary.side == side && summary.mode == mode);
    let threads = of(Side::Python, LabMode::Threads)?;
    let speedup = threads.speedup?;
    let own = of(Side::Millrace, LabMode::Threads).and_then(|own| own.speedup);
    let beside = own.map_or_else(String::new, |own| format!(" where Millrace's made it {}", times(own)));
    let processes = of(Side::Python, LabMode::Processes).and_then(|summary| summary.speedup);
    let processes = processes.map_or_else(String::new, |speedup| format!(", its processes {}", times(speedup)));
    Some(format!("Python's own threads made this {} as fast{beside}{processes}.", times(speedup)))
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
            let waited = percent(summary.wait_share);
            format!(
                "{mode} with {lanes} took {}, and its tasks waited {waited} of their time.",
                time(summary.median_ms)
            )
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

fn count(number: u64, what: &str) -> String {
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

fn capital(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}
