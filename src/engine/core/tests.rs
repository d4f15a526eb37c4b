//! The core's invariants under random inputs: lanes that answer well, badly, late and twice, workers that die, disks that
//! fill, clocks that run out, and a person who changes their mind.

mod world;

use super::{Effect, Force, Input};
use crate::model::record::Origin;
use crate::model::{
    Batch, BatchOptions, Command, ErrorKind, Event, Failure, FetchOptions, JobId, JobSpec, JobState, Leftover, Mode,
    Moment, Output, Place, Pool, Reached, Recipe, Record, Selection, Spot, Task, Timing, filename,
};
use proptest::prelude::*;
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;
use world::{Op, World, op};

const WINDOW: usize = 3;

/// Runs random inputs against a core, whose world checks every effect, and then everything to its end.
fn check(ops: Vec<Op>, window: usize) {
    let mut world = World::new(window);
    for op in ops {
        world.apply(op);
    }
    check_replay(&world);
    world.drain();
    assert!(world.states.iter().all(|state| state.is_final()), "every job reaches a final state: {:?}", world.states);
    assert!(world.running.is_empty(), "every started task finished");
    assert!(world.memory.is_empty(), "all memory is given back");
}

/// Replaying the journal gives the live state: what is unfinished, how far it came and where it stands. And that runs to
/// its end, too.
fn check_replay(world: &World) {
    let kept = |id: &usize| world.kept[*id] && !world.removed.contains(&JobId(*id as u32));
    let unfinished: BTreeSet<usize> = (0..world.states.len())
        .filter(kept)
        .filter(|id| !world.states[*id].is_final() || world.disk_full.contains(&JobId(*id as u32)))
        .collect();
    let leftovers = world.ledger.leftovers();
    let read: BTreeSet<usize> = leftovers.iter().flat_map(|(_, ids)| ids).map(|id| id.0 as usize).collect();
    assert_eq!(read, unfinished, "what the records leave unfinished is what is unfinished");
    for (leftover, ids) in &leftovers {
        for (place, reached) in &leftover.reached {
            let id = ids[*place];
            match reached {
                Reached::Stage { .. } => assert_eq!(world.core.job(id).map(super::job::Job::stage), Some(1)),
                Reached::Moved(place) => {
                    assert_eq!(world.core.place(id), *place, "a moved job stays where it was put");
                }
                Reached::Committed { .. } => {}
            }
        }
    }
    let mut next = World::new(1);
    let count: usize = leftovers.iter().map(|(_, ids)| ids.len()).sum();
    next.step(Input::Loaded(leftovers.into_iter().map(|(leftover, _)| leftover).collect::<Vec<Leftover>>()));
    assert_eq!(next.states.len(), count);
    next.drain();
    assert!(next.states.iter().all(|state| state.is_final()), "what was left reaches its end: {:?}", next.states);
}

/// At least 10,000 cases for each property, some 400,000 inputs.
fn cases() -> ProptestConfig {
    ProptestConfig { cases: 10_000, failure_persistence: None, ..ProptestConfig::default() }
}

proptest! {
    #![proptest_config(cases())]

    #[test]
    fn the_invariants_hold_under_random_inputs(ops in prop::collection::vec(op(), 0..80)) {
        check(ops, WINDOW);
    }

    #[test]
    fn the_invariants_hold_with_one_attempt_a_lane(ops in prop::collection::vec(op(), 0..80)) {
        check(ops, 1);
    }

    #[test]
    fn nothing_that_was_removed_comes_back_whenever_the_program_ends(ops in prop::collection::vec(op(), 0..80)) {
        let mut world = World::new(WINDOW);
        for op in ops {
            world.apply(op);
        }
        world.end_the_program();
        check_replay(&world);
    }
}

#[test]
fn what_is_removed_while_it_runs_has_ended_when_the_program_does() {
    for stalled in [false, true] {
        let mut world = World::new(1);
        world.apply(Op::Submit(vec![0, 2, 0, 0], 0));
        // One is given its name, one is fetched and two are converted.
        let (lane, first) = world.inflight().into_iter().find(|(_, attempt)| attempt.job == JobId(0)).expect("it runs");
        world.finish(lane, first, 7);
        assert_eq!(world.inflight().len(), 3);
        world.apply(Op::Stall(stalled));
        world.command(6, &[0, 1, 2]);
        assert!(world.removed.is_empty(), "its lane was told and has not answered");
        world.end_the_program();
        assert_eq!(world.removed, BTreeSet::from([0, 1, 2].map(JobId)));
        let left = world.ledger.leftovers();
        assert_eq!(left.iter().flat_map(|(_, ids)| ids).collect::<Vec<_>>(), [&JobId(3)], "the others go on later");
    }
}

