//! What intents make of the state of the Lab.

use super::*;
use crate::lab::LabEvent;
use crate::model::{LaneCounts, Mode};
use crate::store::Settings;
use crate::window::intent::Intent;
use crate::window::model::Model;
use crate::window::reduce::reduce;
use std::path::PathBuf;

fn state() -> State {
    let model = Model::new(Mode::Mixed, LaneCounts { fetch: 4, mill: 2 });
    State::new(model, Settings::default(), PathBuf::from("/out"))
}

fn act(state: &mut State, intent: LabIntent) -> Vec<Effect> {
    reduce(state, Intent::Lab(intent))
}

#[test]
fn a_card_and_run_start_a_comparison_of_all_modes() {
    let mut state = state();
    act(&mut state, LabIntent::Toggle);
    act(&mut state, LabIntent::Choose(Workload::Primes));
    let effects = act(&mut state, LabIntent::Run);
    let [Effect::Lab(LabEffect::Start(request))] = effects.as_slice() else { panic!("{effects:?}") };
    assert_eq!((request.workload, request.modes.len()), (Workload::Primes, 4));
    assert_eq!(state.lab.running(), Some(Workload::Primes));
    let again = act(&mut state, LabIntent::RunOf(Workload::Sleep));
    assert!(matches!(&again[..], [Effect::Complain(words)] if words.contains("Primes is still running")), "{again:?}");
    state.lab.advance(|comparison| comparison.apply(LabEvent::Cancelled));
    assert_eq!(state.lab.running(), None);
    assert!(matches!(act(&mut state, LabIntent::Run)[..], [Effect::Lab(LabEffect::Start(_))]));
}

#[test]
fn the_window_is_frozen_only_after_a_question() {
    let mut state = state();
    act(&mut state, LabIntent::Toggle);
    assert_eq!(act(&mut state, LabIntent::RunOf(Workload::Freeze)), []);
    assert_eq!(state.lab.running(), None);
    reduce(&mut state, Intent::Escape);
    assert!(state.lab.asks_to_freeze.is_none() && state.lab.form.is_some(), "Escape answers no");
    assert_eq!(act(&mut state, LabIntent::Freeze), [], "nothing was asked");
    act(&mut state, LabIntent::Run);
    let effects = act(&mut state, LabIntent::Freeze);
    assert!(matches!(effects[..], [Effect::Lab(LabEffect::Freeze(1500, _))]), "{effects:?}");
}

#[test]
fn what_makes_no_sense_does_not_run() {
    let mut state = state();
    act(&mut state, LabIntent::Choose(Workload::Sleep));
    act(&mut state, LabIntent::Type(Field::Workers, "65".into()));
    let effects = act(&mut state, LabIntent::Run);
    assert!(matches!(&effects[..], [Effect::Complain(words)] if words.contains("65 workers")), "{effects:?}");
    act(&mut state, LabIntent::Reset);
    assert!(matches!(act(&mut state, LabIntent::Run)[..], [Effect::Lab(LabEffect::Start(_))]));
}

#[test]
fn escape_leads_back_step_by_step() {
    let mut state = state();
    act(&mut state, LabIntent::Toggle);
    act(&mut state, LabIntent::Choose(Workload::Sleep));
    reduce(&mut state, Intent::Escape);
    assert!(state.lab.is_open && state.lab.form.is_none());
    reduce(&mut state, Intent::Escape);
    assert!(!state.lab.is_open);
}

#[test]
fn a_running_example_is_shown_as_it_was_asked_for() {
    let mut state = state();
    act(&mut state, LabIntent::Choose(Workload::Sleep));
    act(&mut state, LabIntent::Type(Field::Seconds, "0.5".into()));
    act(&mut state, LabIntent::Run);
    act(&mut state, LabIntent::Back);
    act(&mut state, LabIntent::Choose(Workload::Sleep));
    assert_eq!(state.lab.form.as_ref().map(|form| form.text(Field::Seconds)), Some("0.5"));
}
