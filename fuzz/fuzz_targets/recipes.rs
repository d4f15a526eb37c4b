//! Any text as a recipe: a sentence, or a recipe that is written and read as the same.
#![no_main]

use libfuzzer_sys::fuzz_target;
use millrace::model::Recipe;

fuzz_target!(|text: &str| {
    if let Ok(recipe) = Recipe::from_toml(text) {
        assert_eq!(Recipe::from_toml(&recipe.to_toml()), Ok(recipe));
    }
});