#[test]
fn a_worker_that_dies_costs_its_task_one_attempt_and_a_second_death_ends_it() {
    let mut world = World::new(WINDOW);
    world.apply(Op::Submit(vec![0; 6], 0));
    let lane = world.inflight()[0].0;
    let (head, others) = {
        let inflight = &world.lanes[&lane].inflight;
        (inflight[0], inflight.len() - 1)
    };
    assert_eq!(others, 2, "two wait behind the head");
    world.lose(lane, Some(1));
    assert_eq!(world.charged.get(&head.job), Some(&1));
    assert_eq!(world.charged.len(), 1, "nobody else is charged");
    let lane = world.inflight().iter().find(|(_, attempt)| attempt.job == head.job).expect("tried again").0;
    world.lose(lane, Some(1));
    assert_eq!(world.error(head.job), Some(ErrorKind::Quarantined));
}

#[test]
fn only_attempts_that_got_no_further_and_the_last_one_are_charged() {
    let lost = || Failure::new(ErrorKind::Connect, "lost").retryable();
    let there = |there| Failure { there, ..lost() };
    for (failures, charged) in [
        (vec![], 1),
        ((1..10).map(there).collect(), 1),
        (vec![lost(), there(1), lost(), lost(), there(2)], 4),
        (vec![there(1), Failure { retry: crate::model::RetryHint::Never, ..there(2) }], 1),
        (vec![there(1), lost(), lost(), lost()], 3),
        (vec![there(9), there(5), there(6), there(7)], 2),
        (vec![there(9), there(5), there(9), there(5), there(9), there(5)], 3),
    ] {
        let mut world = World::new(1);
        let options = BatchOptions { recipe: None, ..(*world::options(0)).clone() };
        let jobs = vec![JobSpec::link("a", "http://host/a", None)];
        world.step(Input::Command(Command::Submit(Arc::new(Batch { options: Arc::new(options), jobs }))));
        for failure in failures {
            let (lane, attempt) = world.inflight()[0];
            world.end(lane, attempt, Err(failure));
            world.apply(Op::Wait(60_000));
        }
        world.drain();
        assert_eq!(world.attempts(JobId(0)), Some(charged));
    }
}

#[test]
fn light_jobs_that_lose_their_worker_go_back_and_only_the_guilty_is_charged() {
    let mut world = World::new(1);
    world.step(Input::Command(Command::SetLanes(Pool::Mill, 1)));
    world.apply(Op::Submit(vec![5; 8], 0));
    let lane = world.inflight()[0].0;
    // The first answer is quick, so the next hand-over is of several.
    world.compute(lane, 1, 10);
    let several = world.lanes[&lane].inflight.len();
    assert!(several > 2, "{several}");
    let guilty = world.lanes[&lane].inflight[1].job;
    world.lose(lane, Some(2));
    assert_eq!(world.charged.get(&guilty), Some(&1));
    assert_eq!(world.charged.len(), 1, "nobody else is charged");
    for _ in 0..2 {
        let place = world.lanes[&lane].inflight.iter().position(|attempt| attempt.job == guilty).expect("tried again");
        world.lose(lane, Some(place + 1));
    }
    assert_eq!(world.error(guilty), Some(ErrorKind::Quarantined));
    world.drain();
    let done = world.states.iter().filter(|state| **state == JobState::Done).count();
    assert_eq!(done, 7, "all others are done");
}

#[test]
fn a_worker_that_does_not_come_up_is_held_against_nobody_until_it_happens_again_and_again() {
    let mut world = World::new(1);
    world.apply(Op::Submit(vec![0], 0));
    for _ in 0..2 {
        let lane = world.inflight()[0].0;
        world.lose(lane, None);
        assert!(world.charged.is_empty());
    }
    let lane = world.inflight()[0].0;
    world.lose(lane, None);
    assert_eq!(world.error(JobId(0)), Some(ErrorKind::Io));
}

