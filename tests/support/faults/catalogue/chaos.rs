//! Servers that do something else with every request, by chance. The chance follows from a seed, so a run can be repeated.

use super::super::Must::Either;
use super::super::reply::{Happening, Place, Reply};
use super::super::truth::{File, mix};
use super::super::{Ask, Fault};
use super::ANY;

const SEEDS: u64 = 24;
/// After so many requests the server has calmed down.
const CALM: usize = 12;

pub(super) fn faults() -> Vec<Fault> {
    let mut faults: Vec<Fault> = (0..SEEDS)
        .map(|seed| {
            Fault::new(format!("chaos-{seed}"), Either(ANY), move |ask| act(ask, seed, ask.file))
                .len(100_000 + mix(seed) % 900_000)
                .limit(60)
        })
        .collect();
    faults.extend((0..SEEDS / 3).map(|seed| {
        let version = |file: &File, n: u64| File::new(file.seed + n, file.len - n * 1000);
        let fault = Fault::new(format!("chaos-changing-{seed}"), Either(ANY), move |ask| {
            // Three versions of the file, each with its own validators.
            let n = mix(seed * 1000 + ask.turn as u64 / 2) % 3;
            act(ask, seed + 1000, &version(ask.file, n))
        });
        let fault = fault.len(300_000 + mix(seed) % 500_000).limit(60);
        (0..3).fold(fault, |fault, n| fault.right(move |file| version(file, n)))
    }));
    faults.extend((0..SEEDS / 3).map(|seed| {
        Fault::new(format!("chaos-segments-{seed}"), Either(ANY), move |ask| act(ask, seed + 2000, ask.file))
            .len(4_000_000 + mix(seed) % 4_000_000)
            .options(&["--segments", "4", "--per-host", "4"])
            .limit(60)
    }));
    faults
}

fn act(ask: &Ask<'_>, seed: u64, file: &File) -> Reply {
    let good = Reply::ranged(file, ask.request);
    if ask.turn >= CALM {
        return good;
    }
    let chance = mix(seed * 7919 + ask.turn as u64);
    let len = good.body.len();
    let place = (mix(chance) % (len as u64 + 1)) as usize;
    match chance % 24 {
        0 => Reply::nothing(),
        1 => good.at(Place::Head(place % 60), Happening::Reset),
        2 => good.at(Place::Head(place % 60), Happening::Close),
        3..=6 => good.cut(place),
        7 | 8 => good.reset(place),
        9 => good.hold(place),
        10 => good.wait(place, 500),
        11 => good.late(500),
        12 => good.slowly(50_000, 30),
        13 => Reply::page("503 Service Unavailable"),
        14 => Reply::page("429 Too Many Requests").header("Retry-After", "1"),
        15 => Reply::page("502 Bad Gateway").closing(),
        16 => Reply::whole(file),
        17 => good.chunked(1 + place / 3),
        18 if ask.resumes() => Reply::page("200 OK"),
        19 if ask.resumes() => Reply::status("416 Range Not Satisfiable"),
        20 if ask.resumes() => good.without("Content-Range"),
        21 if ask.resumes() => Reply::whole(file).chunked(10_000).cut(place),
        22 => Reply::redirect(&format!("file.bin?again={}", ask.turn)),
        _ => good,
    }
}
