//! What the app does about recipes: it has them kept, tried and told, and shapes batches of pictures by the settings.

use super::App;
use crate::model::template::Field;
use crate::model::{BatchOptions, JobSpec, Source, Taken, Undone};
use crate::window::errands::{Errand, ForRecipes, Recipes};
use crate::window::format;
use crate::window::intent::Intent;
use crate::window::overlay::Tone;
use crate::window::recipe_editor::{Ask, Edit, Then};
use crate::window::reduce::reduce;
use egui::Context;
use std::sync::Arc;

/// How many of the files that stayed are named.
const NAMED: usize = 2;

impl App {
    pub(super) fn look_for_recipes(&mut self, what: ForRecipes) {
        self.send_errand(Errand::Recipes(self.state_dir.clone(), what));
    }

    /// Does something in the editor that no click asked for.
    pub(super) fn edit(&mut self, ctx: &Context, edit: Edit) {
        for effect in reduce(&mut self.state, Intent::Edit(edit)) {
            self.perform(ctx, effect);
        }
    }

    pub(super) fn preview(&mut self, ask: Ask) {
        if let Err(sentence) = self.pixels.look.previews.ask(ask)
            && let Some(editor) = &mut self.state.editor
        {
            editor.seen.take(Err(sentence));
        }
    }

    /// Takes in which recipes there are now, and what was done to them.
    pub(super) fn take_recipes(&mut self, ctx: &Context, recipes: Recipes) {
        let Recipes { known, kept, removed, told } = recipes;
        self.state.recipes = known;
        self.follow_chosen();
        match told {
            Some(Ok(words)) => self.toasts.push(Tone::Good, words),
            Some(Err(sentence)) => self.toasts.push(Tone::Bad, sentence),
            None => {}
        }
        if let Some(name) = &removed
            && self.state.recipe.as_ref().is_some_and(|chosen| chosen.is_called(name))
        {
            (self.state.recipe, self.state.settings.recipe) = (None, None);
            self.save_settings();
        }
        let Some(editor) = &mut self.state.editor else { return };
        match (kept, removed) {
            (Some(kept), _) if kept.is_imported => self.edit(ctx, Edit::Open(Some(Box::new(kept.recipe)))),
            (Some(kept), _) => {
                let then = editor.saving.take();
                editor.was_saved(&kept.recipe);
                if then == Some(Then::Use) {
                    self.state.settings.recipe = Some(kept.recipe.clone());
                    self.state.recipe = Some(kept.recipe);
                    self.save_settings();
                }
            }
            // What it was stays in the editor, and can be saved again.
            (None, Some(_)) => editor.own_name = None,
            (None, None) => editor.saving = None,
        }
    }

    /// A recipe of one's own that was chosen and has changed since is followed.
    fn follow_chosen(&mut self) {
        // That of the command line stays as it was named there.
        let Some(chosen) = self.state.recipe.clone().filter(|_| self.state.recipe == self.state.settings.recipe) else {
            return;
        };
        let newer = self.state.recipes.own.iter().find(|own| own.is_called(&chosen.name) && **own != chosen).cloned();
        if newer.is_some() {
            self.state.recipe.clone_from(&newer);
            self.state.settings.recipe = newer;
            self.save_settings();
        }
    }

    /// What the settings say about pictures, for a batch that has some: what becomes of names that are taken, and the
    /// places of the inputs where names are made of them.
    pub(super) fn as_pictures(
        &self,
        options: Arc<BatchOptions>,
        jobs: Vec<JobSpec>,
    ) -> (Arc<BatchOptions>, Vec<JobSpec>) {
        if !jobs.iter().any(|job| matches!(job.source(), Source::File(_))) {
            return (options, jobs);
        }
        let on_exists = self.state.settings.pictures.on_exists;
        let counts = options.name.as_ref().is_some_and(|template| template.has(&[Field::Index]));
        let options = Arc::new(BatchOptions { on_exists, ..(*options).clone() });
        let jobs =
            if counts { jobs.into_iter().zip(1..).map(|(job, place)| job.with_index(place)).collect() } else { jobs };
        (options, jobs)
    }

    /// Says what came of taking a batch back.
    pub(super) fn tell_undone(&mut self, undone: &Result<Option<Arc<Undone>>, String>) {
        match undone {
            Ok(Some(undone)) => {
                if undone.count(Taken::Stuck) == 0 {
                    self.state.undoable = self.state.undoable.saturating_sub(1);
                }
                let stays = undone.files.iter().any(|file| file.taken.stays());
                self.toasts.push(if stays { Tone::Bad } else { Tone::Good }, words_of(undone));
            }
            Ok(None) => {
                self.state.undoable = 0;
                self.toasts.push(Tone::Bad, "There is no batch to take back");
            }
            Err(sentence) => self.toasts.push(Tone::Bad, sentence.clone()),
        }
    }
}

fn words_of(undone: &Undone) -> String {
    let mut words = format!("The last batch is taken back: {}", undone.summary());
    let stays: Vec<String> = undone
        .files
        .iter()
        .filter(|file| file.taken.stays())
        .filter_map(|file| {
            let name = file.path.file_name().unwrap_or_default().to_string_lossy();
            file.reason().map(|why| format!("{name}: {why}"))
        })
        .collect();
    for stay in stays.iter().take(NAMED) {
        words += &format!("\n{stay}");
    }
    if stays.len() > NAMED {
        words += &format!("\nand {} more", format::count(stays.len() - NAMED));
    }
    words
}