#[test]
fn a_process_that_does_not_heed_a_cancel_is_terminated_and_then_killed() {
    let mut world = World::new(1);
    world.apply(Op::Submit(vec![0], 0));
    world.command(0, &[]);
    let lane = world.inflight()[0].0;
    for (second, force) in [(1, Force::Terminate), (2, Force::Kill)] {
        let at = Moment(second * 1_000_000);
        assert_eq!(world.core.next_tick(), Some(at));
        let effects = world.core.step(at, Input::Tick);
        assert!(matches!(effects[..], [Effect::End(id, how)] if id == lane && how == force), "{effects:?}");
    }
    assert_eq!(world.core.next_tick(), None);
    world.lose(lane, Some(1));
    assert_eq!(world.states, [JobState::Cancelled], "and it is a cancel, not a crash");
}

#[test]
fn a_deadline_does_not_run_while_paused() {
    let mut world = World::new(1);
    world.apply(Op::Submit(vec![0], 100));
    world.apply(Op::Wait(60));
    world.step(Input::Command(Command::Pause(Selection::All)));
    world.apply(Op::Wait(10_000));
    assert!(!world.is_stopping(JobId(0)), "it had 60 ms only");
    world.step(Input::Command(Command::Resume(Selection::All)));
    world.apply(Op::Wait(39));
    assert!(!world.is_stopping(JobId(0)), "it had 99 ms only");
    world.apply(Op::Wait(1));
    assert!(world.is_stopping(JobId(0)));
    let (lane, attempt) = world.inflight()[0];
    world.end(lane, attempt, Err(Failure::cancelled()));
    assert_eq!(world.error(JobId(0)), Some(ErrorKind::Timeout));
}

#[test]
fn a_download_is_converted_in_its_own_place() {
    let mut world = World::new(1);
    world.step(Input::Command(Command::SetMode(Mode::Serial)));
    world.apply(Op::Submit(vec![2, 2], 0));
    let order: Vec<u32> = (0..4)
        .map(|_| {
            let (lane, attempt) = world.inflight()[0];
            world.finish(lane, attempt, 7);
            world.apply(Op::Committed(7));
            attempt.job.0
        })
        .collect();
    assert_eq!(order, [0, 0, 1, 1], "the serial lane ends one job before it begins the next");
}

#[test]
fn a_paused_attempt_does_not_block_its_pool() {
    let mut world = World::new(1);
    world.step(Input::Command(Command::SetLanes(Pool::Mill, 1)));
    world.apply(Op::Submit(vec![0, 0], 0));
    world.step(Input::Command(Command::Pause(Selection::Jobs(vec![JobId(0)]))));
    let running: Vec<u32> = world.inflight().iter().map(|(_, attempt)| attempt.job.0).collect();
    assert_eq!(running, [0, 1], "another lane stands in");
    world.drain();
}

/// The order in which jobs run on one lane after `commands`.
fn order_after(jobs: usize, commands: Vec<Command>) -> Vec<u32> {
    let mut world = World::new(1);
    world.step(Input::Command(Command::SetMode(Mode::Serial)));
    world.step(Input::Command(Command::Pause(Selection::All)));
    world.apply(Op::Submit(vec![0; jobs], 0));
    for command in commands {
        world.step(Input::Command(command));
    }
    let mut told: Vec<u32> = (0..jobs as u32).collect();
    told.sort_by_key(|id| (world.places.get(&JobId(*id)).copied().unwrap_or(Place::usual(JobId(*id))), *id));
    world.step(Input::Command(Command::Resume(Selection::All)));
    let mut order = Vec::new();
    while let Some((lane, attempt)) = world.inflight().first().copied() {
        order.push(attempt.job.0);
        world.finish(lane, attempt, 7);
    }
    assert_eq!(order, told, "the order that is told is the one that holds");
    order
}

