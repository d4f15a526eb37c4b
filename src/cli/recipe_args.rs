//! What the command line says about recipes, and the recipe that it comes to.

use super::args::Common;
use super::one_of::one_of;
use super::state::state_dir;
use crate::engine;
use crate::model::recipe::{Chroma, ColourRule, Encoding, Format, Metadata, PngEffort, Recipe, Resize, Size, Step};
use crate::store::recipes;
use anyhow::Context;
use clap::{Args, Subcommand};
use std::path::PathBuf;

/// `millrace recipes`.
#[derive(Debug, Args)]
pub struct Recipes {
    /// What to do with recipes.
    #[command(subcommand)]
    pub what: RecipesCommand,
}

/// What can be done with recipes.
#[derive(Debug, Subcommand)]
pub enum RecipesCommand {
    /// List the recipes that are built in and those that were imported.
    List(ListRecipes),
    /// Print a recipe as a file that can be changed, checked and imported.
    Show(ShowRecipe),
    /// Say whether a file is a good recipe, and if not, where and why.
    Check(RecipeFile),
    /// Keep the recipe of a file, so that it is found by its name.
    Import(RecipeFile),
}

/// `millrace recipes list`.
#[derive(Debug, Args)]
pub struct ListRecipes {
    /// Options of every face.
    #[command(flatten)]
    pub common: Common,
}

/// `millrace recipes show`.
#[derive(Debug, Args)]
pub struct ShowRecipe {
    /// The name of a recipe, or a file.
    #[arg(value_name = "NAME")]
    pub name: String,
    /// Options of every face.
    #[command(flatten)]
    pub common: Common,
}

/// `millrace recipes check` and `millrace recipes import`.
#[derive(Debug, Args)]
pub struct RecipeFile {
    /// A recipe in TOML.
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    /// Options of every face.
    #[command(flatten)]
    pub common: Common,
}

/// What `millrace convert` writes, beyond format and quality. Each changes the recipe.
#[derive(Debug, Default, Args)]
pub struct PictureArgs {
    /// What is kept of the metadata: all, essential (resolution, author, copyright) or none; otherwise as the recipe
    /// says, which usually is essential.
    #[arg(long, value_name = "WHAT", hide_possible_values = true, value_parser = one_of::<Metadata>(["all", "essential", "none"]))]
    pub metadata: Option<Metadata>,
    /// Remove the place where a picture was taken, whatever else is kept.
    #[arg(long)]
    pub strip_gps: bool,
    /// srgb converts colours to sRGB, keep leaves them with their profile.
    #[arg(long, value_name = "RULE", hide_possible_values = true, value_parser = one_of::<ColourRule>(["srgb", "keep"]))]
    pub color: Option<ColourRule>,
    /// Resize in linear light: slower, and fine bright detail stays as bright as it was.
    #[arg(long)]
    pub linear: bool,
    /// How finely JPEG keeps colour: 444, 422 or 420.
    #[arg(long, value_name = "C", hide_possible_values = true, value_parser = one_of::<Chroma>(["444", "422", "420"]))]
    pub chroma: Option<Chroma>,
    /// How hard PNG is packed: fast, small or optimised.
    #[arg(long, value_name = "EFFORT", hide_possible_values = true, value_parser = one_of::<PngEffort>(["fast", "small", "optimised"]))]
    pub png: Option<PngEffort>,
    /// Exactly the pixels. Goes with WebP and the formats that are lossless anyway; JPEG becomes WebP unless --format
    /// says otherwise.
    #[arg(long)]
    pub lossless: bool,
}

impl PictureArgs {
    fn change(&self, recipe: &mut Recipe) {
        let output = &mut recipe.output;
        output.metadata = self.metadata.unwrap_or(output.metadata);
        output.strip_gps |= self.strip_gps;
        output.color = self.color.unwrap_or(output.color);
        output.chroma = self.chroma.unwrap_or(output.chroma);
        output.png = self.png.unwrap_or(output.png);
        for step in &mut recipe.steps {
            if let Step::Resize(resize) = step {
                resize.linear |= self.linear;
            }
        }
    }
}

impl Common {
    /// The recipe that these options describe, or `None` where they describe none. `--fit`, `--format` and
    /// `--quality` change the named recipe, or start from one that keeps everything.
    ///
    /// # Errors
    ///
    /// Fails where no recipe is called so, its file cannot be read, and where what the options make of it is no good
    /// recipe, such as a PNG with a quality.
    pub fn recipe(&self) -> anyhow::Result<Option<Recipe>> {
        let is_plain = self.fit.is_none() && self.format.is_none() && self.quality.is_none();
        if self.recipe.is_none() && is_plain {
            return Ok(None);
        }
        self.recipe_with(&PictureArgs::default()).map(Some)
    }

