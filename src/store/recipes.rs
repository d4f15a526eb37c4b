//! Recipes outside of the program: files that people name, and those that were imported into the state folder, each a
//! TOML file there. Pictures of watermarks are read together with their recipe, since a worker may open nothing.

use super::whole;
use crate::model::filename;
use crate::model::recipe::{PictureMark, Recipe};
use image::ImageReader;
use sha2::{Digest, Sha256};
use std::fs::{self, File};
use std::io::{self, Cursor, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The folder in the state folder.
pub const FOLDER: &str = "recipes";

/// The folder in that one for the pictures of imported recipes.
const PICTURES: &str = "pictures";

/// The largest file of a recipe.
const MAX_BYTES: u64 = 1 << 20;

/// Why there is no recipe: a sentence.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct RecipeError(String);

fn fail<T>(sentence: String) -> Result<T, RecipeError> {
    Err(RecipeError(sentence))
}

/// The recipes of a state folder by name, and a sentence about each file there that cannot be used.
pub fn own(state_dir: &Path) -> (Vec<Recipe>, Vec<String>) {
    let (mut recipes, mut complaints) = (Vec::new(), Vec::new());
    for path in files(state_dir) {
        match load(&path) {
            Ok(recipe) => recipes.push(recipe),
            Err(error) => complaints.push(error.to_string()),
        }
    }
    recipes.sort_by_key(|recipe| recipe.name.to_lowercase());
    (recipes, complaints)
}

fn files(state_dir: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(state_dir.join(FOLDER)).into_iter().flatten().flatten();
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.path()).filter(|path| is_toml(path)).collect();
    files.sort();
    files
}

fn is_toml(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("toml"))
}

/// The recipe that somebody means: the name of a built-in or imported one, or a file.
///
/// # Errors
///
/// Fails where nothing is called so, and for a file where [`load`] does.
pub fn find(state_dir: &Path, wanted: &str) -> Result<Recipe, RecipeError> {
    let path = Path::new(wanted);
    if is_toml(path) {
        return load(path);
    }
    if let Some(recipe) = Recipe::built_in().into_iter().find(|recipe| recipe.is_called(wanted)) {
        return Ok(recipe);
    }
    let (own, complaints) = own(state_dir);
    let names = Recipe::built_in().into_iter().chain(own.iter().cloned()).map(|recipe| format!("\"{}\"", recipe.name));
    let names = names.collect::<Vec<_>>().join(", ");
    match own.into_iter().find(|recipe| recipe.is_called(wanted)) {
        Some(recipe) => Ok(recipe),
        None if path.is_file() => load(path),
        None => {
            let bad = if complaints.is_empty() { String::new() } else { format!(" ({})", complaints.join("; ")) };
            fail(format!("there is no recipe \"{wanted}\"; the recipes are {names}, or name a file FILE.toml{bad}"))
        }
    }
}

/// Reads the recipe in a file, and the pictures that it names. Their paths become absolute.
///
/// # Errors
///
/// Fails where the file cannot be read, has more than 1 MiB or is no text in UTF-8, and where [`parse`] does.
pub fn load(path: &Path) -> Result<Recipe, RecipeError> {
    let shown = path.display();
    let unread = |error: String| RecipeError(format!("cannot read the recipe {shown}: {error}"));
    let bytes = read_file(path, MAX_BYTES).map_err(unread)?;
    let text = String::from_utf8(bytes).map_err(|_| unread("it is not text in UTF-8".to_owned()))?;
    let folder = std::path::absolute(path).map_err(|error| unread(error.to_string()))?;
    parse(&text, folder.parent().unwrap_or(&folder))
        .map_err(|error| RecipeError(format!("the recipe {shown}: {error}")))
}

/// Reads a recipe from text. The pictures that it names lie below `folder`, unless their paths are absolute.
///
/// # Errors
///
/// Fails where [`Recipe::from_toml`] or [`with_pictures`] does.
pub fn parse(text: &str, folder: &Path) -> Result<Recipe, RecipeError> {
    let recipe = Recipe::from_toml(text).map_err(RecipeError)?;
    with_pictures(recipe, folder)
}

fn read_picture(mark: &mut PictureMark, folder: &Path) -> Result<(), String> {
    let path = folder.join(&mark.path);
    let bytes =
        read_file(&path, PictureMark::MAX_BYTES).map_err(|error| format!("cannot read {}: {error}", mark.path))?;
    let header = ImageReader::new(Cursor::new(&bytes)).with_guessed_format().ok();
    if header.and_then(|reader| reader.into_dimensions().ok()).is_none() {
        return Err(format!("{} {}", mark.path, PictureMark::NOT_READ));
    }
    mark.path = path.to_string_lossy().into_owned();
    mark.bytes = Arc::from(bytes);
    Ok(())
}