#[test]
fn jobs_start_by_priority_and_in_the_order_that_somebody_chose() {
    let jobs = |ids: &[u32]| ids.iter().copied().map(JobId).collect::<Vec<_>>();
    let some = |ids: &[u32]| Selection::Jobs(jobs(ids));
    assert_eq!(order_after(5, vec![Command::Move(jobs(&[4, 3]), Spot::First)]), [4, 3, 0, 1, 2]);
    assert_eq!(order_after(5, vec![Command::Move(jobs(&[1, 0]), Spot::Last)]), [2, 3, 4, 1, 0]);
    assert_eq!(order_after(5, vec![Command::Move(jobs(&[4, 0]), Spot::Before(JobId(2)))]), [1, 4, 0, 2, 3]);
    assert_eq!(order_after(5, vec![Command::Prioritise(some(&[3]), 1)]), [3, 0, 1, 2, 4]);
    assert_eq!(order_after(5, vec![Command::Prioritise(some(&[0, 1]), -1)]), [2, 3, 4, 0, 1]);
    let thrice = |id: u32| Command::Move(jobs(&[id]), Spot::Before(JobId(1)));
    assert_eq!(order_after(5, vec![thrice(2), thrice(3), thrice(4)]), [0, 2, 3, 4, 1]);
    let both = vec![Command::Move(jobs(&[4]), Spot::First), Command::Prioritise(some(&[2]), 1)];
    assert_eq!(order_after(5, both), [2, 4, 0, 1, 3]);
}

#[test]
fn moved_jobs_stand_side_by_side_after_what_has_ended() {
    let mut world = World::new(1);
    world.step(Input::Command(Command::SetMode(Mode::Serial)));
    world.apply(Op::Submit(vec![0; 6], 0));
    for _ in 0..2 {
        let (lane, attempt) = world.inflight()[0];
        world.finish(lane, attempt, 7);
    }
    let shown = |world: &World| {
        let mut ids: Vec<u32> = (0..6).collect();
        ids.sort_by_key(|id| (world.places.get(&JobId(*id)).copied().unwrap_or(Place::usual(JobId(*id))), *id));
        ids
    };
    let jobs = |ids: &[u32]| ids.iter().copied().map(JobId).collect::<Vec<_>>();
    // The third runs.
    world.step(Input::Command(Command::Move(jobs(&[4, 5]), Spot::First)));
    assert_eq!(shown(&world), [0, 1, 2, 4, 5, 3]);
    world.step(Input::Command(Command::Pause(Selection::Jobs(jobs(&[5])))));
    world.step(Input::Command(Command::Move(jobs(&[4]), Spot::Before(JobId(3)))));
    assert_eq!(shown(&world), [0, 1, 2, 5, 4, 3], "a paused one keeps its place");
    world.step(Input::Command(Command::Resume(Selection::Jobs(jobs(&[5])))));
    // There is room for ever: whatever waits starts in the order of the last moves.
    for nth in 0..200 {
        world.step(Input::Command(Command::Move(jobs(&[3 + nth % 3]), Spot::First)));
    }
    let mut order = Vec::new();
    while let Some((lane, attempt)) = world.inflight().first().copied() {
        order.push(attempt.job.0);
        world.finish(lane, attempt, 7);
    }
    assert_eq!(order, [2, 4, 3, 5]);
}

#[test]
fn the_first_place_is_before_all_that_wait_also_where_those_are_paused_or_set_aside() {
    let first = |world: &World| {
        let place = |id: u32| world.places.get(&JobId(id)).copied().unwrap_or(Place::usual(JobId(id)));
        (0..world.states.len() as u32)
            .filter(|id| world.states[*id as usize] == JobState::Queued)
            .min_by_key(|id| place(*id))
    };
    let mut world = World::new(1);
    world.step(Input::Command(Command::SetMode(Mode::Serial)));
    world.apply(Op::Submit(vec![0; 6], 0));
    world.step(Input::Command(Command::Pause(Selection::Jobs([1, 2, 3, 4].map(JobId).to_vec()))));
    world.step(Input::Command(Command::Move(vec![JobId(5)], Spot::First)));
    assert_eq!(first(&world), Some(5), "all others are paused");
    world.step(Input::Command(Command::Move(vec![JobId(4)], Spot::First)));
    assert_eq!(first(&world), Some(4), "it is paused itself");
    world.step(Input::Command(Command::Move(vec![JobId(3)], Spot::First)));
    assert_eq!(first(&world), Some(3), "one that was moved is before it");
    // One runs, one has the host to wait for, and a third waits after a failure.
    let mut world = World::new(1);
    let jobs = (0..4).map(|_| JobSpec::link("a", "http://host/a", None)).collect();
    world.step(Input::Command(Command::Submit(Arc::new(Batch { options: world::options(1), jobs }))));
    world.step(Input::Command(Command::Move(vec![JobId(3)], Spot::First)));
    assert_eq!(first(&world), Some(3), "the others wait for their host");
    // Nothing else waits.
    let mut world = World::new(1);
    world.step(Input::Command(Command::SetMode(Mode::Serial)));
    world.apply(Op::Submit(vec![0; 3], 0));
    world.step(Input::Command(Command::Cancel(Selection::Jobs(vec![JobId(2)]))));
    world.step(Input::Command(Command::Move(vec![JobId(1)], Spot::First)));
    assert!(world.places.get(&JobId(1)).is_none_or(|place| *place < Place::usual(JobId(2))), "it stays where it was");
}

