//! The draft of a recipe as it is edited and saved.

use super::*;
use crate::model::recipe::table::SHAPES;
use crate::model::{LaneCounts, Mode};
use crate::store::Settings;
use crate::window::model::Model;

fn state() -> State {
    let model = Model::new(Mode::Mixed, LaneCounts { fetch: 4, mill: 2 });
    State::new(model, Settings::default(), PathBuf::from("/out"))
}

fn opened(recipe: Option<Recipe>) -> State {
    let mut state = state();
    reduce(&mut state, Edit::Open(recipe.map(Box::new)));
    state
}

fn editor(state: &State) -> &Editor {
    state.editor.as_ref().expect("it is open")
}

fn ops(state: &State) -> Vec<&'static str> {
    editor(state).draft.steps.iter().map(DraftStep::op).collect()
}

fn shape(op: &str) -> usize {
    SHAPES.iter().position(|shape| shape.op == op).expect(op)
}

fn add(state: &mut State, op: &str) {
    reduce(state, Edit::Add(shape(op)));
}

fn number(number: f64) -> Value {
    Value::Number(number)
}

#[test]
fn steps_are_added_moved_and_removed_and_keep_their_keys() {
    let mut state = opened(None);
    for op in ["blur", "rotate", "border"] {
        add(&mut state, op);
    }
    let keys = editor(&state).keys.clone();
    reduce(&mut state, Edit::Move(2, -1));
    assert_eq!(ops(&state), ["blur", "border", "rotate"]);
    assert_eq!(editor(&state).keys, [keys[0], keys[2], keys[1]]);
    reduce(&mut state, Edit::Move(0, -1));
    reduce(&mut state, Edit::Move(2, 1));
    reduce(&mut state, Edit::Remove(7));
    assert_eq!(ops(&state), ["blur", "border", "rotate"], "there is no such place");
    reduce(&mut state, Edit::Remove(0));
    assert_eq!((ops(&state), editor(&state).keys.len()), (vec!["border", "rotate"], 2));
    for _ in 0..2 {
        reduce(&mut state, Edit::Undo);
    }
    assert_eq!((ops(&state), &editor(&state).keys), (vec!["blur", "rotate", "border"], &keys));
}

#[test]
fn typing_into_one_field_is_one_change() {
    let mut state = opened(None);
    add(&mut state, "blur");
    for sigma in [3.0, 30.0, 300.0] {
        reduce(&mut state, Edit::Step(0, "sigma", number(sigma)));
    }
    let at = At::Step(0, Some("sigma"));
    assert_eq!(editor(&state).fault(at), Some("sigma must be from 0.1 to 250, not 300"));
    reduce(&mut state, Edit::Undo);
    assert_eq!(editor(&state).fault(at), None);
    assert_eq!(editor(&state).draft.steps[0].values.get("sigma"), Some(&number(2.0)));
    reduce(&mut state, Edit::Undo);
    assert!(ops(&state).is_empty() && !editor(&state).can_undo() && !editor(&state).is_changed());
    reduce(&mut state, Edit::Undo);
}

#[test]
fn only_what_is_good_is_saved_and_only_once_at_a_time() {
    let mut state = opened(None);
    add(&mut state, "blur");
    reduce(&mut state, Edit::Step(0, "sigma", number(0.0)));
    assert!(reduce(&mut state, Edit::Save(Then::Stay)).is_empty());
    reduce(&mut state, Edit::Step(0, "sigma", number(4.0)));
    for (name, words) in [("", "name must have"), ("web 1920", "belongs to a recipe that is built in")] {
        reduce(&mut state, Edit::Name(name.to_owned()));
        assert!(editor(&state).fault(At::Name).is_some_and(|fault| fault.contains(words)), "{name:?}");
        assert!(reduce(&mut state, Edit::Save(Then::Stay)).is_empty());
    }
    reduce(&mut state, Edit::Name("Soft".to_owned()));
    let effects = reduce(&mut state, Edit::Save(Then::Use));
    let [Effect::SaveRecipe(recipe)] = effects.as_slice() else { panic!("{effects:?}") };
    assert_eq!((recipe.name.as_str(), recipe.steps.len()), ("Soft", 1));
    assert!(reduce(&mut state, Edit::Save(Then::Stay)).is_empty(), "it is under way");
    let recipe = (**recipe).clone();
    let open = state.editor.as_mut().expect("open");
    open.saving = None;
    open.was_saved(&recipe);
    assert!(!open.is_changed() && open.own_name.as_deref() == Some("Soft"));
}