/// Reads a file whole. The error begins in the middle of a sentence.
fn read_file(path: &Path, most: u64) -> Result<Vec<u8>, String> {
    let because = |error: io::Error| match error.kind() {
        io::ErrorKind::NotFound => "there is no such file".to_owned(),
        io::ErrorKind::PermissionDenied => "permission denied".to_owned(),
        _ => error.to_string(),
    };
    // A pipe or a device may never end, or never begin.
    if !fs::metadata(path).map_err(because)?.is_file() {
        return Err("it is not a file".to_owned());
    }
    let mut bytes = Vec::new();
    File::open(path).map_err(because)?.take(most + 1).read_to_end(&mut bytes).map_err(because)?;
    if bytes.len() as u64 > most {
        return Err(format!("it has more than {} KiB", most >> 10));
    }
    Ok(bytes)
}

/// What became of a recipe that was to be kept.
#[derive(Debug, Clone, PartialEq)]
pub struct Imported {
    /// The recipe, as it is found from now on.
    pub recipe: Recipe,
    /// Whether an imported one of the same name was replaced.
    pub replaced: bool,
}

/// Keeps the recipe of a file in the state folder, together with the pictures that it names. One of the same name is
/// replaced; the names of the built-in ones are taken.
///
/// # Errors
///
/// Fails where [`load`] does, for the name of a built-in recipe, and where the state folder cannot be written to.
pub fn import(state_dir: &Path, file: &Path) -> Result<Imported, RecipeError> {
    let recipe = load(file)?;
    if let Some(name) = built_in_name(&recipe.name) {
        let file = file.display();
        return fail(format!(
            "the name \"{name}\" belongs to a recipe that is built in; give the one in {file} another name"
        ));
    }
    keep(state_dir, &recipe)
}

/// Keeps a recipe by its name, in the same way. The pictures that it names are read.
///
/// # Errors
///
/// Fails for the name of a built-in recipe, for what is no good recipe, for a picture that cannot be read, and where
/// the state folder cannot be written to.
pub fn save(state_dir: &Path, recipe: Recipe) -> Result<Imported, RecipeError> {
    check_name(&recipe.name)?;
    recipe.check().map_err(RecipeError)?;
    keep(state_dir, &with_pictures(recipe, &current_folder()?)?)
}

/// Whether a recipe of one's own may have this name.
///
/// # Errors
///
/// Fails for the names of the built-in ones: they are taken.
pub fn check_name(name: &str) -> Result<(), RecipeError> {
    match built_in_name(name) {
        Some(name) => fail(format!("the name \"{name}\" belongs to a recipe that is built in; choose another name")),
        None => Ok(()),
    }
}

/// Removes a recipe of the state folder. The pictures of its watermarks stay: others may name them too.
///
/// # Errors
///
/// Fails where no recipe of one's own is called so, or its file cannot be removed.
pub fn remove(state_dir: &Path, name: &str) -> Result<(), RecipeError> {
    let Some(path) = file_of(state_dir, name) else {
        return fail(format!("there is no recipe \"{name}\" of your own"));
    };
    fs::remove_file(&path).map_err(|error| RecipeError(format!("cannot remove {}: {error}", path.display())))
}

/// Writes a recipe to a file, for others. The pictures that it names go into a folder beside it.
///
/// # Errors
///
/// Fails where a picture cannot be read, and where the file or the folder of the pictures cannot be written.
pub fn export(recipe: Recipe, file: &Path) -> Result<(), RecipeError> {
    let recipe = with_pictures(recipe, &current_folder()?)?;
    let save = |path: &Path, bytes: &[u8]| whole::save(path, |out| out.write_all(bytes));
    let folder = file.parent().unwrap_or(file);
    let written = fs::create_dir_all(folder).and_then(|()| write(folder, file, &recipe, save));
    written.map_err(|error| RecipeError(format!("cannot write the recipe {}: {error}", file.display())))
}

