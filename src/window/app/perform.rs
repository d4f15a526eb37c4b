//! What the app does beyond painting: it carries out the reducer's effects and takes in what came of them.

use super::{App, SOON};
use crate::model::link::masked;
use crate::model::task::NonPictures;
use crate::model::{Batch, BatchOptions, Command, FetchOptions, JobSpec, Recipe, Source};
use crate::store::whole;
use crate::window::adding::Add;
use crate::window::dialogs::{NO_DIALOG, Picked, Question};
use crate::window::effect::Effect;
use crate::window::errands::{self, Done, Errand, ForRecipes};
use crate::window::grab::looks_like_a_page;
use crate::window::intent::Intent;
use crate::window::overlay::Tone;
use crate::window::recipe_editor::Edit;
use crate::window::reduce::reduce;
use crate::window::{bin, format, queue};
use egui::{Context, ViewportCommand};
use std::io::{self, Write as _};
use std::path::PathBuf;
use std::sync::Arc;

impl App {
    /// Writes what ran where to the file that was asked for at the start.
    pub(super) fn save_trace(&self) {
        if let Some(path) = &self.trace_path
            && let Err(error) = whole::save(path, |out| self.trace.write(out))
        {
            // The window is gone, so the terminal is told.
            writeln!(io::stderr(), "Cannot write the trace {}: {error}", path.display()).ok();
        }
    }

    /// What was removed is so for good: nobody can take it back any more.
    pub(super) fn empty_bin(&mut self) {
        for effect in bin::empty(&mut self.state) {
            if let Effect::Send(command) = effect {
                self.engine.send(command);
            }
        }
    }

    /// Removes for good what lay in the bin for long enough, and asks for the frame in which the next is due.
    pub(super) fn look_into_bin(&mut self, ctx: &Context) {
        for effect in bin::empty_due(&mut self.state) {
            self.perform(ctx, effect);
        }
        if let Some(due) = self.state.bin.due_at() {
            ctx.request_repaint_after((due - self.state.model.now()).max(SOON));
        }
    }

    pub(super) fn take_answers(&mut self, ctx: &Context) {
        while let Some(done) = self.errands.take() {
            match done {
                Done::Jobs { options, jobs } => {
                    self.state.offer = match jobs.as_slice() {
                        [job] => match job.source() {
                            Source::Link { url, .. } if looks_like_a_page(url) => Some(url.to_owned()),
                            _ => None,
                        },
                        _ => None,
                    };
                    self.submit(options, jobs);
                }
                Done::Demo { demo, options, jobs } => {
                    self.demos.push(demo);
                    self.submit(options, jobs);
                }
                Done::Sheet(weighed) => {
                    let (recipe, folder) = (self.state.recipe.clone(), self.state.output_dir.clone());
                    self.state.adding.open(*weighed, recipe, &folder);
                }
                Done::Kinds(kinds) => self.state.adding.hovered.learn(kinds),
                Done::Picture { path, options } => self.picture_was_kept(&path, options),
                Done::Recipes(recipes) => self.take_recipes(ctx, *recipes),
                Done::Weighed(bytes) => {
                    self.weighs = false;
                    self.state.model.toggle.weighed(&bytes);
                }
                Done::Quietly => {}
                Done::Told(sentence) => self.toasts.push(Tone::Good, sentence),
                Done::Failed(sentence) => self.toasts.push(Tone::Bad, sentence),
            }
        }
        self.look_at_clipboard(ctx);
        self.look_at_dialogs(ctx);
        for sentence in self.complaints.1.try_iter() {
            self.toasts.push(Tone::Bad, sentence);
        }
        let seen = self.pixels.look.previews.take(ctx);
        if let (Some(answer), Some(editor)) = (seen, &mut self.state.editor) {
            editor.seen.take(answer);
        }
        match self.dialogs.picked() {
            Some(Picked::Files(paths)) => self.take_paths(paths),
            Some(Picked::FolderOfSheet(folder)) => {
                reduce(&mut self.state, Intent::Adding(Add::FolderPicked(folder)));
            }
            Some(Picked::NoDialog(goal)) => self.type_instead(goal, NO_DIALOG),
            Some(Picked::Folder(folder)) => {
                for effect in reduce(&mut self.state, Intent::SetOutputDir(folder)) {
                    if effect == Effect::SaveSettings {
                        self.save_settings();
                    }
                }
            }
            Some(Picked::TraceFile(path)) => self.send_errand(Errand::SaveTrace(Box::new(self.trace.clone()), path)),
            Some(Picked::NoDialogForTrace) => {
                let folder = self.state.output_dir.clone();
                self.send_errand(Errand::SaveTraceIn(Box::new(self.trace.clone()), folder));
            }
            Some(Picked::ReportFile(report, path)) => self.send_errand(Errand::SaveReport(report, path)),
            Some(Picked::NoDialogForReport(report)) => {
                let folder = self.state.output_dir.clone();
                self.send_errand(Errand::SaveReportIn(report, folder));
            }
            Some(Picked::Picture(path)) => self.edit(ctx, Edit::Mark(path)),
            Some(Picked::Recipe(path)) => self.edit(ctx, Edit::Import(path)),
            Some(Picked::RecipeFile(recipe, path)) => self.look_for_recipes(ForRecipes::Share(recipe, path)),
            Some(Picked::NoDialogForRecipe(recipe)) => {
                let folder = self.state.output_dir.clone();
                self.look_for_recipes(ForRecipes::ShareIn(recipe, folder));
            }
            None => {}
        }
    }

