//! What is pasted, dropped and typed, from the sheet to the batch.

use super::*;
use crate::model::{LaneCounts, Mode};
use crate::store::Settings;
use crate::window::model::Model;

fn state() -> State {
    let model = Model::new(Mode::Mixed, LaneCounts { fetch: 4, mill: 2 });
    State::new(model, Settings::default(), PathBuf::from("/out"))
}

fn weighed(urls: &[&str]) -> Weighed {
    let folder = tempfile::tempdir().expect("a folder");
    let scales = Scales { done_here: DoneHere::default(), state_dir: folder.path().to_owned() };
    scales.weigh(urls.iter().map(|url| intake::from_link(url)).collect())
}

#[test]
fn sheets_wait_for_each_other_and_are_closed_one_by_one() {
    let mut state = state();
    state.adding.open(weighed(&["http://h/1", "http://h/1", "ftp://h/2"]), None, Path::new("/out"));
    state.adding.open(weighed(&["http://h/3"]), None, Path::new("/out"));
    let first = state.adding.sheet().expect("open");
    assert_eq!((first.words().as_str(), first.wanted()), ("2 links, 1 duplicate, 1 refused", 2));
    assert!(state.adding.covers());
    assert_eq!(reduce(&mut state, Add::Close(2)), [], "another one is in sight");
    assert_eq!(state.adding.sheet().map(|sheet| sheet.number), Some(1));
    reduce(&mut state, Add::LeaveOut(false));
    let effects = reduce(&mut state, Add::Queue);
    let [Effect::Adding(AddEffect::Queue(sheet))] = effects.as_slice() else { panic!("{effects:?}") };
    assert_eq!((sheet.number, sheet.wanted()), (1, 3));
    assert_eq!(state.adding.sheet().map(|sheet| sheet.number), Some(2));
    assert_eq!(reduce_any(&mut state, Intent::Undo), [], "nothing behind the sheet is taken back");
    let closed = reduce_any(&mut state, Intent::Escape);
    assert!(matches!(closed.as_slice(), [Effect::Adding(AddEffect::LetGo(_))]), "{closed:?}");
    assert!(!state.adding.covers());
    assert_eq!(reduce(&mut state, Add::Queue), [], "there is nothing to queue");
}

#[test]
fn the_folder_of_a_batch_is_its_own() {
    let mut state = state();
    state.adding.open(weighed(&["http://h/1"]), None, Path::new("relative/out"));
    assert_eq!(state.adding.sheet().and_then(Sheet::output_dir), Some("relative/out".into()), "as it was given");
    reduce(&mut state, Add::Folder("pictures".to_owned()));
    assert_eq!(reduce(&mut state, Add::Queue), []);
    let complaint = state.adding.sheet().and_then(|sheet| sheet.complaint.clone()).expect("told");
    assert!(complaint.starts_with("\"pictures\" is not a whole path"), "{complaint}");
    reduce(&mut state, Add::Folder(" /else ".to_owned()));
    assert_eq!(state.adding.sheet().and_then(|sheet| sheet.complaint.clone()), None);
    let picked = reduce(&mut state, Add::PickFolderOfSheet);
    assert_eq!(picked, [Effect::Adding(AddEffect::PickFolderOfSheet("/else".into()))]);
    reduce(&mut state, Add::FolderPicked("/picked".into()));
    let effects = reduce(&mut state, Add::Queue);
    assert!(
        matches!(effects.as_slice(), [Effect::Adding(AddEffect::Queue(sheet))] if sheet.output_dir() == Some("/picked".into()))
    );
    assert_eq!((state.output_dir, state.settings.output_dir), (PathBuf::from("/out"), None), "the window's stays");
}

#[test]
fn a_path_is_typed_where_no_dialog_opens() {
    let mut state = state();
    let mut done = |goal: Goal, text: &str| {
        state.adding.ask(goal, "why".to_owned());
        reduce(&mut state, Add::Type(text.to_owned()));
        let effects = reduce(&mut state, Add::TypeDone);
        let complaint = state.adding.typed.take().and_then(|typed| typed.complaint);
        (effects, complaint)
    };
    assert_eq!(done(Goal::Files, " /a b.jpg "), (vec![Effect::IntakePaths(vec!["/a b.jpg".into()])], None));
    assert_eq!(done(Goal::Files, "http://h/a"), (vec![Effect::IntakeText("http://h/a".to_owned())], None));
    assert_eq!(done(Goal::Folder, "file:///a%20b"), (vec![Effect::IntakePaths(vec!["/a b".into()])], None));
    assert_eq!(done(Goal::OutputFolder, "/pictures"), (vec![Effect::SaveSettings], None));
    for (goal, text) in [(Goal::Folder, "http://h/a"), (Goal::Files, "a.jpg"), (Goal::OutputFolder, "")] {
        let (effects, complaint) = done(goal, text);
        assert!(effects.is_empty() && complaint.is_some(), "{text}");
    }
    assert_eq!(state.output_dir, PathBuf::from("/pictures"));
    reduce(&mut state, Add::TypeInstead);
    assert!(state.adding.typed.is_none(), "no dialog hangs");
    state.adding.unseen = Some(Goal::Folder);
    reduce(&mut state, Add::TypeInstead);
    assert_eq!(state.adding.typed.as_ref().map(|typed| typed.goal), Some(Goal::Folder));
    state.adding.ask(Goal::Files, "why".to_owned());
    reduce(&mut state, Add::TypeClose);
    assert!(!state.adding.covers());
}

#[test]
fn offers_are_taken_or_left() {
    let mut state = state();
    state.adding.offer = vec!["http://h/1".to_owned(), "http://h/2".to_owned()];
    assert_eq!(reduce(&mut state, Add::TakeOffer), [Effect::IntakeText("http://h/1\nhttp://h/2".to_owned())]);
    assert_eq!(reduce(&mut state, Add::TakeOffer), []);
    state.adding.offer = vec!["http://h/1".to_owned()];
    assert_eq!(reduce(&mut state, Add::LeaveOffer), []);
    assert!(state.adding.offer.is_empty());
    state.adding.offer = vec!["http://h/1".to_owned(), "http://h/2".to_owned()];
    state.adding.was_pasted("only http://h/2");
    assert_eq!(state.adding.offer, ["http://h/1"]);
    state.adding.was_pasted(&"x".repeat(LOOKED_THROUGH + 1));
    assert!(state.adding.offer.is_empty());
    let on = reduce(&mut state, Add::Watch(true));
    assert_eq!(on, [Effect::Adding(AddEffect::Watch(true)), Effect::SaveSettings]);
    assert!(state.settings.clipboard.watch);
}

#[test]
fn a_paste_without_end_is_refused() {
    let mut state = state();
    let effects = reduce_any(&mut state, Intent::Paste("x".repeat(intake::MAX_TEXT_BYTES + 1)));
    let [Effect::Complain(words)] = effects.as_slice() else { panic!() };
    assert!(words.contains("33.6 MB of text are too much to paste"), "{words}");
}
