//! The person's settings: one small JSON file in the state folder. Whatever is wrong with it, the program starts: an
//! unreadable file gives the defaults and a sentence that says so.

use super::rows::Rows;
use super::whole;
use crate::model::recipe::Metadata;
use crate::model::{FetchOptions, LaneCounts, OnExists, Pool, Recipe, Template};
use serde::{Deserialize, Serialize};
use std::io;
use std::path::{Path, PathBuf};

/// The name of the file in the state folder.
pub const FILE_NAME: &str = "settings.json";

/// Light, dark, or as the system.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ThemeChoice {
    /// As the system.
    #[default]
    System,
    /// Dark.
    Dark,
    /// Light.
    Light,
}

impl ThemeChoice {
    /// In the order in which the button goes through them.
    pub const ALL: [ThemeChoice; 3] = [ThemeChoice::System, ThemeChoice::Dark, ThemeChoice::Light];

    /// The one after this.
    #[must_use]
    pub fn next(self) -> ThemeChoice {
        match self {
            ThemeChoice::System => ThemeChoice::Dark,
            ThemeChoice::Dark => ThemeChoice::Light,
            ThemeChoice::Light => ThemeChoice::System,
        }
    }

    /// As people read it.
    pub fn title(self) -> &'static str {
        match self {
            ThemeChoice::System => "System",
            ThemeChoice::Dark => "Dark",
            ThemeChoice::Light => "Light",
        }
    }
}

/// What a person set, and what stays set. Fields that are missing have their default; unknown ones are ignored.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Settings {
    /// Light or dark.
    pub theme: ThemeChoice,
    /// What new pictures become; `None` keeps downloads as they are.
    pub recipe: Option<Recipe>,
    /// The folder for results; `None` is the default one.
    pub output_dir: Option<PathBuf>,
    /// The lanes that the person set.
    #[serde(deserialize_with = "none_is_default")]
    pub lanes: LanesSet,
    /// How to download.
    pub downloads: Downloads,
    /// What becomes of pictures, whatever the recipe.
    pub pictures: Pictures,
    /// How large things are, and how much may move.
    pub look: Look,
    /// Whether the desktop is not told of the end of a batch.
    pub quiet: bool,
    /// The hints that need not be shown any more.
    pub hints: HintsSeen,
    /// What is done about the clipboard.
    pub clipboard: Clipboard,
    /// How the rows of the queue look.
    pub rows: Rows,
}

/// How large things are, and how much may move.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Look {
    /// The size of text and controls, in percent of the usual one.
    pub text_percent: u16,
    /// Whether nothing glides, and numbers and lanes move on twice a second only.
    pub reduced_motion: bool,
}

impl Default for Look {
    fn default() -> Self {
        Look { text_percent: 100, reduced_motion: false }
    }
}

impl Look {
    /// The sizes to choose from, in percent.
    pub const SIZES: [u16; 8] = [80, 90, 100, 110, 125, 150, 175, 200];

    /// The next larger or smaller size.
    #[must_use]
    pub fn resized(self, larger: bool) -> Look {
        let mut sizes = Look::SIZES.into_iter();
        let next = if larger {
            sizes.find(|size| *size > self.text_percent)
        } else {
            sizes.rfind(|size| *size < self.text_percent)
        };
        Look { text_percent: next.unwrap_or(self.text_percent), ..self }
    }

    /// Within its range, whatever somebody wrote into the file.
    fn sane(self) -> Look {
        let [least, .., most] = Look::SIZES;
        Look { text_percent: self.text_percent.clamp(least, most), ..self }
    }
}

/// Which hints of the first days were seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct HintsSeen {
    /// That the mode can be switched while work runs.
    pub modes: bool,
    /// That what failed can be tried again.
    pub retry: bool,
    /// Where all commands are found.
    pub commands: bool,
}

impl HintsSeen {
    /// None is shown any more.
    pub const ALL: HintsSeen = HintsSeen { modes: true, retry: true, commands: true };
}