    /// Tells what a switch of the mode costs and buys, and looks for that how much memory its workers hold.
    pub(super) fn tell_toggle(&mut self, ctx: &Context) {
        let pids = self.state.model.toggle.unweighed();
        if !pids.is_empty() && !self.weighs {
            // Where there is too much to do, later is soon enough.
            self.weighs = self.errands.send(Errand::Weigh(pids)).is_ok();
        }
        if !self.state.model.toggle.is_waiting() {
            return;
        }
        if let Some(words) = self.state.model.toggle_line() {
            return self.toasts.push(Tone::Good, words);
        }
        ctx.request_repaint_after(std::time::Duration::from_millis(200));
    }

    pub(super) fn submit(&mut self, options: Arc<BatchOptions>, jobs: Vec<JobSpec>) {
        let refused = jobs.iter().filter(|job| matches!(job.source(), Source::Refused(_))).count();
        let added = jobs.len() - refused;
        match (added, refused) {
            (0, 0) => return self.toasts.push(Tone::Bad, "Nothing in there to work on"),
            (0, _) => {
                self.toasts.push(Tone::Bad, format!("{} refused: see the rows", format::counted(refused, "input")));
            }
            (_, 0) => self.toasts.push(Tone::Good, format!("{} added", format::counted(added, "job"))),
            _ => {
                let words = format!("{} added, {refused} refused: see the rows", format::counted(added, "job"));
                self.toasts.push(Tone::Bad, words);
            }
        }
        let (options, jobs) = self.as_pictures(options, jobs);
        self.engine.send(Command::Submit(Arc::new(Batch { options, jobs })));
    }

    pub(super) fn batch_options(&self) -> Arc<BatchOptions> {
        self.batch_into(self.state.output_dir.clone(), self.state.recipe.clone())
    }

    pub(super) fn batch_into(&self, output_dir: PathBuf, recipe: Option<Recipe>) -> Arc<BatchOptions> {
        let wanted = self.state.settings.downloads;
        let mut fetch = Arc::clone(&self.fetch);
        if wanted.segments.is_some() || wanted.per_host.is_some() {
            let per_host = wanted.per_host.unwrap_or(fetch.per_host);
            fetch = Arc::new(FetchOptions { segments: wanted.segments, per_host, ..(*fetch).clone() });
        }
        let pictures = &self.state.settings.pictures;
        let recipe = recipe.map(|mut recipe| {
            recipe.output.metadata = pictures.metadata.unwrap_or(recipe.output.metadata);
            recipe.output.strip_gps |= pictures.strip_gps;
            Arc::new(recipe)
        });
        Arc::new(BatchOptions {
            output_dir,
            recipe,
            non_pictures: NonPictures::Keep,
            fetch,
            retries: self.retries,
            on_exists: wanted.on_exists,
            name: pictures.name.clone().map(Arc::new),
            keep_times: pictures.keep_times,
            deadline_ms: self.deadline_ms,
            kept: true,
        })
    }