#[test]
fn what_is_typed_while_a_save_is_under_way_is_not_lost() {
    let mut state = opened(None);
    let effects = reduce(&mut state, Edit::Save(Then::Stay));
    let [Effect::SaveRecipe(recipe)] = effects.as_slice() else { panic!("{effects:?}") };
    reduce(&mut state, Edit::Output("strip_gps", Value::Switch(true)));
    state.editor.as_mut().expect("open").was_saved(recipe);
    assert_eq!(editor(&state).draft.output.get("strip_gps"), Some(&Value::Switch(true)));
    assert!(editor(&state).is_changed());
}

#[test]
fn changes_are_not_lost_without_a_question() {
    let mut state = opened(None);
    add(&mut state, "flip");
    let other = Recipe::built_in().into_iter().next();
    assert!(reduce(&mut state, Edit::Open(other.map(Box::new))).is_empty());
    assert!(matches!(editor(&state).pending, Some(Pending::Open(Some(_)))));
    reduce(&mut state, Edit::Stay);
    assert_eq!((editor(&state).pending.clone(), ops(&state)), (None, vec!["flip"]));
    reduce(&mut state, Edit::Close);
    assert_eq!(editor(&state).pending, Some(Pending::Close));
    assert_eq!(reduce(&mut state, Edit::Discard), [Effect::ShowNothing]);
    assert!(state.editor.is_none());
}

#[test]
fn the_preview_follows_each_change_that_makes_a_good_recipe() {
    let mut state = opened(None);
    let tried = |effects: Vec<Effect>| {
        effects.into_iter().find_map(|effect| if let Effect::Preview(ask) = effect { Some(*ask) } else { None })
    };
    add(&mut state, "blur");
    let picture = PathBuf::from("/in/a.jpg");
    let first = tried(reduce(&mut state, Edit::UsePicture(picture.clone()))).expect("it is tried");
    assert_eq!((&first.picture, first.recipe.steps.len()), (&picture, 1));
    assert!(editor(&state).seen.is_running);
    assert!(tried(reduce(&mut state, Edit::Step(0, "sigma", number(400.0)))).is_none(), "it is wrong");
    assert!(tried(reduce(&mut state, Edit::Step(0, "sigma", number(4.0)))).is_some());
    assert!(tried(reduce(&mut state, Edit::Name(String::new()))).is_none(), "a name changes no picture");
    assert!(tried(reduce(&mut state, Edit::Output("format", Value::Text("png".to_owned())))).is_some());
}

#[test]
fn a_copy_has_a_name_of_its_own() {
    let mut state = opened(Recipe::built_in().into_iter().next());
    assert!(editor(&state).fault(At::Name).is_some(), "that name is taken");
    reduce(&mut state, Edit::Duplicate);
    assert_eq!(editor(&state).draft.name, "Web 1920 2");
    assert!(editor(&state).faults.is_empty());
    state.recipes.own.push(Recipe { name: "web 1920 2".to_owned(), ..Recipe::same_size() });
    reduce(&mut state, Edit::Duplicate);
    assert_eq!(editor(&state).draft.name, "Web 1920 2 2");
}

#[test]
fn a_picked_picture_goes_where_it_was_asked_for() {
    let mut state = opened(None);
    add(&mut state, "watermark");
    add(&mut state, "blur");
    assert_eq!(reduce(&mut state, Edit::PickMark(0)), [Effect::PickPicture]);
    reduce(&mut state, Edit::Move(0, 1));
    reduce(&mut state, Edit::Mark(PathBuf::from("/in/logo.png")));
    assert_eq!(editor(&state).draft.steps[1].values.get("path"), Some(&Value::Text("/in/logo.png".to_owned())));
    assert_eq!(reduce(&mut state, Edit::PickPicture), [Effect::PickPicture]);
    reduce(&mut state, Edit::Mark(PathBuf::from("/in/a.jpg")));
    assert_eq!(editor(&state).picture.as_deref(), Some(std::path::Path::new("/in/a.jpg")));
}