/// What a person wants done about the clipboard.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Clipboard {
    /// Whether new links on it are offered.
    pub watch: bool,
}

/// How a person wants the results of pictures.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Pictures {
    /// What they are called; otherwise like their inputs.
    #[serde(deserialize_with = "good_or_none")]
    pub name: Option<Template>,
    /// What becomes of one whose name another file has.
    pub on_exists: OnExists,
    /// Whether they get the times of their inputs.
    pub keep_times: bool,
    /// What is kept of the metadata. `None`: what the recipe says.
    pub metadata: Option<Metadata>,
    /// Whether the place goes from the metadata whatever the recipe says.
    pub strip_gps: bool,
}

/// A template that is none any more does not take the other settings with it.
fn good_or_none<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<Template>, D::Error> {
    let text: Option<String> = Option::deserialize(deserializer)?;
    Ok(text.and_then(|text| text.parse().ok()))
}

/// How a person wants downloads to go.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Downloads {
    /// What all together may bring, in bytes a second. `None`: there is no limit.
    pub bytes_per_s: Option<u64>,
    /// How many connections fetch one file, at most. `None`: by its size.
    pub segments: Option<u8>,
    /// How many connections one host may have. `None`: as many as usual.
    pub per_host: Option<u16>,
    /// What becomes of a file whose name another one has.
    pub on_exists: OnExists,
}

impl Downloads {
    /// The most connections to one host.
    pub const MAX_PER_HOST: u16 = 64;

    /// Within their ranges, whatever somebody wrote into the file.
    fn sane(self) -> Downloads {
        Downloads {
            bytes_per_s: self.bytes_per_s.filter(|limit| *limit > 0),
            segments: self.segments.map(|count| count.clamp(1, FetchOptions::MAX_SEGMENTS)),
            per_host: self.per_host.map(|count| count.clamp(1, Downloads::MAX_PER_HOST)),
            on_exists: self.on_exists,
        }
    }
}

/// How many lanes the person set for each pool. `None` fits the machine, and for downloads follows what is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct LanesSet {
    /// Lanes that download.
    pub fetch: Option<u16>,
    /// Lanes that compute.
    pub mill: Option<u16>,
}

impl LanesSet {
    /// Notes what was set for a pool.
    pub fn set(&mut self, pool: Pool, count: Option<u16>) {
        match pool {
            Pool::Fetch => self.fetch = count,
            Pool::Mill => self.mill = count,
        }
    }
}

/// Older files say `null` where nothing was set.
fn none_is_default<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<LanesSet, D::Error> {
    Option::deserialize(deserializer).map(Option::unwrap_or_default)
}

impl Settings {
    /// Reads the settings of a state folder. The sentence says why they are the defaults, where that is not just
    /// because there is no file yet.
    pub fn load(state_dir: &Path) -> (Settings, Option<String>) {
        let path = state_dir.join(FILE_NAME);
        let read = std::fs::read(&path).map_err(|error| (error.kind(), error.to_string())).and_then(|bytes| {
            serde_json::from_slice(&bytes).map_err(|error| (io::ErrorKind::InvalidData, error.to_string()))
        });
        match read {
            Ok(settings) => (Settings::sane(settings), None),
            Err((io::ErrorKind::NotFound, _)) => (Settings::default(), None),
            Err((_, error)) => {
                let sentence = format!("Cannot read {}: {error}. The default settings are used.", path.display());
                (Settings::default(), Some(sentence))
            }
        }
    }

    /// Writes the settings.
    ///
    /// # Errors
    ///
    /// Fails where the state folder cannot be made, or the file in it cannot be written.
    pub fn save(&self, state_dir: &Path) -> io::Result<()> {
        std::fs::create_dir_all(state_dir)?;
        let text = serde_json::to_string_pretty(self)? + "\n";
        whole::keep(&state_dir.join(FILE_NAME), text.as_bytes())
    }