#[test]
fn jobs_are_put_before_one_that_was_moved_and_has_ended() {
    let mut world = World::new(1);
    world.step(Input::Command(Command::SetMode(Mode::Serial)));
    world.step(Input::Command(Command::Pause(Selection::All)));
    world.apply(Op::Submit(vec![0; 6], 0));
    let jobs = |ids: &[u32]| ids.iter().copied().map(JobId).collect::<Vec<_>>();
    // The order is 1, 0, 2, 3, 4, 5, and the first of it ends.
    world.step(Input::Command(Command::Move(jobs(&[0]), Spot::Before(JobId(2)))));
    world.step(Input::Command(Command::Move(jobs(&[5]), Spot::Before(JobId(2)))));
    world.step(Input::Command(Command::Cancel(Selection::Jobs(jobs(&[5])))));
    // Seen: 1, 0, 5 (ended), 2, 3, 4. The place of its number is behind them all.
    world.step(Input::Command(Command::Move(jobs(&[4]), Spot::Before(JobId(5)))));
    let mut seen: Vec<u32> = (0..6).collect();
    seen.sort_by_key(|id| (world.places.get(&JobId(*id)).copied().unwrap_or(Place::usual(JobId(*id))), *id));
    assert_eq!(seen, [1, 0, 4, 5, 2, 3]);
    world.step(Input::Command(Command::Resume(Selection::All)));
    let mut order = Vec::new();
    while let Some((lane, attempt)) = world.inflight().first().copied() {
        order.push(attempt.job.0);
        world.finish(lane, attempt, 7);
    }
    assert_eq!(order, [1, 0, 4, 2, 3]);
}

#[test]
fn places_outlive_the_program() {
    let mut world = World::new(1);
    world.step(Input::Command(Command::Pause(Selection::All)));
    world.apply(Op::Submit(vec![0; 3], 0));
    world.step(Input::Command(Command::Move(vec![JobId(2)], Spot::First)));
    let moved = world.records().find_map(|record| match record {
        Record::Moved(job, place) => Some((*job, *place)),
        _ => None,
    });
    let (job, place) = moved.expect("kept");
    assert!(job == JobId(2) && place < Place::usual(JobId(0)));
}

#[test]
fn nothing_starts_while_the_journal_keeps_nothing() {
    let mut world = World::new(1);
    world.step(Input::JournalStalled(Some("no space left on the disk".into())));
    world.apply(Op::Submit(vec![0, 2], 0));
    assert!(world.inflight().is_empty());
    world.step(Input::JournalStalled(None));
    assert_eq!(world.inflight().len(), 2);
}

#[test]
fn what_found_the_disk_full_is_tried_behind_what_was_not_tried_yet() {
    for recipe in [None, world::options(0).recipe.clone()] {
        let mut world = World::new(1);
        let options = BatchOptions { recipe, ..(*world::options(1)).clone() };
        let options = Arc::new(BatchOptions { deadline_ms: None, ..options });
        let links = (0..8).map(|n| JobSpec::link("a", &format!("http://host{}/a", n % 3), None));
        let files = (0..8).map(|_| JobSpec::file("/in/a.jpg", "/in/a.jpg".into(), "".into()));
        let jobs = if options.recipe.is_some() { files.collect() } else { links.collect() };
        world.step(Input::Command(Command::Submit(Arc::new(Batch { options, jobs }))));
        let mut tried = Vec::new();
        while tried.len() < 10 {
            let inflight = world.inflight();
            for (lane, attempt) in &inflight {
                tried.push(attempt.job.0);
                world.end(*lane, *attempt, Err(Failure::new(ErrorKind::DiskFull, "no space left").retryable()));
            }
            world.apply(Op::Wait(5001));
            assert!(!world.inflight().is_empty(), "it is tried again every five seconds");
        }
        tried[..8].sort_unstable();
        assert_eq!(tried[..8], [0, 1, 2, 3, 4, 5, 6, 7], "each once before any comes twice");
        world.drain();
        assert!(world.states.iter().all(|state| *state == JobState::Done), "{:?}", world.states);
    }
}