    /// The same together with the options of `convert`; one that keeps everything where there is none.
    pub(super) fn recipe_with(&self, pictures: &PictureArgs) -> anyhow::Result<Recipe> {
        let mut recipe = match &self.recipe {
            Some(wanted) => self.named(wanted)?,
            None => Recipe::same_size(),
        };
        if let Some(fit) = self.fit {
            // Where the recipe resizes, or at the end: the result is to fit.
            let is_resize = |step: &Step| matches!(step, Step::Resize(_));
            let place = recipe.steps.iter().position(is_resize).unwrap_or(recipe.steps.len());
            recipe.steps.retain(|step| !is_resize(step));
            recipe.steps.insert(place, Step::Resize(Resize::to(Size::Fit(fit))));
        }
        if let Some(format) = self.format {
            change_format(&mut recipe.output, format);
        }
        if let Some(quality) = self.quality {
            (recipe.output.quality, recipe.output.target_size, recipe.output.lossless) = (Some(quality), None, false);
        }
        if pictures.lossless {
            recipe.output.lossless = true;
            // What the recipe says gives way, what the command line says is a contradiction.
            recipe.output.quality = self.quality;
            recipe.output.target_size = None;
        }
        pictures.change(&mut recipe);
        recipe.check().and_then(|()| engine::check_texts(&recipe)).map_err(anyhow::Error::msg)?;
        Ok(recipe)
    }

    fn named(&self, wanted: &str) -> anyhow::Result<Recipe> {
        if let Ok(recipe) = Recipe::named(wanted) {
            return Ok(recipe);
        }
        let state_dir = state_dir(self.state.as_deref()).context("cannot look for imported recipes")?;
        Ok(recipes::find(&state_dir, wanted)?)
    }
}

/// What does not go with the new format goes.
fn change_format(output: &mut Encoding, format: Format) {
    if output.format != Some(format) {
        output.quality = None;
    }
    output.lossless &= !matches!(format, Format::Jpeg | Format::Avif);
    output.target_size = output.target_size.filter(|_| format.has_quality());
    output.format = Some(format);
}

#[cfg(test)]
mod tests {
    use super::super::args::{Cli, Subcommands};
    use super::*;
    use crate::model::recipe::FitBox;
    use clap::Parser;

    fn recipe(line: &str) -> anyhow::Result<Recipe> {
        let line = format!("millrace convert a -o out {line}");
        match Cli::try_parse_from(line.split_whitespace()).expect(&line).command {
            Some(Subcommands::Convert(convert)) => convert.common.recipe_with(&convert.pictures),
            _ => panic!("{line}"),
        }
    }

    #[test]
    fn options_change_the_recipe() {
        let plain = recipe("--fit 64x48 --format webp --quality 70 --linear").expect("a recipe");
        let fit = Resize { linear: true, ..Resize::to(Size::Fit(FitBox { width: 64, height: 48 })) };
        assert_eq!(plain.steps, [Step::Resize(fit)]);
        assert_eq!((plain.output.format, plain.output.quality), (Some(Format::Webp), Some(70)));
        assert_eq!(recipe("").expect("a recipe"), Recipe::same_size());
        let output = recipe("--metadata none --strip-gps --color srgb --chroma 444 --png small").expect("one").output;
        assert_eq!(
            output,
            Encoding {
                metadata: Metadata::None,
                strip_gps: true,
                color: ColourRule::Srgb,
                chroma: Chroma::Full,
                png: PngEffort::Small,
                ..Encoding::SAME
            }
        );
    }

    #[test]
    fn options_go_before_what_the_recipe_says() {
        // The name of a recipe has a space, which a line that is split at spaces cannot have.
        let named = |options: &str| {
            let line = ["millrace", "convert", "a", "-o", "out", "--recipe", "web 1920"];
            let cli = Cli::try_parse_from(line.into_iter().chain(options.split_whitespace())).expect(options);
            match cli.command {
                Some(Subcommands::Convert(convert)) => convert.common.recipe_with(&convert.pictures),
                _ => panic!("{options}"),
            }
        };
        assert_eq!(named("--format png").expect("one").output, Encoding::to(Format::Png));
        let lossless = named("--format webp --lossless").expect("one").output;
        assert_eq!(lossless, Encoding { lossless: true, ..Encoding::to(Format::Webp) });
        assert_eq!(named("--format jpeg").expect("one").output.quality, Some(85));
        assert_eq!(named("--quality 60").expect("one").output.quality, Some(60));
        assert_eq!(named("--fit 10x10").expect("one").steps, [Step::Resize(Resize::to(Size::Fit(FitBox::square(10))))]);
    }

    #[test]
    fn contradictions_are_refused_with_a_sentence() {
        for (line, words) in [
            ("--format png --quality 9", "PNG"),
            ("--format jpeg --lossless", "JPEG"),
            ("--format webp --lossless --quality 80", "lossless"),
            ("--recipe Sepia", "\"Sepia\""),
            ("--recipe nowhere.toml", "no such file"),
        ] {
            let error = recipe(line).expect_err(line).to_string();
            assert!(error.contains(words), "{line}: {error}");
        }
    }
}