    /// Counts within their range, whatever somebody wrote into the file.
    fn sane(mut self) -> Settings {
        let sane = |count: Option<u16>| count.map(|count| count.clamp(1, LaneCounts::MAX));
        self.lanes = LanesSet { fetch: sane(self.lanes.fetch), mill: sane(self.lanes.mill) };
        self.downloads = self.downloads.sane();
        self.look = self.look.sane();
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::rows::Density;

    #[test]
    fn settings_come_back_as_they_were_saved() {
        let folder = tempfile::tempdir().expect("a folder");
        let [recipe, ..] = Recipe::built_in();
        let settings = Settings {
            theme: ThemeChoice::Light,
            recipe: Some(recipe),
            output_dir: Some(PathBuf::from("/somewhere/else")),
            lanes: LanesSet { fetch: None, mill: Some(3) },
            downloads: Downloads { bytes_per_s: Some(1 << 20), on_exists: OnExists::Skip, ..Downloads::default() },
            pictures: Pictures {
                name: Some("{name}-{index:03}".parse().expect("a template")),
                metadata: Some(Metadata::None),
                keep_times: true,
                ..Pictures::default()
            },
            look: Look { text_percent: 150, reduced_motion: true },
            quiet: true,
            hints: HintsSeen { retry: true, ..HintsSeen::default() },
            clipboard: Clipboard { watch: true },
            rows: Rows { density: Density::Compact, ..Rows::default() },
        };
        settings.save(folder.path()).expect("saved");
        assert_eq!(Settings::load(folder.path()), (settings, None));
        assert_eq!(std::fs::read_dir(folder.path()).expect("a folder").count(), 1, "nothing else is left");
    }

    #[test]
    fn no_file_is_no_fault_and_a_damaged_one_is_told() {
        let folder = tempfile::tempdir().expect("a folder");
        assert_eq!(Settings::load(folder.path()), (Settings::default(), None));
        for damaged in ["{\"theme\": \"da", "", "[1, 2]", "{\"lanes\": {\"fetch\": -3, \"mill\": 1}}"] {
            std::fs::write(folder.path().join(FILE_NAME), damaged).expect("written");
            let (settings, complaint) = Settings::load(folder.path());
            assert_eq!(settings, Settings::default());
            assert!(complaint.is_some_and(|sentence| sentence.contains("settings.json")), "{damaged}");
        }
    }

    #[test]
    fn the_size_of_text_goes_by_steps_and_stays_in_its_range() {
        let mut look = Look::default();
        let mut seen = vec![look.text_percent];
        for larger in [true, true, true, true, true, true, false] {
            look = look.resized(larger);
            seen.push(look.text_percent);
        }
        assert_eq!(seen, [100, 110, 125, 150, 175, 200, 200, 175]);
        assert_eq!(Look { text_percent: 80, ..look }.resized(false).text_percent, 80);
        assert_eq!(Look { text_percent: 9000, ..look }.sane().text_percent, 200);
    }

    #[test]
    fn unknown_fields_and_silly_numbers_do_no_harm() {
        let folder = tempfile::tempdir().expect("a folder");
        let text = "{\"theme\": \"dark\", \"sound\": true, \"lanes\": {\"fetch\": 0, \"mill\": 9999}}";
        std::fs::write(folder.path().join(FILE_NAME), text).expect("written");
        let (settings, complaint) = Settings::load(folder.path());
        assert_eq!((settings.theme, complaint), (ThemeChoice::Dark, None));
        assert_eq!(settings.lanes, LanesSet { fetch: Some(1), mill: Some(LaneCounts::MAX) });
        let text = "{\"theme\": \"dark\", \"pictures\": {\"name\": \"{nome}\", \"keep_times\": true}}";
        std::fs::write(folder.path().join(FILE_NAME), text).expect("written");
        let pictures = Settings::load(folder.path()).0.pictures;
        assert_eq!(pictures, Pictures { keep_times: true, ..Pictures::default() }, "a bad template is none");
        std::fs::write(folder.path().join(FILE_NAME), "{\"lanes\": null}").expect("written");
        assert_eq!(Settings::load(folder.path()), (Settings::default(), None));
    }
}