#[test]
fn what_found_no_room_does_not_wait_for_another_host_once_there_is_room() {
    let mut world = World::new(1);
    let options = BatchOptions { recipe: None, deadline_ms: None, ..(*world::options(1)).clone() };
    let links = ["http://one/a"].into_iter().chain(["http://other/a"; 20]);
    let jobs = links.map(|link| JobSpec::link("a", link, None)).collect();
    world.step(Input::Command(Command::Submit(Arc::new(Batch { options: Arc::new(options), jobs }))));
    let of = |world: &World, id: u32| world.inflight().into_iter().find(|(_, attempt)| attempt.job == JobId(id));
    let (lane, attempt) = of(&world, 0).expect("started");
    world.end(lane, attempt, Err(Failure::new(ErrorKind::DiskFull, "no space left").retryable()));
    world.apply(Op::Wait(5001));
    assert!(of(&world, 0).is_none(), "others wait for their host, and may fit");
    let (lane, attempt) = of(&world, 1).expect("started");
    world.finish(lane, attempt, 7);
    assert!(of(&world, 0).is_some(), "there is room");
    world.drain();
    assert!(world.states.iter().all(|state| *state == JobState::Done), "{:?}", world.states);
}

#[test]
fn a_queued_job_costs_little() {
    use std::mem::size_of;
    let own = size_of::<super::job::Job>() + size_of::<crate::model::JobSpec>();
    assert!(own <= 48, "{own} bytes besides the path or the link");
}

#[test]
fn events_tell_what_leftovers_there_were() {
    let mut world = World::new(1);
    let effects = world.core.step(Moment(0), Input::Loaded(Vec::new()));
    assert!(matches!(effects[..], [Effect::Emit(Event::WentOn(0))]), "{effects:?}");
    assert_eq!(world.core.next_tick(), None);
    world.apply(Op::Wait(Duration::from_secs(1).as_millis() as u16));
}

#[test]
fn a_worker_does_not_choose_where_its_file_goes() {
    for name in ["../x", "/etc/x", "a/../b", "..", "", "con"] {
        let mut world = World::new(1);
        world.apply(Op::Submit(vec![0], 0));
        let (lane, attempt) = world.inflight()[0];
        let output = Output { name: name.into(), ..Output::default() };
        let input = Input::Finished { lane, attempt, result: Ok(output), timing: Timing::default() };
        let effects = world.core.step(Moment(1), input);
        let wanted = effects.iter().find_map(|effect| match effect {
            Effect::Commit { output, .. } => Some(output.name.clone()),
            _ => None,
        });
        let wanted = wanted.expect("a commit");
        assert_eq!(wanted, filename::sanitized(name));
        assert!(!wanted.contains(['/', '\\']) && wanted != ".." && !wanted.is_empty(), "{name:?} became {wanted:?}");
    }
}

#[test]
fn a_kept_download_that_vanished_is_fetched_again() {
    let mut world = World::new(1);
    let jobs = vec![JobSpec::link("http://h/a", "http://h/a", None)];
    let options = BatchOptions { recipe: Some(Arc::new(Recipe::same_size())), ..(*world::options(0)).clone() };
    let batch = Arc::new(Batch { options: Arc::new(options), jobs });
    let stage = Reached::Stage { output: Output { name: "a".into(), ..Output::default() }, part: "/out/a.part".into() };
    let origin = Origin { program: "earlier".into(), numbers: vec![7] };
    world.step(Input::Loaded(vec![Leftover {
        key: 0,
        batch,
        origin,
        reached: vec![(0, stage)],
        made: Vec::new(),
        inputs: Vec::new(),
    }]));
    let (lane, attempt) = world.inflight()[0];
    let gone = Failure::new(ErrorKind::Io, "there is no such file");
    let input = Input::Finished { lane, attempt, result: Err(gone), timing: Timing::default() };
    let effects = world.core.step(Moment(1), input);
    let fetches = |effect: &Effect| matches!(effect, Effect::Start { task, .. } if matches!(**task, Task::Download(_)));
    assert!(effects.iter().any(fetches), "{effects:?}");
}