    /// The demo shows both pools, so it needs a recipe.
    pub(super) fn start_demo(&mut self) {
        let recipe = self.state.recipe.clone().or_else(|| Recipe::built_in().into_iter().next());
        let batch = self.batch_into(self.state_dir.join("demo"), recipe);
        self.send_errand(Errand::Demo(batch));
    }

    pub(super) fn send_errand(&mut self, errand: Errand) {
        if let Err(sentence) = self.errands.send(errand) {
            self.toasts.push(Tone::Bad, sentence);
        }
    }

    pub(super) fn save_settings(&mut self) {
        self.send_errand(Errand::Save(self.state.settings.clone(), self.state_dir.clone()));
    }

    pub(super) fn perform(&mut self, ctx: &Context, effect: Effect) {
        match effect {
            Effect::Send(command) => self.engine.send(command),
            Effect::IntakeText(text) => self.take_text(text),
            Effect::IntakePaths(paths) => self.take_paths(paths),
            Effect::Adding(effect) => self.perform_adding(effect),
            Effect::ReadPage(url) => {
                let options = BatchOptions { kept: false, ..(*self.batch_options()).clone() };
                let jobs = vec![JobSpec::page(masked(&url), url)];
                self.engine.send(Command::Submit(Arc::new(Batch { options: Arc::new(options), jobs })));
            }
            Effect::Lab(effect) => self.perform_lab(ctx, effect),
            Effect::QueueLinks(links) => {
                let batch = self.batch_options();
                self.send_errand(Errand::Links(links, batch));
            }
            Effect::LookForRecipes => self.look_for_recipes(ForRecipes::Look),
            Effect::SaveRecipe(recipe) => self.look_for_recipes(ForRecipes::Save(recipe)),
            Effect::ImportRecipe(path) => self.look_for_recipes(ForRecipes::Import(path)),
            Effect::RemoveRecipe(name) => self.look_for_recipes(ForRecipes::Remove(name)),
            Effect::PickRecipe => self.ask(Question::Recipe),
            Effect::PickPicture => self.ask(Question::Picture),
            Effect::ShareRecipe(recipe) => self.ask(Question::RecipeFile(recipe, self.state.output_dir.clone())),
            Effect::Preview(ask) => self.preview(*ask),
            Effect::ShowNothing => self.pixels.look.previews.clear(),
            Effect::PickFiles => self.ask(Question::Files),
            Effect::PickFolder => self.ask(Question::Folder(self.state.output_dir.clone())),
            Effect::PickTraceFile => self.ask(Question::TraceFile(self.state.output_dir.clone())),
            Effect::PickReportFile(report) => self.ask(Question::ReportFile(report, self.state.output_dir.clone())),
            Effect::StartDemo => self.start_demo(),
            Effect::Open(path) | Effect::ShowInFolder(path) => {
                errands::open_detached(path, &self.complaints.0, self.waker.clone());
            }
            Effect::Copy { text, what } => {
                ctx.copy_text(text);
                self.toasts.push(Tone::Good, format!("{what} copied"));
            }
            Effect::FocusSearch => ctx.memory_mut(|memory| memory.request_focus(queue::search_id())),
            Effect::ApplyLook => self.apply_look(ctx),
            Effect::SaveSettings => self.save_settings(),
            Effect::Complain(sentence) => self.toasts.push(Tone::Bad, sentence),
            Effect::Offer { words, label, intent } => self.toasts.offer(words, (label, *intent), bin::TIME),
            Effect::Withdraw(intent) => self.toasts.withdraw(&intent),
            Effect::Quit => {
                self.empty_bin();
                self.may_close = true;
                ctx.send_viewport_cmd(ViewportCommand::Close);
            }
        }
    }

    pub(super) fn ask(&mut self, question: Question) {
        let goal = question.goal();
        match (self.dialogs.ask(question), goal) {
            (Ok(()), _) => {}
            (Err(sentence), Some(goal)) => self.type_instead(goal, &sentence),
            (Err(sentence), None) => self.toasts.push(Tone::Bad, sentence),
        }
    }
}