/// Reads the pictures that a recipe names by their paths.
///
/// # Errors
///
/// Fails where a picture cannot be read, has more than [`PictureMark::MAX_BYTES`] or is none that Millrace reads, and
/// where all have more than [`Recipe::MAX_MARKS_BYTES`] together.
pub fn with_pictures(mut recipe: Recipe, folder: &Path) -> Result<Recipe, RecipeError> {
    let mut all_bytes = 0;
    for (number, mark) in recipe.marks_mut() {
        read_picture(mark, folder).map_err(|error| RecipeError(format!("step {number} (watermark): {error}")))?;
        all_bytes += mark.bytes.len() as u64;
    }
    if all_bytes > Recipe::MAX_MARKS_BYTES {
        let (has, most) = (all_bytes >> 10, Recipe::MAX_MARKS_BYTES >> 10);
        return fail(format!("its watermarks have {has} KiB together, of at most {most}"));
    }
    Ok(recipe)
}

fn current_folder() -> Result<PathBuf, RecipeError> {
    std::path::absolute(".").map_err(|error| RecipeError(format!("there is no current folder: {error}")))
}

/// The built-in recipe that has this name.
fn built_in_name(name: &str) -> Option<String> {
    Recipe::built_in().into_iter().find(|built_in| built_in.is_called(name)).map(|built_in| built_in.name)
}

/// Keeps a recipe, and reads it again from where it is kept.
fn keep(state_dir: &Path, recipe: &Recipe) -> Result<Imported, RecipeError> {
    let (path, replaced) = place_for(state_dir, recipe);
    let folder = state_dir.join(FOLDER);
    let kept = fs::create_dir_all(&folder).and_then(|()| write(&folder, &path, recipe, whole::keep));
    kept.map_err(|error| RecipeError(format!("cannot keep the recipe in {}: {error}", path.display())))?;
    Ok(Imported { recipe: load(&path)?, replaced })
}

/// The file that keeps the recipe of this name.
fn file_of(state_dir: &Path, name: &str) -> Option<PathBuf> {
    let wanted = Recipe { name: name.to_owned(), ..Recipe::same_size() };
    files(state_dir).into_iter().find(|path| name_in(path).is_some_and(|name| wanted.is_called(&name)))
}

/// The file for a recipe, and whether it has one of this name already.
fn place_for(state_dir: &Path, recipe: &Recipe) -> (PathBuf, bool) {
    if let Some(path) = file_of(state_dir, &recipe.name) {
        return (path, true);
    }
    let folder = state_dir.join(FOLDER);
    (free_file(&folder, &recipe.name), false)
}

/// What the file of a recipe of this name is called.
pub fn file_name(name: &str) -> String {
    format!("{}.toml", filename::sanitized(&filename::one_part(name)))
}

/// A file for a recipe of this name that is not there yet.
pub fn free_file(folder: &Path, name: &str) -> PathBuf {
    let first = file_name(name);
    let stem = first.trim_end_matches(".toml");
    let numbered = (2..10_000).map(|number| format!("{stem} ({number}).toml"));
    let names = std::iter::once(first.clone()).chain(numbered);
    let free = names.map(|name| folder.join(name)).find(|path| fs::symlink_metadata(path).is_err());
    free.unwrap_or_else(|| folder.join("recipe.toml"))
}

fn name_in(path: &Path) -> Option<String> {
    let text = String::from_utf8(read_file(path, MAX_BYTES).ok()?).ok()?;
    Recipe::from_toml(&text).ok().map(|recipe| recipe.name)
}