#[test]
fn what_had_its_final_name_is_done_at_once() {
    let mut world = World::new(1);
    let jobs =
        vec![JobSpec::file("/in/a", "/in/a".into(), "".into()), JobSpec::file("/in/b", "/in/b".into(), "".into())];
    let batch = Arc::new(Batch { options: world::options(0), jobs });
    let reached = vec![(1, Reached::Committed { made: std::path::PathBuf::from("/out/b").into(), bytes: 1 })];
    world.restored_as_done.insert(JobId(1));
    let origin = Origin { program: "earlier".into(), numbers: vec![4, 7] };
    world.step(Input::Loaded(vec![Leftover { key: 0, batch, origin, reached, made: Vec::new(), inputs: Vec::new() }]));
    assert_eq!(world.states, [JobState::Running, JobState::Done]);
    world.drain();
    assert_eq!(world.states, [JobState::Done, JobState::Done]);
}

#[test]
fn many_jobs_of_a_busy_host_hold_up_no_other() {
    let mut world = World::new(1);
    let link = |host: &str| JobSpec::link("x", &format!("http://{host}/a"), None);
    let jobs = (0..3000).map(|_| link("busy")).chain([link("idle")]).collect();
    world.step(Input::Command(Command::Submit(Arc::new(Batch { options: world::options(1), jobs }))));
    let last = JobId(3000);
    world.apply(Op::Wait(100));
    assert!(world.inflight().iter().any(|(_, attempt)| attempt.job == last), "{:?}", world.inflight());
}

#[test]
fn a_download_that_is_paused_by_itself_leaves_its_host_to_others() {
    let mut world = World::new(1);
    let jobs = vec![JobSpec::link("a", "http://host/a", None), JobSpec::link("b", "http://host/b", None)];
    let batch = Arc::new(Batch { options: world::options(1), jobs });
    world.step(Input::Command(Command::Submit(batch)));
    let begun = |world: &World| world.inflight().iter().map(|(_, attempt)| attempt.job).collect::<Vec<_>>();
    assert_eq!(begun(&world), [JobId(0)], "the host takes one");
    let first = Selection::Jobs(vec![JobId(0)]);
    world.step(Input::Command(Command::Pause(first.clone())));
    assert_eq!(begun(&world), [JobId(0), JobId(1)]);
    world.step(Input::Command(Command::Resume(first)));
    world.drain();
    assert_eq!(world.states, [JobState::Done, JobState::Done]);
}

#[test]
fn a_download_that_goes_on_is_told_how_many_connections_it_may_have() {
    let mut world = World::new(1);
    let jobs = vec![JobSpec::link("a", "http://host/a", None), JobSpec::link("b", "http://host/b", None)];
    world.step(Input::Command(Command::Submit(Arc::new(Batch { options: world::options(1), jobs }))));
    let first = Selection::Jobs(vec![JobId(0)]);
    world.core.step(Moment(0), Input::Command(Command::Pause(first.clone())));
    let effects = world.core.step(Moment(0), Input::Command(Command::Resume(first)));
    let told = |effect: &Effect| matches!(effect, Effect::Allow { attempt, .. } if attempt.job == JobId(0));
    assert!(effects.iter().any(told), "{effects:?}");
}

#[test]
fn lanes_that_a_busy_host_leaves_idle_are_not_made_more() {
    let lanes_after = |per_host| {
        let mut world = World::new(1);
        let fetch = Arc::new(FetchOptions { per_host, ..FetchOptions::default() });
        let options = BatchOptions { fetch, deadline_ms: None, recipe: None, ..(*world::options(0)).clone() };
        let jobs = (0..60).map(|_| JobSpec::link("a", "http://host/a", None)).collect();
        world.step(Input::Command(Command::Submit(Arc::new(Batch { options: Arc::new(options), jobs }))));
        for _ in 0..10 {
            let (lane, attempt) = world.inflight()[0];
            world.apply(Op::Wait(50));
            world.end(lane, attempt, Ok(Output { name: "a".into(), bytes_in: 1000, ..Output::default() }));
            world.apply(Op::Committed(2));
        }
        world.core.counts.fetch
    };
    assert_eq!(lanes_after(1), 2);
    assert!(lanes_after(FetchOptions::PER_HOST) > 2, "they are where more is allowed");
}
