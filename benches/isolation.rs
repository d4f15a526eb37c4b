//! What child processes cost: the same pictures converted on threads and in worker processes, alternating, by the
//! CPU time of the whole process tree. Tells both and their ratio, round by round. `QUICK=1` runs fewer and smaller rounds.
//!
//! Reads the CPU time of ended children from /proc, so it runs on Linux alone.

mod figures;

use figures::{is_quick, percentile, say, tell};
use image::{ImageBuffer, Rgb};
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Instant;

/// The target: processes cost at most this much more CPU than threads.
const MOST: f64 = 1.05;

struct Run {
    cpu_ms: f64,
    wall_ms: f64,
}

fn main() {
    if !cfg!(target_os = "linux") {
        say("the CPU time of ended children is read from /proc, which only Linux has");
        return;
    }
    let (pictures, width, rounds) = if is_quick() { (6, 2000, 3) } else { (24, 4000, 7) };
    let folder = tempfile::tempdir().expect("a folder");
    let input = folder.path().join("in");
    make_pictures(&input, pictures, width);
    let megapixels = f64::from(width * width * 3 / 4) / 1e6;
    say(&format!("{pictures} JPEG pictures of {megapixels:.0} MP to \"Web 1920\", 2 lanes, {rounds} rounds each"));
    let modes = ["threads", "processes"];
    let mut runs: [Vec<Run>; 2] = [Vec::new(), Vec::new()];
    for round in 0..=rounds {
        for (mode, runs) in modes.iter().zip(&mut runs) {
            let run = convert(&input, &folder.path().join("out"), mode);
            // The first round warms the caches.
            if round > 0 {
                runs.push(run);
            }
        }
    }
    for (mode, runs) in modes.iter().zip(&runs) {
        let of = |figure: fn(&Run) -> f64| runs.iter().map(figure).collect::<Vec<f64>>();
        tell("isolation_cpu", &format!("millrace {mode}"), of(|run| run.cpu_ms), "ms");
        tell("isolation_wall", &format!("millrace {mode}"), of(|run| run.wall_ms), "ms");
    }
    let mut ratios: Vec<f64> =
        runs[0].iter().zip(&runs[1]).map(|(threads, processes)| processes.cpu_ms / threads.cpu_ms).collect();
    tell("isolation_cpu_ratio", "processes/threads", ratios.clone(), "1");
    ratios.sort_by(f64::total_cmp);
    let ratio = percentile(&ratios, 0.5);
    let verdict = if ratio <= MOST { "met" } else { "MISSED" };
    say(&format!("processes / threads, CPU: {ratio:.3} (target at most {MOST}: {verdict})"));
}

fn make_pictures(folder: &Path, count: usize, width: u32) {
    fs::create_dir(folder).expect("a folder");
    let pixels = ImageBuffer::from_fn(width, width * 3 / 4, |x, y| {
        let wave = (f64::from(x) / 90.0).sin() * (f64::from(y) / 70.0).cos();
        let grain = x.wrapping_mul(2_654_435_761).wrapping_add(y.wrapping_mul(2_246_822_519)) >> 28;
        Rgb([(128.0 + 100.0 * wave) as u8, (x * 255 / width) as u8, (y * 255 / width + grain) as u8])
    });
    let first = folder.join("0.jpg");
    pixels.save(&first).expect("a picture");
    for n in 1..count {
        fs::copy(&first, folder.join(format!("{n}.jpg"))).expect("a copy");
    }
}

fn convert(input: &Path, out: &Path, mode: &str) -> Run {
    let cpu_before = cpu_of_children_ms();
    let started = Instant::now();
    let status = Command::new(env!("CARGO_BIN_EXE_millrace"))
        .args(["convert", "-q", "--recipe", "Web 1920", "--workers", "2", "--mode", mode, "-o"])
        .args([out, input])
        .env("MILLRACE_STATE", out.with_extension("state"))
        .stdout(Stdio::null())
        .status()
        .expect("started");
    let wall_ms = started.elapsed().as_secs_f64() * 1e3;
    assert!(status.success(), "{mode}: {status}");
    fs::remove_dir_all(out).expect("removed");
    Run { cpu_ms: cpu_of_children_ms() - cpu_before, wall_ms }
}

/// CPU time of all children that ended, and of theirs, in milliseconds. The kernel counts in steps of 10 ms.
fn cpu_of_children_ms() -> f64 {
    let stat = fs::read_to_string("/proc/self/stat").expect("Linux");
    let after_name = stat.rsplit_once(") ").expect("a well-formed stat").1;
    let ticks: u64 = after_name.split(' ').skip(13).take(2).filter_map(|field| field.parse::<u64>().ok()).sum();
    ticks as f64 * 10.0
}