/// Writes a recipe, with its pictures below the folder that the file is in.
fn write(folder: &Path, path: &Path, recipe: &Recipe, put: impl Fn(&Path, &[u8]) -> io::Result<()>) -> io::Result<()> {
    let mut kept = recipe.clone();
    for (_, mark) in kept.marks_mut() {
        // Named after its bytes, so that nothing is ever replaced by something else.
        let digest = data_encoding::HEXLOWER.encode(&Sha256::digest(&mark.bytes)[..12]);
        let extension = Path::new(&mark.path).extension().map_or_else(|| "bin".into(), |end| end.to_string_lossy());
        let name = filename::sanitized(&format!("{digest}.{extension}"));
        fs::create_dir_all(folder.join(PICTURES))?;
        put(&folder.join(PICTURES).join(&name), &mark.bytes)?;
        mark.path = format!("{PICTURES}/{name}");
    }
    put(path, kept.to_toml().as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    const MARK: &str = "name = \"Ours: / 1\"\n[[step]]\nop = \"watermark\"\npath = \"logo.png\"\n";

    fn write_text(folder: &Path, name: &str, text: &str) -> PathBuf {
        let path = folder.join(name);
        fs::write(&path, text).expect("written");
        path
    }

    fn logo(folder: &Path) {
        image::RgbaImage::new(3, 2).save(folder.join("logo.png")).expect("written");
    }

    #[test]
    fn an_imported_recipe_is_found_with_its_pictures() {
        let (state, from) = (tempfile::tempdir().expect("a folder"), tempfile::tempdir().expect("a folder"));
        logo(from.path());
        let file = write_text(from.path(), "ours.toml", MARK);
        let imported = import(state.path(), &file).expect("imported");
        assert!(!imported.replaced);
        drop(from);
        let mut found = find(state.path(), "ours: / 1").expect("found");
        let (_, mark) = found.marks_mut().next().expect("a mark");
        assert!(Path::new(&mark.path).is_absolute() && mark.bytes.starts_with(b"\x89PNG"));
        // What is shown of it is good anywhere.
        assert_eq!(parse(&format!("\u{feff}{}", found.to_toml()), Path::new("/nowhere")), Ok(found));
        assert_eq!(own(state.path()).0.len(), 1);
        assert!(find(state.path(), "theirs").is_err_and(|error| error.to_string().contains("\"Ours: / 1\"")));
    }

    #[test]
    fn a_name_is_kept_once_and_those_built_in_are_taken() {
        let folder = tempfile::tempdir().expect("a folder");
        let import_text = |text: &str| import(folder.path(), &write_text(folder.path(), "x.toml", text));
        assert!(!import_text("name = \"A/b\"").expect("imported").replaced);
        assert!(
            !import_text("name = \"A_b\"").expect("imported").replaced,
            "another name, whatever the file is called"
        );
        let again = "name = \"a/B\"\n[[step]]\nop = \"grayscale\"\n";
        assert!(import_text(again).expect("imported").replaced);
        assert_eq!(own(folder.path()).0.len(), 2);
        assert_eq!(find(folder.path(), "A/b").expect("found").steps.len(), 1);
        let error = import_text("name = \"web 1920 \"").expect_err("taken").to_string();
        assert!(error.contains("\"Web 1920\"") && error.contains("built in"), "{error}");
    }

    #[test]
    fn a_recipe_is_saved_given_away_and_removed_with_its_pictures() {
        let (state, from) = (tempfile::tempdir().expect("a folder"), tempfile::tempdir().expect("a folder"));
        logo(from.path());
        let recipe = load(&write_text(from.path(), "ours.toml", MARK)).expect("a recipe");
        let unread = Recipe::from_toml(&recipe.to_toml()).expect("a recipe");
        let saved = save(state.path(), unread.clone()).expect("saved");
        assert!(!saved.replaced && save(state.path(), unread.clone()).expect("saved").replaced);
        assert_eq!(own(state.path()).0.first(), Some(&saved.recipe), "it is found as it was told");
        let given = from.path().join("to/give.toml");
        export(saved.recipe, &given).expect("written");
        let permissions = |path: &Path| fs::metadata(path).expect("metadata").permissions();
        assert_eq!(permissions(&given), permissions(&from.path().join("ours.toml")), "others can read it");
        let moved = tempfile::tempdir().expect("a folder");
        fs::rename(given.parent().expect("a folder"), moved.path().join("else")).expect("moved");
        assert_eq!(load(&moved.path().join("else/give.toml")).expect("a recipe").steps.len(), 1);
        remove(state.path(), " ours: / 1").expect("removed");
        assert_eq!(own(state.path()), (Vec::new(), Vec::new()));
        assert!(remove(state.path(), "ours: / 1").is_err_and(|error| error.to_string().contains("ours: / 1")));
        let taken = Recipe { name: "Thumbnail 512".to_owned(), ..unread };
        assert!(save(state.path(), taken).is_err_and(|error| error.to_string().contains("choose another name")));
    }

    #[test]
    fn what_is_wrong_with_a_file_is_told() {
        let folder = tempfile::tempdir().expect("a folder");
        let check = |path: &Path, words: &str| {
            let error = load(path).expect_err(words).to_string();
            assert!(error.contains(words), "{error}");
        };
        check(&folder.path().join("missing.toml"), "no such file");
        check(folder.path(), "it is not a file");
        check(&write_text(folder.path(), "bad.toml", "name = "), "bad.toml: line 1, column");
        check(
            &write_text(folder.path(), "mark.toml", MARK),
            "step 1 (watermark): cannot read logo.png: there is no such file",
        );
        write_text(folder.path(), "logo.png", "no picture");
        check(&folder.path().join("mark.toml"), "step 1 (watermark): logo.png is not a picture");
        let large = format!("name = \"x\"\n#{}", "x".repeat(MAX_BYTES as usize));
        check(&write_text(folder.path(), "large.toml", &large), "more than 1024 KiB");
    }
}
