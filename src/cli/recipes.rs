//! `millrace recipes`: what there is, as files that can be changed and given away.

use super::args::Recipes;
use super::batch::printable;
use super::recipe_args::{ListRecipes, RecipeFile, RecipesCommand, ShowRecipe};
use super::state::state_dir;
use crate::engine;
use crate::model::Recipe;
use crate::store::recipes::{self as kept, RecipeError};
use anyhow::Context;
use serde_json::json;
use std::io::{self, Read, Write};
use std::path::Path;
use std::process::ExitCode;

/// Runs `millrace recipes`.
///
/// # Errors
///
/// Fails where no recipe is called so, a file cannot be read or is no good recipe, one cannot be kept, or a line cannot
/// be printed.
pub fn recipes(recipes: &Recipes) -> anyhow::Result<ExitCode> {
    match &recipes.what {
        RecipesCommand::List(list) => list_all(list),
        RecipesCommand::Show(show) => show_one(show),
        RecipesCommand::Check(check) => check_file(check),
        RecipesCommand::Import(import) => import_file(import),
    }?;
    Ok(ExitCode::SUCCESS)
}

fn list_all(list: &ListRecipes) -> anyhow::Result<()> {
    let (own, complaints) = kept::own(&state_dir(list.common.state.as_deref())?);
    let all = Recipe::built_in().into_iter().map(|recipe| (recipe, true));
    let mut out = io::stdout().lock();
    for (recipe, built_in) in all.chain(own.into_iter().map(|recipe| (recipe, false))) {
        if list.common.json {
            let does = recipe.summary();
            writeln!(out, "{}", json!({"event": "recipe", "name": recipe.name, "built_in": built_in, "does": does}))?;
        } else {
            let whose = if built_in { "built in" } else { "your own" };
            writeln!(out, "{}", printable(&format!("{:24}  {whose:8}  {}", recipe.name, recipe.summary())))?;
        }
    }
    for complaint in complaints {
        writeln!(io::stderr(), "{}", printable(&complaint))?;
    }
    Ok(())
}

fn show_one(show: &ShowRecipe) -> anyhow::Result<()> {
    let recipe = kept::find(&state_dir(show.common.state.as_deref())?, &show.name)?;
    Ok(write!(io::stdout().lock(), "{}", recipe.to_toml())?)
}

fn check_file(check: &RecipeFile) -> anyhow::Result<()> {
    let recipe = if check.file == Path::new("-") { from_stdin()? } else { kept::load(&check.file)? };
    check_marks_and_texts(&recipe, check)?;
    say(check, &format!("\"{}\" is a good recipe: {}", recipe.name, recipe.summary()))
}

/// Fails where a text of the recipe cannot be written, or a picture not be laid onto another.
fn check_marks_and_texts(recipe: &Recipe, file: &RecipeFile) -> anyhow::Result<()> {
    engine::check_texts(recipe)
        .and_then(|()| engine::check_marks(recipe))
        .map_err(|error| anyhow::anyhow!("the recipe {}: {error}", file.file.display()))
}

fn from_stdin() -> anyhow::Result<Recipe> {
    let mut text = String::new();
    io::stdin().take(1 << 20).read_to_string(&mut text).context("cannot read standard input")?;
    let folder = std::env::current_dir().context("there is no current folder")?;
    kept::parse(&text, &folder).map_err(|error: RecipeError| anyhow::anyhow!("standard input: {error}"))
}

fn import_file(import: &RecipeFile) -> anyhow::Result<()> {
    check_marks_and_texts(&kept::load(&import.file)?, import)?;
    let kept::Imported { recipe, replaced } = kept::import(&state_dir(import.common.state.as_deref())?, &import.file)?;
    let done = if replaced { "replaced" } else { "imported" };
    say(import, &format!("{done} \"{}\"; use it with --recipe \"{}\"", recipe.name, recipe.name))
}

/// Says how it went to whoever wants to know.
fn say(file: &RecipeFile, sentence: &str) -> anyhow::Result<()> {
    if !file.common.quiet && !file.common.json {
        writeln!(io::stdout().lock(), "{}", printable(sentence))?;
    }
    Ok(())
}
